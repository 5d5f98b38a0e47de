#include "inbound/document_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "base/files.h"
#include "base/utf8.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kStartOfText = 4096;
constexpr std::size_t kChunk = 65'536;
constexpr char kEscape = '\x1B';

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleEndianMark = "\xFF\xFE";
constexpr std::string_view kBigEndianMark = "\xFE\xFF";

enum class Form { bytes, utf16_little, utf16_big };

Form FormOf(std::string_view start) {
  if (start.starts_with(kLittleEndianMark)) return Form::utf16_little;
  return start.starts_with(kBigEndianMark) ? Form::utf16_big : Form::bytes;
}

std::string_view WithoutMarks(std::string_view start) {
  constexpr std::array<std::string_view, 4> kMarks{kUtf8Mark, kLittleEndianMark, kBigEndianMark,
                                                   std::string_view("\0\0\xFE\xFF", 4)};
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view mark : kMarks) {
      if (!start.starts_with(mark)) continue;
      start.remove_prefix(mark.size());
      again = true;
    }
  }
  return start;
}

// Leaves out what a program that reads ISO-2022 does not show: ESC, and what selects a character
// set. (ISO 2022 section 6)
class EscapeFilter {
 public:
  // Returns whether the character is part of an escape sequence.
  bool Take(char c) {
    if (c == kEscape) return in_escape_ = true;
    if (!in_escape_) return false;
    in_escape_ = c >= ' ' && c <= '/';  // the last one is behind these
    return true;
  }

 private:
  bool in_escape_ = false;
};

// Calls `take` with all of the file, piece by piece, until it returns false. Each piece but the
// last one has an even number of bytes.
template <typename Take>
Result<bool> AllOf(const std::filesystem::path& file, Take take) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  std::string bytes(kChunk, '\0');
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, bytes));
    if (count == 0) return true;
    if (!take(std::string_view(bytes).substr(0, count))) return false;
  }
}

// Returns whether no control character is among the characters but those of `allowed`.
bool IsFreeOfControls(std::string_view bytes, Form form, std::string_view allowed) {
  const auto is_good = [&](char c) {
    return static_cast<unsigned char>(c) >= ' ' || allowed.find(c) != std::string_view::npos;
  };
  if (form == Form::bytes) return std::all_of(bytes.begin(), bytes.end(), is_good);
  if (bytes.size() % 2 != 0) return false;
  const std::size_t high = form == Form::utf16_little ? 1 : 0;
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    if (bytes[at + high] == '\0' && !is_good(bytes[at + 1 - high])) return false;
  }
  return true;
}

// Returns as many bytes as a byte order mark of UTF-16 has.
Result<std::string> FirstBytes(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  std::string start(kLittleEndianMark.size(), '\0');
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, start));
  start.resize(count);
  return start;
}

Result<bool> IsUtf8(const std::filesystem::path& file) {
  constexpr std::size_t kLongest = 4;  // bytes of a character
  std::string cut;                     // the beginning of a character
  GATEWAY_ASSIGN(const bool whole, AllOf(file, [&](std::string_view bytes) {
                   cut += bytes;
                   cut.erase(0, ValidUtf8Prefix(cut));
                   return cut.size() < kLongest;
                 }));
  return whole && cut.empty();
}

// Returns the form of XML by its first bytes. It also shows without a byte order mark.
Form FormOfXml(std::string_view start) {
  if (start == std::string_view("<\0", 2)) return Form::utf16_little;
  return start == std::string_view("\0<", 2) ? Form::utf16_big : FormOf(start);
}

// Returns the character set that the declaration of XML names, in lower case. It is empty if there
// is none.
std::string_view DeclaredSet(std::string_view start) {
  if (!start.starts_with("<?xml")) return {};
  std::string_view declaration = start.substr(0, start.find("?>"));
  constexpr std::string_view kName = "encoding";
  const std::size_t name = declaration.find(kName);
  if (name == std::string_view::npos) return {};
  declaration.remove_prefix(name + kName.size());
  const std::size_t quote = declaration.find_first_of("\"'");
  if (quote == std::string_view::npos) return {};
  const std::string_view value = declaration.substr(quote + 1);
  return value.substr(0, value.find(declaration[quote]));
}

// Recognizes the sets in which an ASCII character always is the byte of ASCII, whatever stands
// before it.
bool IsWithoutShifts(std::string_view set) {
  constexpr std::array<std::string_view, 16> kSets{
      "us-ascii", "ascii", "latin1",  "latin-1", "shift_jis", "windows-31j", "euc-jp",  "euc-kr",
      "gb2312",   "gbk",   "gb18030", "big5",    "koi8-r",    "koi8-u",      "tis-620", "macintosh"};
  constexpr std::array<std::string_view, 5> kFamilies{"iso-8859-", "iso8859-", "iso_8859-", "windows-125", "cp125"};
  return std::find(kSets.begin(), kSets.end(), set) != kSets.end() ||
         std::any_of(kFamilies.begin(), kFamilies.end(), [&](auto family) { return set.starts_with(family); });
}

bool IsUtf16(std::string_view set) {
  constexpr std::array<std::string_view, 4> kNames{"utf-16", "utf-16le", "utf-16be", "unicode"};
  return std::find(kNames.begin(), kNames.end(), set) != kNames.end();
}

}  // namespace

Result<std::string> StartOfText(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  std::string text;
  std::string bytes(kChunk, '\0');
  EscapeFilter escapes;
  bool first = true;
  // Read one chunk beyond the one in which the text begins, so that a file of NULs is not read to
  // its end.
  for (bool begun = false; !begun && text.size() < kStartOfText;) {
    begun = !text.empty();
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, bytes));
    if (count == 0) break;
    std::string_view read = std::string_view(bytes).substr(0, count);
    if (first) read = WithoutMarks(read);
    first = false;
    for (const char c : read) {
      const bool is_blank = text.empty() && std::string_view(" \t\r\n\f\v").find(c) != std::string_view::npos;
      if (c != '\0' && !is_blank && !escapes.Take(c)) text += LowerCase(c);
    }
  }
  text.resize(std::min(text.size(), kStartOfText));
  return text;
}

Result<bool> IsText(const std::filesystem::path& file) {
  // 0B, 1C and 0D frame a message of HL7, and 1A ends a text of CP/M.
  constexpr std::string_view kAllowed = "\t\n\v\f\r\x1A\x1B\x1C";
  GATEWAY_ASSIGN(const std::string start, FirstBytes(file));
  const Form form = FormOf(start);
  return AllOf(file, [&](std::string_view bytes) { return IsFreeOfControls(bytes, form, kAllowed); });
}

Result<bool> IsReadableXml(const std::filesystem::path& file, std::string_view start) {
  GATEWAY_ASSIGN(const std::string first, FirstBytes(file));
  const Form form = FormOfXml(first);
  const std::string_view set = DeclaredSet(start);
  const bool is_utf16 = IsUtf16(set);
  // Programs that change the form of XML may leave its declaration as it was.
  const bool is_utf8 = set.empty() || set == "utf-8" || set == "utf8" || is_utf16;
  if (form == Form::bytes && !is_utf8 && !IsWithoutShifts(set)) return false;
  // A byte order mark says more than the declaration.
  if (form != Form::bytes && FormOf(first) == Form::bytes && !set.empty() && !is_utf16) return false;
  GATEWAY_ASSIGN(const bool free,
                 AllOf(file, [&](std::string_view bytes) { return IsFreeOfControls(bytes, form, "\t\n\r"); }));
  if (!free || form != Form::bytes || !is_utf8) return free;
  return IsUtf8(file);
}

}  // namespace gateway::inbound
