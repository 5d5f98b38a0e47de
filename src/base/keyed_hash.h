// Computes HMAC-SHA-256 (RFC 2104). Nobody without the key can tell which text a hash belongs to,
// not even by trying all texts.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace gateway {

// An empty key is allowed; then everybody can compute the hash.
std::array<unsigned char, 32> KeyedHash(std::string_view key, std::string_view text);

// Returns a UID below 2.25 (PS3.5 section B.2), whose number is the first 128 bits of the hash of
// `text`.
std::string KeyedUid(std::string_view key, std::string_view text);

}  // namespace gateway
