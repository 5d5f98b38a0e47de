// What RNP has no getters for in a signature packet (RFC 4880 section 5.2), from its JSON dump.
#pragma once

#include <string>
#include <vector>

#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

struct SignaturePacket {
  // Upper-case hex of the number that nobody but the signer can make anew for the same content: the nonce commitment r
  // of EdDSA, ECDSA and DSA (of ECDSA and DSA anybody can turn s into another that is good too), RSA's signature.
  // Empty: not known.
  std::string number;
  std::vector<std::string> intended;  // fingerprints of RFC 9580 section 5.2.3.36 "intended recipient", upper-case hex
};

SignaturePacket ReadSignaturePacket(rnp_signature_handle_t packet);

}  // namespace gateway::openpgp
