// Decodes base64 as mailers write it, in whole lines. OpenSSL does it several times as fast as
// GMime, which accepts anything.
#pragma once

#include <string>
#include <string_view>

namespace gateway::mime {

// The caller feeds the text in pieces. Decoding ends with the first piece that has anything but
// whole lines of base64 without padding. That piece, and what is left of those before it, are for a
// decoder that also takes text that is less clean. Not thread-safe.
class Base64Text {
 public:
  // Appends the bytes of `text` to `raw`. False means that it appended nothing, and will append
  // nothing any more. The caller must then read left() first.
  bool Decode(std::string_view text, std::string& raw);
  // Returns the characters after the last group of four, without their line ends.
  [[nodiscard]] const std::string& left() const { return left_; }

 private:
  bool DecodeLines(std::string_view text, std::string& raw);

  std::string left_;
  std::string joined_;
  bool clean_ = true;
};

}  // namespace gateway::mime
