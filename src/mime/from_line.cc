#include "mime/from_line.h"

#include <algorithm>

#include "base/ascii.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kName = "from";
constexpr std::size_t kLongestHeader = 256 * 1024;
constexpr std::size_t kLongestValue = 4096;
constexpr std::string_view kSpace = " \t\r\n";

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

Result<void> FromLine::Write(std::string_view bytes) {
  for (const char c : bytes) {
    if (part_ == Part::done) break;
    Take(c);
    if (++seen_ >= kLongestHeader) part_ = Part::done;
  }
  return {};
}

void FromLine::Take(char c) {
  if (c == '\r') return;
  if (c == '\n') {
    // An empty line ends the header.
    part_ = part_ == Part::line_end ? Part::done : Part::line_end;
    return;
  }
  switch (part_) {
    case Part::line_end:
      return TakeFirstOfLine(c);
    case Part::name:
      return TakeName(c);
    case Part::value:
      if (value_.size() < kLongestValue) value_ += c;
      return;
    case Part::other:
    case Part::done:
      return;
  }
}

// A line that begins with a blank continues the field before it (RFC 5322 section 2.2.3).
void FromLine::TakeFirstOfLine(char c) {
  if (IsBlank(c)) {
    part_ = in_from_ ? Part::value : Part::other;
    if (in_from_ && value_.size() < kLongestValue) value_ += c;
    return;
  }
  if (in_from_) {
    part_ = Part::done;  // it was the first From
    return;
  }
  name_.clear();
  part_ = Part::name;
  TakeName(c);
}

void FromLine::TakeName(char c) {
  if (c == ':') {
    in_from_ = name_ == kName;
    part_ = in_from_ ? Part::value : Part::other;
  } else if (!IsBlank(c)) {
    name_ += LowerCase(c);
    if (!kName.starts_with(name_)) part_ = Part::other;
  }
}

std::string FromLine::address() const {
  std::string_view text = value_;
  if (const auto open = text.rfind('<'); open != std::string_view::npos) {
    text.remove_prefix(open + 1);
    return std::string(text.substr(0, text.find('>')));
  }
  // A comment may follow the address.
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(kSpace)));
  return std::string(text.substr(0, text.find_first_of(kSpace)));
}

}  // namespace gateway::mime
