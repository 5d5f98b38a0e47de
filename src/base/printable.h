// Text from outside as it may be shown at a terminal or written to a log: a terminal obeys control characters, and
// overrides of the direction of text make it read as what it is not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

// No control (C0, C1), nothing that changes the direction of text, joins or hides, no end of line or paragraph, and a
// character at all.
bool IsPrintable(char32_t c);

// Valid UTF-8 of printable characters; anything else becomes '?'.
std::string Printable(std::string_view text);

// The same of a JSON text in valid UTF-8, which goes on saying the same: \uXXXX instead of '?'. Its line ends stay.
std::string PrintableJson(std::string_view json);

// How many bytes of `text`, from its start, are such already.
std::size_t PrintablePrefix(std::string_view text);

}  // namespace gateway
