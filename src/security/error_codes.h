// Errors that say why a signature vouches for nothing.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kBadSignature{"bad-signature",
                                         "The signature does not fit what was signed, which may have been changed."};
inline constexpr ErrorCode kSignatureUnusable{"signature-unusable", "The signature cannot be verified."};
inline constexpr ErrorCode kSignerKeyRevoked{"signer-key-revoked", "The key that made the signature was revoked."};
inline constexpr ErrorCode kUnknownSigner{"unknown-signer",
                                          "The signature was made by a key that the gateway does not know."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfSecurity{kBadSignature, kSignatureUnusable, kSignerKeyRevoked, kUnknownSigner};

}  // namespace gateway::codes
