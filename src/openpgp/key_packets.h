// Reads the packets of a key file (RFC 9580 sections 4 and 10.1). It finds the keys in it, also
// those that RNP cannot read. It separates each primary key with its parts from the others, because
// RNP mixes up keys that come together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"

namespace gateway::openpgp {

// One key packet.
struct PacketKey {
  bool secret = false;
  unsigned version = 0;
  unsigned algorithm = 0;     // RFC 9580 section 9.1
  std::uint32_t created = 0;  // seconds since 1970
  // Upper-case hex. It is empty for a secret key, or a version, whose public part is not known.
  std::string fingerprint;
  std::string key_id;         // 16 digits of it
  std::string public_number;  // as in public_number.h

  // Returns a text such as "version 4, algorithm 25 (X25519)".
  [[nodiscard]] std::string Kind() const;
};

// A primary key, and everything between it and the next one.
struct TransferableKey {
  std::vector<PacketKey> keys;  // the primary one first, then its subkeys
  // The packets as they stand, without user attributes, and without subkeys that this RNP certainly
  // does not know.
  std::string packets;
};

// Returns the keys in the order of the file. The caller must wipe the packets of secret keys.
// Error: config "key-unreadable".
Result<std::vector<TransferableKey>> SplitKeys(std::string_view content);

}  // namespace gateway::openpgp
