// Says which cipher suites, groups, signatures and key sizes TLS may use, for mail and DICOM alike
// (docs/security.md).
#pragma once

#include "gateway/settings/tls.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace gateway {

// Restricts `context` to TLS 1.2 and 1.3 with the algorithms of this policy. False means that
// OpenSSL refuses; its error queue then says why.
bool ApplyTlsPolicy(ssl_ctx_st* context, TlsPolicy policy);

}  // namespace gateway
