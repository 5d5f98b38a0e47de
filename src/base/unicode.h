// Character sets, Unicode normalisation (UAX #15) and case folding, by ICU.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// Returns valid UTF-8 in normalisation form C: an umlaut of two code points becomes one. Text that
// is not valid UTF-8 stays as it is.
std::string Nfc(std::string_view text);

// Returns text in which capital and small letters are the same.
std::string FoldCase(std::string_view text);

// Returns the text in UTF-8. `charset` is a name that ICU knows. Returns nullopt if it knows none
// of that name, or if the text is not in it.
std::optional<std::string> ToUtf8(std::string_view text, const char* charset);

}  // namespace gateway
