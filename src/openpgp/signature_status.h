// What is found when a signature is verified, and the code by which errors and the rules of `inspect` name it.
#pragma once

#include <string_view>

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

constexpr std::string_view CodeOf(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::valid:
      return "valid";
    case SignatureStatus::unknown_key:
      return "unknown-signer";
    case SignatureStatus::bad:
      return "bad-signature";
    case SignatureStatus::expired_signature:
      return "signature-expired";
    case SignatureStatus::expired_key:
      return "signer-key-expired";
    case SignatureStatus::revoked_key:
      return "signer-key-revoked";
    case SignatureStatus::in_future:
      return "signature-in-future";
    case SignatureStatus::other_error:
      break;
  }
  return "signature-unusable";
}

}  // namespace gateway::openpgp
