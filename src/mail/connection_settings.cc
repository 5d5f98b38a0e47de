#include "mail/connection_settings.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/secret.h"
#include "base/tls_names.h"
#include "base/tls_policy.h"

namespace gateway::mail {
namespace {

// Only plain mechanisms are allowed. If a user name holds an "@", libcurl would try GSSAPI first
// wherever a server offers it, and would give up if there is no ticket.
constexpr const char* kMechanisms = "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5;AUTH=DIGEST-MD5";

Result<void> ApplyLogin(const ConnectionSettings& settings, CURL* handle) {
  if (settings.username.empty()) return {};
  Secret password;
  if (!settings.password_file.empty()) {
    Result<Secret> content = ReadPasswordFile(settings.password_file);
    if (!content) return Transient(settings.errors.login_failed, content.error().detail);
    password = std::move(*content);
  }
  curl_easy_setopt(handle, CURLOPT_USERNAME, settings.username.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, password.c_str());
  curl_easy_setopt(handle, CURLOPT_LOGIN_OPTIONS, kMechanisms);
  return {};
}

// Returns the host of the URL that this handle connects to.
std::string HostOf(CURL* handle) {
  const char* text = nullptr;
  curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &text);
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* part = nullptr;
  if (text == nullptr || !url || curl_url_set(url.get(), CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) {
    return {};
  }
  std::string host = part;
  curl_free(part);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.pop_back();
  return host;
}

// If a certificate has no subjectAltName, libcurl takes the common name, which RFC 9525 forbids. So
// OpenSSL checks the names as well.
bool ExpectInSubjectAltName(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* const parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (host.empty()) return false;
  return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1 ||
         X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0) == 1;
}

constexpr std::array kPolicies{TlsPolicy::modern, TlsPolicy::bsi, TlsPolicy::legacy};

template <bool kInsecure>
CURLcode SetUpContext(CURL* handle, void* context, void* policy) {
  auto* const ssl = static_cast<SSL_CTX*>(context);
  if (!ApplyTlsPolicy(ssl, *static_cast<const TlsPolicy*>(policy))) return CURLE_SSL_CIPHER;
  if (!kInsecure && !ExpectInSubjectAltName(ssl, HostOf(handle))) return CURLE_SSL_CONNECT_ERROR;
  WatchNames(ssl);
  ERR_clear_error();  // the error is left from an attempt to read a name as an address
  return CURLE_OK;
}

void ApplyTls(const ConnectionSettings& settings, CURL* handle) {
  const bool required = settings.tls == TlsMode::required;
  curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(required ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, settings.insecure ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, settings.insecure ? 0L : 2L);
  curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, settings.insecure ? &SetUpContext<true> : &SetUpContext<false>);
  // libcurl keeps this pointer, so it must point to something that outlives the handle.
  const auto* const policy = std::find(kPolicies.begin(), kPolicies.end(), settings.tls_policy);
  curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, const_cast<TlsPolicy*>(policy));
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, settings.ca_file.c_str());
    // Otherwise libcurl would trust the system's CAs beside the one that the operator named.
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
}

const ErrorCode& FailureOf(const ConnectionCodes& errors, CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_WEIRD_SERVER_REPLY:
      return errors.unreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return errors.timeout;
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return errors.tls_failed;
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
      return errors.login_failed;
    default:
      return errors.connection_lost;
  }
}

}  // namespace

ConnectionSettings::ConnectionSettings(const SmtpSettings& settings)
    : protocol("smtp"),
      errors(kSmtpConnection),
      url(settings.url),
      tls(settings.tls),
      tls_policy(settings.tls_policy),
      ca_file(settings.ca_file),
      insecure(settings.insecure),
      username(settings.username),
      password_file(settings.password_file),
      timeout(settings.timeout) {}

ConnectionSettings::ConnectionSettings(const ImapSettings& settings)
    : protocol("imap"),
      errors(kImapConnection),
      url(settings.url),
      tls(settings.tls),
      tls_policy(settings.tls_policy),
      ca_file(settings.ca_file),
      insecure(settings.insecure),
      username(settings.username),
      password_file(settings.password_file),
      timeout(settings.timeout) {}

Result<void> Apply(const ConnectionSettings& settings, CURL* handle) {
  const std::string protocols = settings.protocol + "," + settings.protocol + "s";
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // A call that is told to stop does not wait for a DNS server. The thread that asks the server
  // ends by itself.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle, CURLOPT_URL, settings.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, protocols.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // ignores what the environment says
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(settings.timeout.count()));
  ApplyTls(settings, handle);
  return ApplyLogin(settings, handle);
}

Error ConnectionError(const ConnectionCodes& errors, CURLcode code, std::string detail) {
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    if (const std::string names = TakeNamesProblem(); !names.empty()) detail += ": " + names;
  }
  return Transient(FailureOf(errors, code), std::move(detail));
}

}  // namespace gateway::mail
