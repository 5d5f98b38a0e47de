// One logged-in SMTP connection (RFC 5321). It uses PIPELINING (RFC 2920), SIZE (RFC 1870) and DSN
// (RFC 3461) if the server offers them. Private to src/mail.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/stream.h"
#include "mail/curl_stream.h"
#include "mail/line_reader.h"
#include "mail/refusal.h"
#include "mail/smtp_client.h"

namespace gateway::mail {

// Puts messages into the form of RFC 5321 section 4.5.2. A line that begins with a dot gets a
// second dot.
class DotStuffer {
 public:
  // Appends `bytes`, the next ones of the message, to `out`.
  void Append(std::string_view bytes, std::string& out);
  // Appends the line with the lone dot. If the message did not end its last line, this ends the
  // line first.
  void Finish(std::string& out) const;

 private:
  enum class Last { line_start, line_feed, carriage_return, other };
  Last last_ = Last::line_start;
};

// Encodes as in RFC 3461 section 4. Printable characters except '+' and '=' stand for themselves,
// and others become "+2B".
std::string Xtext(std::string_view text);

class SmtpConnection {
 public:
  static Result<std::unique_ptr<SmtpConnection>> Open(const SmtpSettings& settings);
  ~SmtpConnection();

  // Does the same as SmtpClient::Send(). `begun` says whether `message` was read from. A time-out
  // or a lost connection fails with "smtp-message-timeout" or "smtp-message-lost".
  Result<std::string> Send(const SmtpClient::Envelope& envelope, Source& message, std::uint64_t size, bool& begun,
                           Pace* pace);
  // Does the same as SmtpClient::refused().
  [[nodiscard]] const std::optional<SmtpClient::RefusedCommand>& refused() const { return refused_; }
  // Returns the limit in bytes that the server announced (RFC 1870). 0 means that there is no
  // limit.
  [[nodiscard]] std::uint64_t size_limit() const { return size_limit_; }
  // Returns false after an error that leaves the dialogue out of step. Then the owner can only
  // destroy the connection.
  [[nodiscard]] bool usable() const { return usable_; }
  // Returns for how long nothing was said on the connection.
  [[nodiscard]] std::chrono::steady_clock::duration idle() const {
    return std::chrono::steady_clock::now() - last_used_;
  }

 private:
  struct Reply {
    int code = 0;
    std::string text;  // all lines of the reply in one, without the codes that lines repeat
    std::string line;  // the same, for people
  };

  SmtpConnection(const SmtpSettings& settings, std::unique_ptr<CurlStream> stream, const Transcript& transcript);
  [[nodiscard]] std::string MailCommand(const SmtpClient::Envelope& envelope, std::uint64_t size) const;
  [[nodiscard]] std::string RcptCommand(const SmtpClient::Envelope& envelope) const;
  Result<std::string> Transact(const SmtpClient::Envelope& envelope, Source& message, std::uint64_t size, bool& begun,
                               Pace* pace);
  Result<void> Begin(const SmtpClient::Envelope& envelope, std::uint64_t size);
  Result<void> Body(Source& message, std::uint64_t size, bool& begun, Pace* pace);
  Result<std::string> Outcome();
  Result<Reply> ReadReply(Deadline deadline);
  Result<void> Reset();
  Error WriteFailed(const Error& error);
  Error RefusalOf(const Reply& reply, RefusedAt at);

  const std::unique_ptr<CurlStream> stream_;
  LineReader reader_;
  const bool pipelining_;
  const bool takes_size_;
  const bool takes_dsn_;
  const std::uint64_t size_limit_;
  const Seconds reply_timeout_;
  const bool logged_in_;
  bool usable_ = true;
  std::optional<SmtpClient::RefusedCommand> refused_;
  std::chrono::steady_clock::time_point last_used_;
};

}  // namespace gateway::mail
