#include "mail/smtp_connection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "mail/error_codes.h"

namespace gateway::mail {
namespace {

constexpr std::size_t kLongestLine = 65'536;
constexpr std::size_t kMostLines = 1000;
constexpr std::size_t kBodyBuffer = 131'072;

// The limit for the bytes of one message. A server that takes some bytes now and then must not keep
// its sender for ever.
constexpr std::chrono::minutes kLongestBody{45};
constexpr std::uint64_t kSlowestLine = 16'384;  // bytes per second, for large messages

// RFC 3461 section 4.4.
constexpr std::size_t kLongestEnvelopeId = 100;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Returns "5.2.2 " of "552-5.2.2 The mailbox is full", or nothing.
std::string_view EnhancedCodeOf(std::string_view line) {
  const std::string_view text = line.substr(std::min<std::size_t>(line.size(), 4));
  const std::size_t end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos || text[end] != ' ') return {};
  const std::string_view code = text.substr(0, end);
  return std::count(code.begin(), code.end(), '.') == 2 ? text.substr(0, end + 1) : std::string_view();
}

// Appends a line of a reply to the lines before it.
void Join(std::string& reply, std::string_view line, std::string_view first_code) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (reply.empty()) {
    reply = line;
    if (reply.size() > 3) reply[3] = ' ';
    return;
  }
  line.remove_prefix(std::min<std::size_t>(line.size(), 4));
  if (!first_code.empty() && line.starts_with(first_code)) line.remove_prefix(first_code.size());
  if (!line.empty()) reply.append(" ").append(line);
}

// The server has just let us log in, or has taken other messages. So the recipient's server may
// have ended this message, or something that does not like its bytes.
Error AboutMessage(const Error& error) {
  if (Is(error, codes::kSmtpTimeout)) return Transient(codes::kSmtpMessageTimeout, error.detail);
  if (Is(error, codes::kSmtpConnectionLost)) return Transient(codes::kSmtpMessageLost, error.detail);
  return error;
}

}  // namespace

void DotStuffer::Append(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    if ((last_ == Last::line_start || last_ == Last::line_feed) && bytes.front() == '.') out += '.';
    // Takes all bytes up to the end of a line at once. A lone LF ends a line too, because some
    // servers treat it so.
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    out += line;
    const bool ends_in_crlf = line.ends_with("\r\n") || (line == "\n" && last_ == Last::carriage_return);
    if (line.back() == '\n') {
      last_ = ends_in_crlf ? Last::line_start : Last::line_feed;
    } else {
      last_ = line.back() == '\r' ? Last::carriage_return : Last::other;
    }
    bytes.remove_prefix(line.size());
  }
}

void DotStuffer::Finish(std::string& out) const {
  if (last_ == Last::carriage_return) out += "\n";
  // This also follows a lone LF. For most servers a lone LF ends no line, and "LF . CR LF" ends no
  // message.
  if (last_ == Last::other || last_ == Last::line_feed) out += "\r\n";
  out += ".\r\n";
}

std::string Xtext(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c >= '!' && c <= '~' && c != '+' && c != '=') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'+', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

SmtpConnection::SmtpConnection(const SmtpSettings& settings, std::unique_ptr<CurlStream> stream,
                               const Transcript& transcript)
    : stream_(std::move(stream)),
      reader_(*stream_, kLongestLine),
      pipelining_(transcript.Offers("PIPELINING")),
      takes_size_(transcript.Offers("SIZE")),
      takes_dsn_(transcript.Offers("DSN")),
      size_limit_(transcript.SizeLimit()),
      reply_timeout_(settings.reply_timeout),
      logged_in_(!settings.username.empty()),
      last_used_(std::chrono::steady_clock::now()) {}

Result<std::unique_ptr<SmtpConnection>> SmtpConnection::Open(const SmtpSettings& settings) {
  Transcript transcript;
  GATEWAY_ASSIGN(auto stream, CurlStream::Open(ConnectionSettings(settings), transcript));
  return std::unique_ptr<SmtpConnection>(new SmtpConnection(settings, std::move(stream), transcript));
}

SmtpConnection::~SmtpConnection() {
  // Nobody waits for the answer. In the middle of a message, QUIT would be a line of the message.
  if (usable_) static_cast<void>(stream_->Write("QUIT\r\n"));
}

Result<std::string> SmtpConnection::Send(const SmtpClient::Envelope& envelope, Source& message, std::uint64_t size,
                                         bool& begun, Pace* pace) {
  if (size_limit_ != 0 && size > size_limit_) {
    return Permanent(codes::kSmtpTooLarge, "the server takes messages of up to " + std::to_string(size_limit_) +
                                               " bytes, this one has " + std::to_string(size));
  }
  usable_ = false;
  refused_.reset();
  auto outcome = Transact(envelope, message, size, begun, pace);
  if (!outcome && logged_in_ && envelope.from.empty() && Is(outcome.error(), codes::kSmtpLoginFailed)) {
    // Exchange answers 530 5.7.57 to the null sender, although it has let us log in. So the login
    // did not fail.
    return Permanent(codes::kSmtpRefused, outcome.error().detail);
  }
  if (!outcome) return AboutMessage(outcome.error());
  return outcome;
}

Result<std::string> SmtpConnection::Transact(const SmtpClient::Envelope& envelope, Source& message, std::uint64_t size,
                                             bool& begun, Pace* pace) {
  GATEWAY_TRY(Begin(envelope, size));
  GATEWAY_TRY(Body(message, size, begun, pace));
  auto outcome = Outcome();
  last_used_ = std::chrono::steady_clock::now();
  return outcome;
}

std::string SmtpConnection::MailCommand(const SmtpClient::Envelope& envelope, std::uint64_t size) const {
  std::string command = "MAIL FROM:<" + envelope.from + ">";
  if (takes_size_) command += " SIZE=" + std::to_string(size);
  // Otherwise a bounce would be as large as the message.
  if (takes_dsn_ && !envelope.from.empty()) command += " RET=HDRS";
  const std::string id = Xtext(envelope.envelope_id);
  if (takes_dsn_ && !envelope.from.empty() && !id.empty() && id.size() <= kLongestEnvelopeId) command += " ENVID=" + id;
  return command + "\r\n";
}

std::string SmtpConnection::RcptCommand(const SmtpClient::Envelope& envelope) const {
  std::string command = "RCPT TO:<" + envelope.to + ">";
  if (takes_dsn_) command += envelope.from.empty() || envelope.never_notify ? " NOTIFY=NEVER" : " NOTIFY=FAILURE,DELAY";
  return command + "\r\n";
}

// Sends MAIL, RCPT and DATA. On success the server waits for the message. On a refusal it waits for
// another MAIL.
Result<void> SmtpConnection::Begin(const SmtpClient::Envelope& envelope, std::uint64_t size) {
  struct Step {
    RefusedAt at;
    std::string command;
  };
  const std::array<Step, 3> steps{{{RefusedAt::mail, MailCommand(envelope, size)},
                                   {RefusedAt::rcpt, RcptCommand(envelope)},
                                   {RefusedAt::data, "DATA\r\n"}}};
  std::optional<Reply> refusal;
  RefusedAt at = RefusedAt::mail;
  if (pipelining_) GATEWAY_TRY(stream_->Write(steps[0].command + steps[1].command + steps[2].command));
  for (const Step& step : steps) {
    if (!pipelining_) GATEWAY_TRY(stream_->Write(step.command));
    GATEWAY_ASSIGN(Reply reply, ReadReply(stream_->Soon()));
    const bool is_data = step.at == RefusedAt::data;
    const bool accepted = is_data ? reply.code == 354 : reply.code / 100 == 2;
    if (!accepted && !refusal) {
      refusal = reply;
      at = step.at;
    }
    if (refusal && reply.code == 421) return RefusalOf(*refusal, at);
    // The server wants a message that it has no recipient for. There is no way back from here.
    if (refusal && is_data && accepted) return RefusalOf(*refusal, at);
    if (refusal && !pipelining_) break;
  }
  if (!refusal) return {};
  static_cast<void>(Reset());  // if this fails, usable() tells
  return RefusalOf(*refusal, at);
}

Result<void> SmtpConnection::Body(Source& message, std::uint64_t size, bool& begun, Pace* pace) {
  DotStuffer stuffer;
  std::vector<char> buffer(kBodyBuffer);
  std::string out;
  std::uint64_t sent = 0;
  auto deadline = std::chrono::steady_clock::now() + kLongestBody + Seconds(size / kSlowestLine);
  begun = true;
  for (;;) {
    const std::span<char> room(buffer.data(), pace == nullptr ? buffer.size() : pace->PieceOf(buffer.size()));
    GATEWAY_ASSIGN(const std::size_t count, message.Read(room));
    sent += count;
    // Our own waits are not the server's fault.
    if (pace != nullptr) {
      GATEWAY_ASSIGN(const Milliseconds waited, pace->Wait(count));
      deadline += waited;
    }
    // If the message is cut short, it must not arrive as a complete one. Without the final dot the
    // server forgets it.
    if (sent > size || (count == 0 && sent != size)) {
      return Permanent(codes::kSmtpSizeMismatch,
                       "the message has not the " + std::to_string(size) + " bytes that were announced");
    }
    out.clear();
    count > 0 ? stuffer.Append({buffer.data(), count}, out) : stuffer.Finish(out);
    if (auto written = stream_->Write(out); !written) return WriteFailed(written.error());
    if (count == 0) return {};
    if (std::chrono::steady_clock::now() > deadline) return Transient(codes::kSmtpTimeout, "the server is too slow");
  }
}

// Reads the server's reply to the message.
Result<std::string> SmtpConnection::Outcome() {
  GATEWAY_ASSIGN(const Reply reply, ReadReply(std::chrono::steady_clock::now() + reply_timeout_));
  if (reply.code / 100 == 2) {
    usable_ = true;
    return reply.line;
  }
  // After a refusal at the end, some servers still treat the transaction as open.
  if (reply.code != 421) static_cast<void>(Reset());
  return RefusalOf(reply, RefusedAt::data);
}

Result<void> SmtpConnection::Reset() {
  GATEWAY_TRY(stream_->Write("RSET\r\n"));
  GATEWAY_ASSIGN(const Reply reply, ReadReply(stream_->Soon()));
  usable_ = reply.code == 250;
  return {};
}

// A server may refuse a message and hang up while the message is still being sent. Its reply says
// why.
Error SmtpConnection::WriteFailed(const Error& error) {
  const auto reply = ReadReply(std::chrono::steady_clock::now() + Seconds(1));
  return reply && reply->code >= 400 ? RefusalOf(*reply, RefusedAt::data) : error;
}

// Many servers give the reason in the first line and only an address for help in the last one. So
// the lines are joined. A code that a later line repeats is left out.
Result<SmtpConnection::Reply> SmtpConnection::ReadReply(Deadline deadline) {
  Reply reply;
  std::string line;
  std::string first_code;
  for (std::size_t lines = 0; lines < kMostLines; ++lines) {
    line.clear();
    GATEWAY_TRY(reader_.ReadLine(line, deadline));
    const bool digits = line.size() >= 3 && std::all_of(line.begin(), line.begin() + 3, IsDigit);
    const char after = line.size() > 3 ? line[3] : ' ';
    if (!digits || (after != ' ' && after != '-')) return stream_->Lost("not a reply: " + ReplyForPeople(line));
    reply.code = std::stoi(line.substr(0, 3));
    if (lines == 0) first_code = EnhancedCodeOf(line);
    if (reply.text.size() < kLongestRefusal) Join(reply.text, line, first_code);
    if (after == '-') continue;
    reply.line = ReplyForPeople(reply.text);
    return reply;
  }
  return stream_->Lost("a reply without end");
}

Error SmtpConnection::RefusalOf(const Reply& reply, RefusedAt at) {
  refused_ = {at, reply.text};
  switch (reply.code) {
    case 530:
    case 535:
      return Transient(codes::kSmtpLoginFailed, reply.line);
    case 503:  // it concerns the order of our commands, and not the message
      return Transient(codes::kSmtpConnectionLost, reply.line);
    default:
      break;
  }
  const int reply_class = reply.code / 100;
  if (reply_class != 4 && reply_class != 5) {
    return Transient(codes::kSmtpConnectionLost, "an unexpected reply: " + reply.line);
  }
  switch (MeaningOfRefusal(reply.text, at)) {
    case Refusal::mailbox_full:
      return Transient(codes::kSmtpMailboxFull, reply.line);
    case Refusal::system_full:
      return Transient(codes::kSmtpSystemFull, reply.line);
    case Refusal::quota:
      return Transient(codes::kSmtpQuotaExceeded, reply.line);
    case Refusal::too_large:
      return Permanent(codes::kSmtpTooLarge, reply.line);
    case Refusal::permanent:
      // A server that answers 4xx may take the mail later, whatever its words mean.
      if (reply_class == 5) return Permanent(codes::kSmtpRefused, reply.line);
      break;
    case Refusal::deferred:
      break;
  }
  // With 421 the server ends its service, whatever the command was.
  return Transient(reply.code == 421 ? codes::kSmtpUnreachable : codes::kSmtpDeferred, reply.line);
}

}  // namespace gateway::mail
