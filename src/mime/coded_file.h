// Finds files in a text that older programs put there without MIME: uuencode, xxencode, yEnc,
// BinHex, and a PDF as it is. Nobody here opens them, and nobody may lose them. Private to this
// folder.
#pragma once

#include <string_view>

namespace gateway::mime {

class CodedFileWatch {
 public:
  // Takes one line of the text, without its LF. Lines may be quoted and indented.
  void Take(std::string_view line);
  [[nodiscard]] bool found() const { return found_; }

 private:
  bool found_ = false;
  // The line before is the first one of uuencode, or prose such as "begin 100 mg".
  bool begun_ = false;
  unsigned full_ = 0;  // consecutive lines of uuencode with the usual length
};

}  // namespace gateway::mime
