// Tells base64 from prose by its letters, whatever blanks, line ends, quoting marks or other
// characters a mail program put between them. Private to this folder.
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway::mime {

// Capital and small letters and digits take turns in base64 as chance wants it. In words, names,
// tables, hexadecimal numbers and the names of variables they do not. The object counts how often
// one follows another within a word. A word of one or two letters counts as part of the next one.
class CodedLetters {
 public:
  // Takes a line, or a piece of one that ends between two words.
  void Take(std::string_view text);
  // Must be called at the end of each line.
  void EndLine();

  // Returns whether some 130 letters look like base64. Call it only where something else speaks for
  // base64, too.
  [[nodiscard]] bool has_some() const { return has_some_; }
  // Returns whether some 1000 letters in a row look like base64.
  [[nodiscard]] bool has_many() const { return has_many_; }
  // Returns whether there are words, and most letters stand in words as people write them. The
  // header lines of armor are no prose.
  [[nodiscard]] bool IsProse() const;

 private:
  enum class Kind { none, capital, small, digit };

  void TakeToken(std::string_view token);
  void TakeLetter(Kind kind);
  void EndPiece();
  void EndCount();
  // Returns whether the token is an address of the web or of a mail, or goes on with one from the
  // line before. Such addresses have long names that look like base64. An address that begins with
  // "data:" holds a picture of a page.
  bool IsAddress(std::string_view token);

  Kind last_ = Kind::none;
  std::size_t piece_ = 0;  // letters since the last character that is none
  // Count how often one letter followed another since the last count, and in which way.
  unsigned pairs_ = 0;
  unsigned capitals_ = 0;  // a capital letter behind any other
  unsigned rises_ = 0;     // a capital letter behind a small one
  unsigned falls_ = 0;     // the reverse
  unsigned digits_ = 0;    // a digit beside a letter
  unsigned coded_ = 0;     // counts in a row that look like base64
  bool has_some_ = false;
  bool has_many_ = false;
  std::size_t letters_ = 0;
  std::size_t in_words_ = 0;
  bool has_header_ = false;
  // These are for addresses that a mail program broke.
  std::size_t tokens_ = 0;  // of the line
  bool is_address_ = false;
  bool goes_on_ = false;
};

}  // namespace gateway::mime
