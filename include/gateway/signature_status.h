// Names what the gateway finds when it verifies a signature, whatever kind of signature it is.
#pragma once

namespace gateway {

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

}  // namespace gateway
