// Finds files in a text that older programs put there without MIME: uuencode, xxencode, yEnc,
// BinHex, a part of MIME, and files that are texts themselves (PDF, HL7, CDA, FHIR, RTF, SVG).
// Nobody here opens them, and nobody may lose them. Private to this folder.
#pragma once

#include <string_view>

namespace gateway::mime {

class CodedFileWatch {
 public:
  // The first line of uuencode. It is damaged if its name is lost, for example.
  enum class FirstLine { none, whole, damaged };

  // Takes one line of the text, without its LF. Lines may be quoted and indented.
  void Take(std::string_view line);
  [[nodiscard]] bool found() const { return found_; }

 private:
  bool found_ = false;
  bool at_start_ = true;  // no line came that is not blank
  // The line before is the first one of uuencode, or prose such as "begin 100 mg".
  FirstLine begun_ = FirstLine::none;
  bool in_part_ = false;  // the line before may be a boundary line of MIME
  bool is_xml_ = false;   // the line before is the declaration of XML, and no page followed so far
  unsigned full_ = 0;     // consecutive lines of uuencode with the usual length
};

}  // namespace gateway::mime
