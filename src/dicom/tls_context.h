// TLS for DICOM: the non-downgrading BCP 195 profile (PS3.15 annex B.10) by our policies (base/tls_policy.h). TLS 1.2
// and 1.3, certificates required of SCPs always and of SCUs by the SCP, no session resumption.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "gateway/result.h"
#include "gateway/settings/tls.h"

namespace gateway::dicom {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextDeleter>;

enum class TlsRole { scp, scu };

// Reads the files. config "tls-certificate-unusable", "tls-key-unusable", "tls-key-encrypted", "tls-key-mismatch",
// "tls-ca-unusable"; transient "tls-certificate-expired", "tls-ca-expired", "tls-failed": the detail names the file.
Result<SslContext> MakeSslContext(const TlsSettings& settings, TlsRole role);

// What OpenSSL says of its last failure.
std::string SslErrorText();

}  // namespace gateway::dicom
