// Files that stand in a text as older programs put them there, without MIME: uuencode, xxencode, yEnc, BinHex, and a
// PDF as it is. Nobody here opens them, and nobody may lose them. Private to this folder.
#pragma once

#include <string_view>

namespace gateway::mime {

class CodedFileWatch {
 public:
  // Takes one line of the text, without its LF. They may be quoted and indented.
  void Take(std::string_view line);
  [[nodiscard]] bool found() const { return found_; }

 private:
  bool found_ = false;
  bool begun_ = false;  // the line before is the first of uuencode, or prose: "begin 100 mg"
  unsigned full_ = 0;   // lines of uuencode of the usual length, one behind the other
};

}  // namespace gateway::mime
