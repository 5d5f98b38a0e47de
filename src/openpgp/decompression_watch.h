// Tells whether a message held a compressed packet, which RNP 0.16 does not. RNP begins to decompress by functions of
// zlib and libbz2; this program has functions of the same names, which the dynamic linker finds first. They take note
// and go on to the libraries'.
#pragma once

namespace gateway::openpgp {

// While one lives, what this thread begins to decompress is counted. Does not nest.
class DecompressionWatch {
 public:
  DecompressionWatch();
  DecompressionWatch(const DecompressionWatch&) = delete;
  DecompressionWatch& operator=(const DecompressionWatch&) = delete;
  [[nodiscard]] bool HasSeenAny() const;
};

}  // namespace gateway::openpgp
