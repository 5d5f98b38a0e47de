// UTF-8 (RFC 3629) without any locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

// How many bytes of `text`, from its start, are valid UTF-8: all of them when it is valid.
std::size_t ValidUtf8Prefix(std::string_view text);

// At most `limit` code points; each byte that is not part of valid UTF-8 becomes U+FFFD.
std::u32string DecodeUtf8(std::string_view text, std::size_t limit);

}  // namespace gateway
