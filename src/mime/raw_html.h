// Returns an HTML page as it is, with its tags and comments, so that files in them are found. It
// leaves out pictures that a page shows (<img src="data:image/...">), because mail programs put
// logos there. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "gateway/stream.h"

namespace gateway::mime {

class RawHtmlSource : public Source {
 public:
  explicit RawHtmlSource(std::unique_ptr<Source> html) : html_(std::move(html)) {}
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  static constexpr std::size_t kLongestTag = 4096;           // as far as its picture
  static constexpr std::size_t kLargestPicture = 1'400'000;  // letters of base64; a larger one is text

  Result<void> Fill();
  // Moves what it can from input_ to text_.
  void Convert();
  void Put(std::size_t count);
  void SkipPicture();
  // Returns how many bytes of input_ come before the base64 of a picture. 0: there is none.
  [[nodiscard]] std::size_t PictureAtStart() const;

  std::unique_ptr<Source> html_;
  std::string input_;
  std::string before_;  // the last bytes that went to text_
  std::string text_;
  std::size_t position_ = 0;  // in text_
  std::size_t picture_ = 0;   // letters of the picture that it is in; 0: it is in none
  bool at_end_ = false;
};

}  // namespace gateway::mime
