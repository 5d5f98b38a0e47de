// Decodes base64 as mailers write it, in whole lines: by OpenSSL, several times as fast as GMime, which takes anything.
#pragma once

#include <string>
#include <string_view>

namespace gateway::mime {

// Fed with the text in pieces. The first piece with anything but whole lines of base64 without padding ends it: that
// piece, with what was left of those before, is for a decoder that takes what is not so clean. Not thread-safe.
class Base64Text {
 public:
  // Appends the bytes of `text` to `raw`. False: nothing was appended, and nothing will be; left() is to be read first.
  bool Decode(std::string_view text, std::string& raw);
  // What came after the last group of four characters, without its line ends.
  [[nodiscard]] const std::string& left() const { return left_; }

 private:
  bool DecodeLines(std::string_view text, std::string& raw);

  std::string left_;
  std::string joined_;
  bool clean_ = true;
};

}  // namespace gateway::mime
