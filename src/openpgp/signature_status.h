// Says what the gateway finds when it verifies a signature. Errors, and the rules of `inspect`,
// name the status by its code.
#pragma once

#include <string_view>

#include "gateway/error_code.h"
#include "openpgp/error_codes.h"
#include "policy/error_codes.h"

namespace gateway::openpgp {

enum class SignatureStatus {
  valid,
  unknown_key,
  bad,
  expired_signature,
  expired_key,
  revoked_key,
  in_future,  // made more than a day from now
  other_error
};

// Returns null for a valid signature.
constexpr const ErrorCode* CodeOf(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::valid:
      return nullptr;
    case SignatureStatus::unknown_key:
      return &codes::kUnknownSigner;
    case SignatureStatus::bad:
      return &codes::kBadSignature;
    case SignatureStatus::expired_signature:
      return &codes::kSignatureExpired;
    case SignatureStatus::expired_key:
      return &codes::kSignerKeyExpired;
    case SignatureStatus::revoked_key:
      return &codes::kSignerKeyRevoked;
    case SignatureStatus::in_future:
      return &codes::kSignatureInFuture;
    case SignatureStatus::other_error:
      break;
  }
  return &codes::kSignatureUnusable;
}

constexpr std::string_view NameOf(SignatureStatus status) {
  const ErrorCode* code = CodeOf(status);
  return code == nullptr ? "valid" : code->name;
}

}  // namespace gateway::openpgp
