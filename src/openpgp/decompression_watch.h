// Tells whether a message held a compressed packet, which RNP 0.16 does not tell. RNP begins to
// decompress with functions of zlib and libbz2. This program has functions of the same names, which
// the dynamic linker finds first. They take note and call those of the libraries.
#pragma once

namespace gateway::openpgp {

// While one of these lives, it counts what this thread begins to decompress. They must not be
// nested.
class DecompressionWatch {
 public:
  DecompressionWatch();
  DecompressionWatch(const DecompressionWatch&) = delete;
  DecompressionWatch& operator=(const DecompressionWatch&) = delete;
  [[nodiscard]] bool HasSeenAny() const;
};

}  // namespace gateway::openpgp
