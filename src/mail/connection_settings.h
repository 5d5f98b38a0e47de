// What SMTP and IMAP connections have in common, and how libcurl is told. Private to src/mail.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"
#include "gateway/settings/mail.h"
#include "gateway/settings/tls.h"
#include "mail/curl_handle.h"

namespace gateway::mail {

struct ConnectionSettings {
  explicit ConnectionSettings(const SmtpSettings& settings);
  explicit ConnectionSettings(const ImapSettings& settings);

  std::string protocol;  // "smtp" or "imap": the prefix of error codes, and of the URL's scheme
  std::string url;
  TlsMode tls;
  TlsPolicy tls_policy;
  std::filesystem::path ca_file;
  bool insecure;
  std::string username;
  std::filesystem::path password_file;
  Seconds timeout;
};

// Sets all options of `handle` that concern the connection, the password among them, which is read from its file anew.
Result<void> Apply(const ConnectionSettings& settings, CURL* handle);

// The Error for a failure to connect or to log in: "<protocol>-unreachable", "-timeout",
// "-tls-failed", "-login-failed" or "-connection-lost". All are transient.
Error ConnectionError(const std::string& protocol, CURLcode code, std::string detail);

}  // namespace gateway::mail
