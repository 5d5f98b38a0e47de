// Reads the lines of a text that is in memory. Private to this folder.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/ascii.h"

namespace gateway::mime {

constexpr std::string_view kBlanks = " \t\r\n";

// Returns the text without a byte order mark, and without blanks around it.
inline std::string_view WithoutBlanks(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// Takes the first line from `text`, and returns it without its line end.
inline std::string_view NextLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

inline bool BeginsWith(std::string_view line, std::string_view word) {
  return EqualIgnoringCase(line.substr(0, word.size()), word);
}

}  // namespace gateway::mime
