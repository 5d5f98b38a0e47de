// Modified UTF-7 (RFC 3501 section 5.1.3) is the encoding in which IMAP writes the names of
// folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// `text` is valid UTF-8.
std::string ToModifiedUtf7(std::string_view text);

// Returns the name in UTF-8. Returns nullopt if `text` is not the one correct form of any name.
std::optional<std::string> FromModifiedUtf7(std::string_view text);

}  // namespace gateway
