#include "mime/key_block.h"

#include <algorithm>
#include <array>

#include "mime/content_lines.h"
#include "mime/letter_kinds.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kSeparators = " \t\r\n>|";
// Letters; shorter words quote a line ("JD> "), or are its checksum.
constexpr std::size_t kShortWord = 5;
constexpr std::size_t kLongestField = 200;  // bytes
constexpr unsigned kMostFields = 16;

std::string_view NextWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSeparators), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kSeparators));
  text.remove_prefix(word.size());
  return word;
}

bool IsAlphanumeric(char c) {
  return IsSmall(c) || IsCapital(c) || IsDigit(c);
}

bool IsBase64(std::string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '+' || c == '/' || c == '='; });
}

// Recognizes the fields of armor (RFC 4880 section 6.2), and those of an encrypted key of X.509
// (RFC 1421). They are short.
bool IsField(std::string_view line) {
  constexpr std::array<std::string_view, 7> kFields{
      "Version:", "Comment:", "Charset:", "Hash:", "MessageID:", "Proc-Type:", "DEK-Info:"};
  line.remove_prefix(std::min(line.find_first_not_of(kSeparators), line.size()));
  return line.size() <= kLongestField &&
         std::any_of(kFields.begin(), kFields.end(), [&](auto field) { return BeginsWith(line, field); });
}

}  // namespace

KeyBlock::Line KeyBlock::Take(std::string_view line) {
  if (!begun_ && fields_ < kMostFields && IsField(line)) {
    ++fields_;
    return Line::header;
  }
  std::string_view only;
  unsigned words = 0;
  unsigned long_words = 0;
  for (std::string_view word = NextWord(line); !word.empty(); word = NextWord(line)) {
    // Dashes belong to the last line.
    if (std::none_of(word.begin(), word.end(), &IsAlphanumeric)) continue;
    const bool is_long = word.size() > kShortWord;
    ++words;
    if (is_long) ++long_words;
    if (is_long || long_words == 0) only = word;
  }
  if (words == 0) return Line::content;
  if (begun_ && only.size() == kShortWord && only.front() == '=') return Line::checksum;
  const bool is_alone = long_words == 1 || (words == 1 && begun_);
  if (!is_alone || !IsBase64(only)) return Line::foreign;
  begun_ = true;
  packets_.TakeWord(only);
  return Line::content;
}

bool KeyBlock::IsWhole() const {
  return !begun_ || packets_.IsWhole();
}

}  // namespace gateway::mime
