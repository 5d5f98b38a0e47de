// Sends mails over SMTP (RFC 5321) on connections that libcurl makes, with STARTTLS (RFC 3207) or SMTPS and AUTH (RFC
// 4954). The connection stays open between calls. TLS 1.2 or later, certificate and host name checked, a stripped
// STARTTLS is an error. Not thread-safe: one object a thread.
#pragma once

#include <memory>
#include <string>

#include "gateway/result.h"
#include "gateway/settings/mail.h"
#include "gateway/stream.h"

namespace gateway::mail {

class SmtpClient {
 public:
  // Reads the password file at every connect, so that a changed password needs no restart.
  explicit SmtpClient(SmtpSettings settings);
  ~SmtpClient();
  SmtpClient(SmtpClient&&) noexcept;

  struct Envelope {
    std::string from;  // empty: the null sender (for receipts)
    std::string to;
    // Comes back in a bounce as Original-Envelope-Id; the Message-ID, without angle brackets. Empty: none.
    std::string envelope_id = {};
    // No bounce is asked for, though there is a sender: of receipts.
    bool never_notify = false;
  };
  // Returns the server's last reply line, as "250 2.0.0 Ok: queued as 4711". `size`: bytes of the message, for the
  // SIZE parameter (RFC 1870). Lines end in CRLF already. Where the server offers DSN (RFC 3461), it is asked for the
  // header only in bounces, which are wanted on failure and delay; from the null sender never.
  // transient: "smtp-unreachable", "smtp-timeout", "smtp-connection-lost" (no connection, or none that is logged in),
  // "smtp-tls-failed", "smtp-login-failed" (both: somebody must mend it, mails wait), "smtp-message-timeout",
  // "smtp-message-lost" (logged in, but the server fell silent or hung up over this message: it may have taken it),
  // of 4xx and 5xx to MAIL, RCPT, DATA or the message (refusal.h; detail: the reply) "smtp-mailbox-full",
  // "smtp-system-full", "smtp-quota-exceeded" (ours), and "smtp-deferred" (of 421 "smtp-unreachable"); permanent:
  // "smtp-refused" (other 5xx), "smtp-too-large" (the message, or larger than the announced SIZE),
  // "smtp-size-mismatch" (`message` has not `size` bytes; nothing was delivered).
  // The source's own errors are passed on; nothing was delivered then.
  Result<std::string> Send(const Envelope& envelope, Source& message, std::uint64_t size);
  // Bytes of one mail, as the server announced when it was connected last (RFC 1870); 0: no limit, or not known yet.
  [[nodiscard]] std::uint64_t size_limit() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// True for errors that concern the server, not this message: the caller backs off from the server.
bool ConcernsWholeServer(const Error& error);
// True for transient errors behind which the recipient's own server may stand: others are not held up by it.
bool ConcernsRecipient(const Error& error);

}  // namespace gateway::mail
