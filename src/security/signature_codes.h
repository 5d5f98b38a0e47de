// The name of each signature status. Errors and the rules of `inspect` use it as their code.
#pragma once

#include <string_view>

#include "gateway/error_code.h"
#include "gateway/signature_status.h"
#include "policy/error_codes.h"
#include "security/error_codes.h"

namespace gateway::security {

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

}  // namespace gateway::security
