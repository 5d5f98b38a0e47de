// Names that cannot be guessed and do not repeat.
#pragma once

#include <cstddef>
#include <string>

namespace gateway {

// 2 * `bytes` lower-case hex digits from the system's random generator.
std::string RandomHex(std::size_t bytes);

}  // namespace gateway
