// Returns the text of an HTML page, as far as armor in it needs that. Tags go. Whatever ends a line
// in a browser ends one here, and character references become characters. Nobody sees the result,
// so styles, scripts and tables are not understood.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/stream.h"

namespace gateway::mime {

class HtmlTextSource : public Source {
 public:
  explicit HtmlTextSource(std::unique_ptr<Source> html) : html_(std::move(html)) {}
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  static constexpr std::size_t kLongestTag = 65'536;  // a longer one is text
  static constexpr std::size_t kLongestReference = 12;

  // Takes what it can from input_. The rest waits for more input, unless there is none.
  void Convert();
  // Returns false if it needs more input.
  bool TakeTag();
  bool TakeReference();
  void ApplyTag(std::string_view tag);
  // Takes the base64 of a picture that a tag holds.
  void TakePicture();
  void PutText(char c);
  void EndLine();
  // Ends the line unless it is empty.
  void EndFilledLine();

  std::unique_ptr<Source> html_;
  std::string input_;
  std::size_t taken_ = 0;  // how much of input_
  bool at_end_ = false;
  bool in_pre_ = false;
  bool in_picture_ = false;  // in the base64 of a tag that is too long
  bool line_is_empty_ = true;
  std::string text_;
  std::size_t position_ = 0;  // in text_
};

}  // namespace gateway::mime
