// Reads the parts of a signature packet (RFC 4880 section 5.2) for which RNP has no getters. It
// uses RNP's JSON dump.
#pragma once

#include <string>
#include <vector>

#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

struct SignaturePacket {
  // Upper-case hex of the number that only the signer can make anew for the same content. For
  // EdDSA, ECDSA and DSA it is the nonce commitment r, because with ECDSA and DSA anybody can turn
  // s into another good one. For RSA it is the signature. Empty means that it is not known.
  std::string number;
  // Fingerprints of the "intended recipient" subpackets (RFC 9580 section 5.2.3.36), in upper-case
  // hex.
  std::vector<std::string> intended;
};

SignaturePacket ReadSignaturePacket(rnp_signature_handle_t packet);

}  // namespace gateway::openpgp
