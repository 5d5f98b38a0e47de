// Sets up TLS for DICOM: the non-downgrading BCP 195 profile (PS3.15 annex B.10) with our policies
// (base/tls_policy.h). It uses TLS 1.2 and 1.3 and resumes no sessions. SCPs must always show a
// certificate. SCUs must show one to our SCP.
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

// Reads the files. Errors, whose detail names the file: config "tls-certificate-unusable",
// "tls-key-unusable", "tls-key-encrypted", "tls-key-mismatch", "tls-ca-unusable"; transient
// "tls-certificate-expired", "tls-ca-expired", "tls-failed".
Result<SslContext> MakeSslContext(const TlsSettings& settings, TlsRole role);

// Returns OpenSSL's words about its last failure.
std::string SslErrorText();

}  // namespace gateway::dicom
