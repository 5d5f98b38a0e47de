#include "base/keyed_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

namespace gateway {

std::array<unsigned char, 32> KeyedHash(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> hash{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const made = ::HMAC(::EVP_sha256(), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
                                           bytes, text.size(), hash.data(), &size);
  if (made == nullptr || size != hash.size()) throw std::runtime_error("HMAC-SHA-256 failed");
  return hash;
}

std::string KeyedUid(std::string_view key, std::string_view text) {
  constexpr std::size_t kBytes = 16;
  const auto hash = KeyedHash(key, text);
  // The number in decimal digits, the last one first.
  std::array<unsigned char, kBytes> number{};
  std::copy_n(hash.begin(), kBytes, number.begin());
  std::string digits;
  while (std::any_of(number.begin(), number.end(), [](unsigned char byte) { return byte != 0; })) {
    unsigned rest = 0;
    for (unsigned char& byte : number) {
      const unsigned value = rest << 8 | byte;
      byte = static_cast<unsigned char>(value / 10);
      rest = value % 10;
    }
    digits += static_cast<char>('0' + rest);
  }
  std::reverse(digits.begin(), digits.end());
  return "2.25." + (digits.empty() ? "0" : digits);
}

}  // namespace gateway
