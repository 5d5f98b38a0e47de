// Makes text from outside safe for a terminal or a log. A terminal obeys control characters, and
// overrides of the text direction make text read as something that it is not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

// Returns whether `c` is a character that may be shown. Controls (C0, C1) are not, nor is anything
// that changes the direction of text, joins or hides characters, or ends a line or paragraph.
bool IsPrintable(char32_t c);

// Returns valid UTF-8 of printable characters. Each other character or byte becomes '?'.
std::string Printable(std::string_view text);

// Does the same for a JSON text in valid UTF-8, without changing its meaning: it writes \uXXXX
// instead of '?'. The line ends of the text stay.
std::string PrintableJson(std::string_view json);

// Returns how many bytes from the start of `text` are printable already.
std::size_t PrintablePrefix(std::string_view text);

}  // namespace gateway
