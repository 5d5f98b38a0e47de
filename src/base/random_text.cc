#include "base/random_text.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <vector>

namespace gateway {

std::string RandomHex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  // Without randomness the gateway must not go on, because Message-IDs and spool keys would repeat.
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1) std::abort();
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : random) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace gateway
