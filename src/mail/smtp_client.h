// Sends mails over SMTP (RFC 5321) on connections that libcurl makes, with STARTTLS (RFC 3207) or
// SMTPS, and AUTH (RFC 4954). The connection stays open between calls. It uses TLS 1.2 or later,
// and checks the certificate and the host name. If somebody strips STARTTLS, the call fails. Not
// thread-safe: each thread has its own object.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/result.h"
#include "gateway/settings/mail.h"
#include "gateway/stream.h"
#include "mail/pace.h"
#include "mail/refusal.h"

namespace gateway::mail {

class SmtpClient {
 public:
  // The client reads the password file at every connect, so that a changed password needs no
  // restart.
  explicit SmtpClient(SmtpSettings settings);
  ~SmtpClient();
  SmtpClient(SmtpClient&&) noexcept;

  struct Envelope {
    std::string from;  // empty for the null sender, which receipts use
    std::string to;
    // A bounce repeats it as Original-Envelope-Id. It is the Message-ID without angle brackets, or
    // empty for none.
    std::string envelope_id = {};
    // Asks for no bounce although there is a sender. Receipts use it.
    bool never_notify = false;
  };
  // Returns the server's last reply line, such as "250 2.0.0 Ok: queued as 4711". `size` gives the
  // bytes of the message for the SIZE parameter (RFC 1870). The lines of the message must end in
  // CRLF. If the server offers DSN (RFC 3461), the client asks for bounces on failure and delay,
  // which contain only the header. For mails from the null sender it asks for none.
  //
  // Errors, transient: "smtp-unreachable", "smtp-timeout" and "smtp-connection-lost" (there is no
  // connection, or none that is logged in); "smtp-tls-failed" and "smtp-login-failed" (somebody
  // must correct this, and mails wait); "smtp-message-timeout" and "smtp-message-lost" (logged in,
  // but the server fell silent or hung up over this message, which it may have taken). For 4xx and
  // 5xx to MAIL, RCPT, DATA or the message (refusal.h, with the reply as detail):
  // "smtp-mailbox-full", "smtp-system-full", "smtp-quota-exceeded" (our account), and
  // "smtp-deferred" (for 421 "smtp-unreachable").
  //
  // Errors, permanent: "smtp-refused" (other 5xx), "smtp-too-large" (for a refusal, or because the
  // message is larger than the announced SIZE), "smtp-size-mismatch" (`message` does not have
  // `size` bytes, and nothing was delivered). The source's own errors are passed on, and nothing
  // was delivered then.
  // Error, transient: "interrupted", if the gateway stops while `pace` makes the message wait;
  // nothing was delivered then.
  Result<std::string> Send(const Envelope& envelope, Source& message, std::uint64_t size, Pace* pace = nullptr);
  // Says which command of the last Send() the server refused by a reply, and in which words.
  struct RefusedCommand {
    RefusedAt at = RefusedAt::mail;
    std::string reply;  // all lines, in one
  };
  [[nodiscard]] const std::optional<RefusedCommand>& refused() const;
  // Returns the size limit of one mail in bytes that the server announced at the last connect (RFC
  // 1870). 0 means that there is no limit, or that it is not known yet.
  [[nodiscard]] std::uint64_t size_limit() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns true for errors that concern the server and not this message. The caller then backs off
// from the server.
bool ConcernsWholeServer(const Error& error);
// Returns true for transient errors that the recipient's own server may have caused. Other
// recipients are not held up by them.
bool ConcernsRecipient(const Error& error);

}  // namespace gateway::mail
