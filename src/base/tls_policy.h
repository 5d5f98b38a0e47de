// Which cipher suites, groups, signatures and key sizes TLS may use, for mail and DICOM alike: docs/security.md.
#pragma once

#include "gateway/settings/tls.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace gateway {

// TLS 1.2 and 1.3 by this policy. False: OpenSSL refuses, and its error queue says why.
bool ApplyTlsPolicy(ssl_ctx_st* context, TlsPolicy policy);

}  // namespace gateway
