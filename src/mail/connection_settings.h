// The settings that SMTP and IMAP connections have in common, and how libcurl gets them. Private to
// src/mail.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"
#include "gateway/settings/mail.h"
#include "gateway/settings/tls.h"
#include "mail/curl_handle.h"
#include "mail/error_codes.h"

namespace gateway::mail {

// The codes by which a protocol names what may go wrong with any of its connections.
struct ConnectionCodes {
  ErrorCode unreachable;
  ErrorCode timeout;
  ErrorCode tls_failed;
  ErrorCode login_failed;
  ErrorCode connection_lost;
};

inline constexpr ConnectionCodes kSmtpConnection{codes::kSmtpUnreachable, codes::kSmtpTimeout, codes::kSmtpTlsFailed,
                                                 codes::kSmtpLoginFailed, codes::kSmtpConnectionLost};
inline constexpr ConnectionCodes kImapConnection{codes::kImapUnreachable, codes::kImapTimeout, codes::kImapTlsFailed,
                                                 codes::kImapLoginFailed, codes::kImapConnectionLost};

struct ConnectionSettings {
  explicit ConnectionSettings(const SmtpSettings& settings);
  explicit ConnectionSettings(const ImapSettings& settings);

  std::string protocol;  // "smtp" or "imap", the beginning of the URL's scheme
  ConnectionCodes errors;
  std::string url;
  TlsMode tls;
  TlsPolicy tls_policy;
  std::filesystem::path ca_file;
  bool insecure;
  std::string username;
  std::filesystem::path password_file;
  Seconds timeout;
};

// Sets all options of `handle` that concern the connection. One of them is the password, which is
// read from its file anew.
Result<void> Apply(const ConnectionSettings& settings, CURL* handle);

// Returns the Error for a failure to connect or to log in. Its code is one of `errors`, and it is
// always transient.
Error ConnectionError(const ConnectionCodes& errors, CURLcode code, std::string detail);

}  // namespace gateway::mail
