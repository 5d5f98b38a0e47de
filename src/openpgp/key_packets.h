// The packets of a key file (RFC 9580 sections 4 and 10.1): which keys it holds, also those that RNP cannot read, and
// each primary key with what belongs to it by itself, as RNP mixes up what comes together.
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
  std::string fingerprint;    // upper-case hex; empty: a secret key, or of a version, whose public part is not known
  std::string key_id;         // 16 digits of it

  // "version 4, algorithm 25 (X25519)"
  [[nodiscard]] std::string Kind() const;
};

// A primary key, and all that stands between it and the next one.
struct TransferableKey {
  std::vector<PacketKey> keys;  // the primary one first, then its subkeys
  // Packets as they stand, without user attributes and subkeys that this RNP certainly does not know.
  std::string packets;
};

// In the order of the file; the caller wipes the packets of secret keys. config "key-unreadable".
Result<std::vector<TransferableKey>> SplitKeys(std::string_view content);

}  // namespace gateway::openpgp
