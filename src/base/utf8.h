// UTF-8 (RFC 3629) without any locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

// Returns how many bytes from the start of `text` are valid UTF-8. If the text is valid, these are
// all of them.
std::size_t ValidUtf8Prefix(std::string_view text);

// Returns at most `limit` code points. Each byte that is not part of valid UTF-8 becomes U+FFFD.
std::u32string DecodeUtf8(std::string_view text, std::size_t limit);

}  // namespace gateway
