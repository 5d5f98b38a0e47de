// Makes names that cannot be guessed and do not repeat.
#pragma once

#include <cstddef>
#include <string>

namespace gateway {

// Returns 2 * `bytes` lower-case hex digits from OpenSSL's random generator.
std::string RandomHex(std::size_t bytes);

}  // namespace gateway
