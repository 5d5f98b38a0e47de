#include "mime/prose_watch.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "base/base64.h"
#include "mime/content_lines.h"
#include "mime/embedded_data.h"
#include "mime/letter_kinds.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// These divide words in a text, in the tags of a page and in JSON.
constexpr std::string_view kDividers = " \t\r\n<>\"'()";

// No word, no name and no key of an account has so many letters.
constexpr std::size_t kLongRun = 120;
// Prose and tables of numbers have fewer in a row; 26 and more stand in a line of any code.
constexpr std::size_t kFewestKinds = 14;  // different characters
// Bytes; the longest links of mail filters have half as many.
constexpr std::size_t kLongestAddress = 4096;
constexpr std::size_t kFullLine = 60;  // bytes; a mail program breaks lines that are longer

constexpr std::size_t kCodedLine = 40;  // bytes; older codes have lines of this length and more
constexpr std::size_t kLongCodedLine = 60;
constexpr unsigned kMostLines = 6;  // coded lines of one length
constexpr unsigned kMostLongLines = 3;
constexpr std::size_t kSamePrefix = 8;  // letters; with so many alike, the lines are a list

constexpr std::size_t kMostMixed = 200;   // bytes of consecutive words, such as those of ASCII85
constexpr std::size_t kMixedKinds = 24;   // different characters
constexpr std::size_t kMostEscapes = 64;  // "%00" in one word that is no address
constexpr unsigned kMostOctal = 5;        // lines
constexpr std::size_t kFewestOctal = 7;   // numbers of a line
constexpr std::size_t kPlaceDigits = 7;

constexpr std::size_t kCodedWord = 7;  // letters
constexpr unsigned kMostWords = 12;    // words of one length, with letters in each
constexpr std::size_t kSameStart = 3;  // letters

constexpr unsigned kMostHexadecimal = 5;  // lines
constexpr unsigned kHexadecimalLetters = 8;
constexpr std::size_t kHexadecimalDigits = 24;  // of a line
constexpr unsigned kMostRecords = 3;

constexpr std::size_t kFileStart = 16;  // letters of base64

bool IsLetter(char c) {
  return IsSmall(c) || IsCapital(c);
}
// Those of base64, also of that for URLs, and commas between pieces of it.
bool IsOfRun(char c) {
  return IsLetter(c) || IsDigit(c) || std::string_view("+/=_-,").find(c) != std::string_view::npos;
}

std::size_t KindsOf(std::string_view text) {
  std::bitset<256> kinds;
  for (const char c : text) kinds.set(static_cast<unsigned char>(c));
  return kinds.count();
}

// Returns how often capitals, small letters, digits and other characters follow one another.
std::size_t TurnsOf(std::string_view text) {
  const auto kind = [](char c) { return IsSmall(c) ? 1 : IsCapital(c) ? 2 : IsDigit(c) ? 3 : 4; };
  std::size_t turns = 0;
  for (std::size_t i = 1; i < text.size(); ++i) turns += kind(text[i]) != kind(text[i - 1]) ? 1 : 0;
  return turns;
}

// Returns whether these take turns as in no name and no path.
bool TakesTurns(std::string_view text) {
  return TurnsOf(text) * 5 >= text.size();
}

// Returns whether characters of all kinds stand there as chance wants it.
bool IsMixed(std::string_view word) {
  const auto capitals = static_cast<std::size_t>(std::count_if(word.begin(), word.end(), &IsCapital));
  return TurnsOf(word) * 2 >= word.size() && capitals * 8 >= word.size() && KindsOf(word) >= kMixedKinds;
}

// Recognizes words of a language that has no blanks, such as Chinese or Thai, in 8-bit characters
// or in those of ISO-2022.
bool IsOfOtherScript(std::string_view word) {
  const auto high =
      std::count_if(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<std::size_t>(high) * 5 > word.size() * 3 || word.starts_with("\x1B$");
}

// Returns how many bytes of the word are written as in an address ("%00") or a program ("\x00").
std::size_t EscapesIn(std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; at + 2 < word.size(); ++at) {
    const bool escaped = word[at] == '%' || (word[at] == 'x' && at > 0 && word[at - 1] == '\\');
    count += escaped && IsHexDigit(word[at + 1]) && IsHexDigit(word[at + 2]) ? 1 : 0;
  }
  return count;
}

bool HasLongRun(std::string_view word) {
  while (true) {
    word.remove_prefix(static_cast<std::size_t>(std::find_if(word.begin(), word.end(), &IsOfRun) - word.begin()));
    if (word.size() < kLongRun) return false;
    const auto end = std::find_if_not(word.begin(), word.end(), &IsOfRun);
    const std::string_view run = word.substr(0, static_cast<std::size_t>(end - word.begin()));
    if (run.size() >= kLongRun && KindsOf(run) >= kFewestKinds && TakesTurns(run)) return true;
    word.remove_prefix(run.size());
  }
}

bool IsOfMailAddress(char c) {
  return IsLetter(c) || IsDigit(c) || std::string_view("._%+-=/~$!#").find(c) != std::string_view::npos;
}

// Recognizes "name@host.example", also behind "mailto:", and the Message-ID of a mail.
bool IsMailAddress(std::string_view word) {
  constexpr std::string_view kAround = "<>[](),;";
  word.remove_prefix(std::min(word.find_first_not_of(kAround), word.size()));
  word = word.substr(0, word.find_last_not_of(kAround) + 1);
  if (word.starts_with("mailto:")) return true;
  word.remove_suffix(word.size() - std::min(word.size(), word.find_last_not_of(".,;:") + 1));
  const std::size_t at = word.find('@');
  if (at == 0 || at == std::string_view::npos) return false;
  const std::string_view host = word.substr(at + 1);
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(at), &IsOfMailAddress) &&
         host.find('.') != std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
           return IsLetter(c) || IsDigit(c) || c == '.' || c == '-';
         });
}

// Recognizes "@host.example" at any place of `word`.
bool HasHost(std::string_view word) {
  constexpr std::size_t kShortest = 6;
  for (std::size_t at = word.find('@'); at != std::string_view::npos; at = word.find('@', at + 1)) {
    const std::string_view behind = word.substr(at + 1);
    const auto end = std::find_if_not(behind.begin(), behind.end(),
                                      [](char c) { return IsLetter(c) || IsDigit(c) || c == '.' || c == '-'; });
    const std::string_view host = behind.substr(0, static_cast<std::size_t>(end - behind.begin()));
    if (host.size() >= kShortest && host.find('.') != std::string_view::npos) return true;
  }
  return false;
}

// Recognizes what begins with the name of a protocol, such as "https://", at any place of `word`.
bool HasLink(std::string_view word) {
  const std::size_t at = word.find("://");
  return at != std::string_view::npos && at >= 3 && IsLetter(word[at - 1]) && IsLetter(word[at - 2]) &&
         IsLetter(word[at - 3]);
}

// Says whether these letters of base64 are the beginning of a file.
bool BeginsFile(std::string_view letters) {
  if (letters.size() < kFileStart) return false;
  constexpr std::array<std::string_view, 18> kStarts{
      "%PDF-",  "PK\x03\x04",   "\xFF\xD8\xFF", "\x89PNG\r\n", "GIF8", "II*",    "\xD0\xCF\x11\xE0",
      "{\\rtf", "\x1F\x8B\x08", "7z\xBC\xAF",   "Rar!\x1A",    "BZh9", "<?xml ", "MSH|^",
      "%!PS",   "BM6",          "RIFF",         "FHS|"};
  std::string raw;
  const std::string_view first = letters.substr(0, kFileStart);
  if (!AppendBase64Decoded(first, raw)) return false;
  return std::any_of(kStarts.begin(), kStarts.end(), [&](auto start) { return raw.starts_with(start); }) ||
         letters.find_first_not_of('A') > kCodedLine || letters.find("AERJQ0") != std::string_view::npos ||
         letters.find("BESUNN") != std::string_view::npos || letters.find("RElDT") != std::string_view::npos;
}

// Says whether the word is a picture that the style of a page holds.
bool IsPictureOfStyle(std::string_view word) {
  const std::size_t at = word.find("url(data:image/");
  if (at == std::string_view::npos) return false;
  const std::size_t code = word.find(";base64,", at);
  return code != std::string_view::npos && BeginsPicture(word.substr(code + 8));
}

}  // namespace

std::string_view WithoutQuotation(std::string_view line) {
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  const std::size_t first = line.find_first_not_of(" \t>|");
  line.remove_prefix(std::min(first, line.size()));
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

bool HoldsFileInBase64(std::string_view line) {
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kDividers), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kDividers));
    if (word.empty()) return false;
    if (BeginsFile(word)) return true;
    line.remove_prefix(word.size());
  }
}

unsigned ProseWatch::Row::Add(std::string_view text, std::size_t longest_prefix) {
  const auto [mine, other] = std::mismatch(text.begin(), text.end(), last_.begin(), last_.end());
  const auto same = static_cast<std::size_t>(mine - text.begin());
  const bool goes_on = count_ > 0 && text.size() == last_.size();
  if (!goes_on) count_ = 0;
  if (!goes_on || same < longest_prefix) ++count_;
  last_ = text;
  return count_;
}

void ProseWatch::Take(std::string_view line) {
  if (found_) return;
  // Some programs write a no-break space for each blank.
  constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
  if (std::size_t at = line.find(kNoBreakSpace); at != std::string_view::npos) {
    std::string with_blanks(line);
    for (; at != std::string::npos; at = with_blanks.find(kNoBreakSpace, at)) {
      with_blanks.replace(at, kNoBreakSpace.size(), "  ");
    }
    return Take(with_blanks);
  }
  const std::string_view text = WithoutQuotation(line);
  // Whoever doubles the line ends of a text changes nothing else in it.
  if (text.empty()) return;
  TakeWords(text);
  TakeShape(text);
  TakeHexadecimal(text);
  TakeOctal(text);
  TakeRecord(text);
}

bool ProseWatch::IsAddress(std::string_view word, bool first) {
  const bool is_address =
      HasLink(word) || word.starts_with("www.") || IsMailAddress(word) || (first && goes_on_ && word.size() > 1);
  if (first || is_address) goes_on_ = is_address && word.size() >= kFullLine;
  return is_address && word.size() <= kLongestAddress;
}

void ProseWatch::TakeWords(std::string_view line) {
  bool first = true;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (line.empty()) return;
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    const bool has_letter = std::any_of(word.begin(), word.end(), &IsLetter);
    const bool is_coded = word.size() >= kCodedWord && has_letter && std::all_of(word.begin(), word.end(), &IsOfRun);
    if (!is_coded) words_.End();
    if (is_coded && words_.Add(word, kSameStart) >= kMostWords) found_ = true;
    if (!IsAddress(word, first) && !IsPictureOfStyle(word)) TakeWord(word);
    first = false;
  }
}

void ProseWatch::TakeWord(std::string_view word) {
  while (!word.empty() && !found_) {
    word.remove_prefix(std::min(word.find_first_not_of(kDividers), word.size()));
    const std::string_view piece = word.substr(0, word.find_first_of(kDividers));
    word.remove_prefix(piece.size());
    if (HasLink(piece) || piece.starts_with("www.")) continue;
    const std::size_t data = piece.find(";base64,");
    if (data != std::string_view::npos && piece.size() > data + kFileStart) found_ = true;
    found_ = found_ || HasLongRun(piece) || BeginsFile(piece) ||
             (!piece.starts_with("mailto:") && EscapesIn(piece) >= kMostEscapes);
  }
}

// A line of a code is one word. Of several words, the first may number the line.
void ProseWatch::TakeShape(std::string_view line) {
  const std::size_t blank = line.find_last_of(" \t");
  const std::string_view word = blank == std::string_view::npos ? line : line.substr(blank + 1);
  const bool is_coded = word.size() >= kCodedLine && line.size() - word.size() <= kSamePrefix &&
                        KindsOf(word) >= kFewestKinds && !HasLink(word) && !word.starts_with("www.") &&
                        !IsMailAddress(word) && !goes_on_ && !IsOfOtherScript(word);
  mixed_ = is_coded && IsMixed(word) && !HasHost(word) ? mixed_ + word.size() : 0;
  found_ = found_ || mixed_ >= kMostMixed;
  if (!is_coded) return lines_.End();
  const unsigned count = lines_.Add(word, kSamePrefix);
  const bool is_hexadecimal = std::all_of(word.begin(), word.end(), &IsHexDigit);
  found_ = found_ || count >= (word.size() >= kLongCodedLine && !is_hexadecimal ? kMostLongLines : kMostLines);
}

void ProseWatch::TakeHexadecimal(std::string_view line) {
  std::size_t digits = 0;
  unsigned letters = 0;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t:-,"), line.size()));
    // Programs write "0x25".
    if (line.starts_with("0x")) line.remove_prefix(2);
    const std::string_view word = line.substr(0, line.find_first_of(" \t:-,"));
    if (word.size() < 2 || word.size() % 2 != 0 || !std::all_of(word.begin(), word.end(), &IsHexDigit)) break;
    digits += word.size();
    letters += static_cast<unsigned>(std::count_if(word.begin(), word.end(), &IsLetter));
    line.remove_prefix(word.size());
  }
  if (digits < kHexadecimalDigits) {
    hexadecimal_ = hexadecimal_letters_ = 0;
    return;
  }
  hexadecimal_letters_ += letters;
  found_ = found_ || (++hexadecimal_ >= kMostHexadecimal && hexadecimal_letters_ >= kHexadecimalLetters);
}

// The program od writes a place, which rises, and then numbers of one length. Tables of people have
// such numbers too, but no such place in front of them.
void ProseWatch::TakeOctal(std::string_view line) {
  constexpr std::size_t kByte = 3;  // digits
  constexpr std::size_t kTwoBytes = 6;
  const auto is_octal = [](std::string_view word) { return word.find_first_not_of("01234567") == word.npos; };
  const std::string_view place = line.substr(0, line.find_first_of(kBlanks));
  const bool rises = place.size() > place_.size() || (place.size() == place_.size() && place > place_);
  const unsigned rows = rises ? octal_ : 0;
  octal_ = 0;
  place_ = place;
  if (place.size() < kPlaceDigits || !is_octal(place)) return;
  line.remove_prefix(place.size());
  std::size_t numbers = 0;
  std::size_t length = 0;
  bool has_zero = false;  // no table of usual numbers has one in front
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    if (word.empty()) break;
    has_zero = has_zero || word.front() == '0';
    if (word.size() != kByte && word.size() != kTwoBytes) return;
    if ((numbers > 0 && word.size() != length) || !is_octal(word)) return;
    length = word.size();
    ++numbers;
    line.remove_prefix(word.size());
  }
  if (has_zero && numbers >= kFewestOctal) octal_ = rows + 1;
  found_ = found_ || octal_ >= kMostOctal;
}

// Each record of xDT (GDT, LDT, BDT) says how many bytes it has, with its line end.
void ProseWatch::TakeRecord(std::string_view line) {
  constexpr std::size_t kHeader = 7;
  const bool is_record =
      line.size() >= kHeader && std::all_of(line.begin(), line.begin() + kHeader, &IsDigit) &&
      static_cast<std::size_t>((line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0') == line.size() + 2;
  records_ = is_record ? records_ + 1 : 0;
  found_ = found_ || records_ == kMostRecords;
}

}  // namespace gateway::mime
