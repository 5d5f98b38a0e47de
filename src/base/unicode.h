// Unicode normalisation (UAX #15), by ICU.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

// Returns valid UTF-8 in normalisation form C: an umlaut of two code points becomes one. Text that
// is not valid UTF-8 stays as it is.
std::string Nfc(std::string_view text);

}  // namespace gateway
