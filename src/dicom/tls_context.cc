#include "dicom/tls_context.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmtls/tlslayer.h>
// clang-format on

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/authority_file.h"
#include "base/error_codes.h"
#include "base/tls_names.h"
#include "base/tls_policy.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

bool IsExpired(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

// Replaces OpenSSL's callback, which would ask at the terminal.
int NotePassphraseWanted(char* /*buffer*/, int /*size*/, int /*writing*/, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return -1;
}

Error Failure(const ErrorCode& code, const std::filesystem::path& file) {
  return ConfigError(code, file.string() + ": " + SslErrorText());
}

Result<void> ReadCertificate(SSL_CTX* context, const std::filesystem::path& file) {
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) != 1)
    return Failure(codes::kTlsCertificateUnusable, file);
  if (!IsExpired(SSL_CTX_get0_certificate(context))) return {};
  // The clock may be wrong at boot, and the file may be renewed. So this is transient.
  return Transient(codes::kTlsCertificateExpired, file.string());
}

Result<void> ReadKey(SSL_CTX* context, const std::filesystem::path& file) {
  bool passphrase_wanted = false;
  SSL_CTX_set_default_passwd_cb(context, NotePassphraseWanted);
  SSL_CTX_set_default_passwd_cb_userdata(context, &passphrase_wanted);
  const bool read = SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (read) return {};
  if (passphrase_wanted) {
    return ConfigError(codes::kTlsKeyEncrypted,
                       file.string() +
                           ": a TLS key with a passphrase is not supported; store it without one, "
                           "readable by the gateway only");
  }
  const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                        ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
  return Failure(mismatch ? codes::kTlsKeyMismatch : codes::kTlsKeyUnusable, file);
}

Result<void> ReadAuthorities(SSL_CTX* context, const std::filesystem::path& file, TlsRole role) {
  GATEWAY_ASSIGN(const AuthorityFile authorities, ReadAuthorityFile(file));
  if (authorities.valid_today == 0) {
    return Transient(codes::kTlsCaExpired, file.string() + ": no CA certificate in it is valid today");
  }
  if (SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) return Failure(codes::kTlsCaUnusable, file);
  // This tells callers which certificate to show.
  if (role == TlsRole::scp) SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file.c_str()));
  return {};
}

}  // namespace

Result<SslContext> MakeSslContext(const TlsSettings& settings, TlsRole role) {
  ERR_clear_error();
  DcmTLSTransportLayer layer(role == TlsRole::scp ? NET_ACCEPTOR : NET_REQUESTOR, nullptr, OFFalse);
  SSL_CTX* context = layer.getNativeHandle();
  if (context == nullptr || !ApplyTlsPolicy(context, settings.policy) || SSL_CTX_set_num_tickets(context, 0) != 1) {
    return Transient(codes::kTlsFailed, SslErrorText());
  }
  // PDUs say how long they are. So the gateway notices a connection that is cut short even if TLS
  // does not say that it ends.
  SSL_CTX_set_options(
      context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Otherwise TLS 1.2 would resume a session whose certificate nobody has checked again.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  WatchNames(context);
  if (!settings.certificate_file.empty()) {
    GATEWAY_TRY(ReadCertificate(context, settings.certificate_file));
    GATEWAY_TRY(ReadKey(context, settings.key_file));
  }
  GATEWAY_TRY(ReadAuthorities(context, settings.ca_file, role));
  // The layer goes now, and a callback of its own would need it. DCMTK versions after 3.6.7 set
  // one.
  SSL_CTX_set_tlsext_servername_callback(context, nullptr);
  SSL_CTX_up_ref(context);
  return SslContext(context);
}

std::string SslErrorText() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason != nullptr ? reason : "cannot be used";
  ERR_clear_error();
  return text;
}

}  // namespace gateway::dicom
