// The readers of HTML pages share this: they read a page in pieces, and return what they make of
// each piece. Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/stream.h"

namespace gateway::mime {

class HtmlSource : public Source {
 public:
  Result<std::size_t> Read(std::span<char> buffer) override;

 protected:
  explicit HtmlSource(std::unique_ptr<Source> html) : html_(std::move(html)) {}

  // Must take what it can from rest(), and put out what it makes of that. It may leave bytes until
  // more came, unless at_end().
  virtual void Convert() = 0;

  // Returns the bytes that were read and not taken so far.
  [[nodiscard]] std::string_view rest() const { return std::string_view(input_).substr(taken_); }
  [[nodiscard]] bool at_end() const { return at_end_; }
  // Returns how many bytes of the page were taken so far.
  [[nodiscard]] std::uint64_t position() const { return erased_ + taken_; }
  void Take(std::size_t count) { taken_ += count; }
  void Put(std::string_view text) { text_ += text; }
  void Put(char c) { text_ += c; }
  // Takes embedded base64 (embedded_data.h), but at most `most` bytes. Returns how many.
  std::size_t TakeEmbedded(std::size_t most);

 private:
  Result<void> Fill();

  std::unique_ptr<Source> html_;
  std::string input_;
  std::size_t taken_ = 0;     // how much of input_
  std::uint64_t erased_ = 0;  // bytes of the page before input_
  bool at_end_ = false;
  std::string text_;
  std::size_t position_ = 0;  // in text_
};

}  // namespace gateway::mime
