#include "mime/coded_file.h"

#include <algorithm>
#include <array>

namespace gateway::mime {
namespace {

// Letters of uuencode and xxencode: the length, and 45 bytes.
constexpr std::size_t kFullLine = 61;
constexpr unsigned kMostFullLines = 3;  // no text has so many by chance

std::string_view WithoutQuotation(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t>|");
  line.remove_prefix(std::min(first, line.size()));
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

// Recognizes "begin 644 name" and "begin-base64 644 name".
bool IsFirstLine(std::string_view line) {
  for (const std::string_view word : {"begin ", "begin-base64 "}) {
    if (!line.starts_with(word)) continue;
    const std::string_view mode = line.substr(word.size());
    const std::size_t digits = std::min(mode.find_first_not_of("01234567"), mode.size());
    if (digits < 3 || digits > 6) return false;
    const std::string_view name = mode.substr(digits);
    return name.starts_with(' ') && name.find_first_not_of(' ') != std::string_view::npos;
  }
  return false;
}

// The first letter says how many bytes the line has. Blanks at its end, which stand for zeros, may
// be lost.
bool IsUuLine(std::string_view line) {
  if (line.empty() || std::any_of(line.begin(), line.end(), [](char c) { return c < ' ' || c > '`'; })) return false;
  const unsigned bytes = (static_cast<unsigned char>(line.front()) - 32U) & 63U;
  return bytes > 0 && line.size() <= 3 + (bytes + 2) / 3 * 4;
}

// Recognizes a line of xxencode or base64.
bool IsCodedWord(std::string_view line) {
  return line.size() >= 4 && std::all_of(line.begin(), line.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                  c == '/' || c == '=';
         });
}

bool IsMark(std::string_view line) {
  constexpr std::array<std::string_view, 4> kMarks{"=ybegin ", "=ypart ", "(This file must be converted with BinHex",
                                                   "%PDF-"};
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) { return line.starts_with(mark); });
}

}  // namespace

void CodedFileWatch::Take(std::string_view line) {
  if (found_) return;
  const std::string_view text = WithoutQuotation(line);
  // In a quotation too, a line of blanks stands for zeros.
  if (text.empty()) return;
  const bool coded = IsUuLine(text) || IsUuLine(line.substr(0, line.find_last_not_of('\r') + 1));
  full_ = coded && text.size() == kFullLine && text.front() == 'M' ? full_ + 1 : 0;
  found_ = IsMark(text) || full_ == kMostFullLines || (begun_ && (coded || IsCodedWord(text)));
  begun_ = IsFirstLine(text);
}

}  // namespace gateway::mime
