// Tells a text that a person reads from one that a program wrote. A program writes letters that no
// blank divides, lines or words of one length without the structure of words, and tables of
// hexadecimal numbers. No list of formats is needed for that. Private to this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway::mime {

class ProseWatch {
 public:
  // Takes one line of the text, without its LF, or a piece of a long one. Lines may be quoted and
  // indented.
  void Take(std::string_view line);
  // Returns whether something stands there that nobody reads.
  [[nodiscard]] bool found() const { return found_; }

 private:
  // Consecutive lines or words of one length that do not begin alike, as names in a list do.
  class Row {
   public:
    // Returns how many of them stand in a row.
    unsigned Add(std::string_view text, std::size_t longest_prefix);
    void End() { count_ = 0; }

   private:
    std::string last_;
    unsigned count_ = 0;
  };

  void TakeWords(std::string_view line);
  void TakeWord(std::string_view word);
  void TakeShape(std::string_view line);
  void TakeHexadecimal(std::string_view line);
  void TakeOctal(std::string_view line);
  void TakeRecord(std::string_view line);
  bool IsAddress(std::string_view word, bool first);

  bool found_ = false;
  bool goes_on_ = false;  // an address fills its line, so it may go on in the next one
  Row lines_;
  Row words_;
  std::size_t mixed_ = 0;             // bytes of consecutive lines that are one word of mixed characters each
  unsigned octal_ = 0;                // consecutive lines
  std::string place_;                 // at the front of the last line
  unsigned hexadecimal_ = 0;          // consecutive lines
  unsigned hexadecimal_letters_ = 0;  // a to f in them
  unsigned records_ = 0;              // consecutive lines that begin with their length
};

// Returns the line without blanks and the marks of a quotation around it.
std::string_view WithoutQuotation(std::string_view line);
// Says whether a word of the line is base64 of the beginning of a file, as programs write it: PDF,
// office files, archives, pictures, XML, HL7, RTF, and DICOM.
bool HoldsFileInBase64(std::string_view line);

}  // namespace gateway::mime
