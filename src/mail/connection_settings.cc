#include "mail/connection_settings.h"

#include <string_view>

#include "base/secret.h"

namespace gateway::mail {
namespace {

// Plain mechanisms only: with a user name that holds an "@", libcurl would try GSSAPI first wherever it is offered, and
// give up when there is no ticket.
constexpr const char* kMechanisms = "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5;AUTH=DIGEST-MD5";

Result<void> ApplyLogin(const ConnectionSettings& settings, CURL* handle) {
  if (settings.username.empty()) return {};
  Secret password;
  if (!settings.password_file.empty()) {
    Result<Secret> content = ReadPasswordFile(settings.password_file);
    if (!content) return Transient(settings.protocol + "-login-failed", content.error().detail);
    password = std::move(*content);
  }
  curl_easy_setopt(handle, CURLOPT_USERNAME, settings.username.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, password.c_str());
  curl_easy_setopt(handle, CURLOPT_LOGIN_OPTIONS, kMechanisms);
  return {};
}

void ApplyTls(const ConnectionSettings& settings, CURL* handle) {
  const bool required = settings.tls == TlsMode::required;
  curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(required ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, settings.insecure ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, settings.insecure ? 0L : 2L);
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, settings.ca_file.c_str());
    // Else the system's CAs would be trusted beside the one that the operator named.
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
}

std::string_view FailureWord(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_WEIRD_SERVER_REPLY:
      return "unreachable";
    case CURLE_OPERATION_TIMEDOUT:
      return "timeout";
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return "tls-failed";
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
      return "login-failed";
    default:
      return "connection-lost";
  }
}

}  // namespace

ConnectionSettings::ConnectionSettings(const SmtpSettings& settings)
    : protocol("smtp"),
      url(settings.url),
      tls(settings.tls),
      ca_file(settings.ca_file),
      insecure(settings.insecure),
      username(settings.username),
      password_file(settings.password_file),
      timeout(settings.timeout) {}

ConnectionSettings::ConnectionSettings(const ImapSettings& settings)
    : protocol("imap"),
      url(settings.url),
      tls(settings.tls),
      ca_file(settings.ca_file),
      insecure(settings.insecure),
      username(settings.username),
      password_file(settings.password_file),
      timeout(settings.timeout) {}

Result<void> Apply(const ConnectionSettings& settings, CURL* handle) {
  const std::string protocols = settings.protocol + "," + settings.protocol + "s";
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_URL, settings.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, protocols.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // whatever the environment says
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(settings.timeout.count()));
  ApplyTls(settings, handle);
  return ApplyLogin(settings, handle);
}

Error ConnectionError(const std::string& protocol, CURLcode code, std::string detail) {
  return Transient(protocol + "-" + std::string(FailureWord(code)), std::move(detail));
}

}  // namespace gateway::mail
