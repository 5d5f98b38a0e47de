#include "mail/smtp_client.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "mail/error_codes.h"
#include "mail/smtp_connection.h"

namespace gateway::mail {
namespace {

// Firewalls forget connections that are idle for some minutes, and then silently drop what is sent
// on them.
constexpr std::chrono::seconds kLongestIdle{100};

// An address stands between angle brackets in a command. It must not end the bracket or the line.
bool IsSafeAddress(std::string_view address) {
  return address.size() <= 320 && std::ranges::none_of(address, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '<' || c == '>';
         });
}

bool IsHangUp(const Error& error) {
  return IsOneOf(error, codes::kSmtpMessageLost, codes::kSmtpUnreachable);
}

}  // namespace

class SmtpClient::Impl {
 public:
  explicit Impl(SmtpSettings settings) : settings_(std::move(settings)) {}
  Result<std::string> Send(const Envelope& envelope, Source& message, std::uint64_t size, Pace* pace);
  [[nodiscard]] const std::optional<RefusedCommand>& refused() const { return refused_; }
  [[nodiscard]] std::uint64_t size_limit() const { return size_limit_; }

 private:
  const SmtpSettings settings_;
  std::unique_ptr<SmtpConnection> connection_;
  std::optional<RefusedCommand> refused_;
  std::uint64_t size_limit_ = 0;
};

Result<std::string> SmtpClient::Impl::Send(const Envelope& envelope, Source& message, std::uint64_t size, Pace* pace) {
  refused_.reset();
  if (!IsSafeAddress(envelope.from) || !IsSafeAddress(envelope.to) || envelope.to.empty()) {
    return Permanent(codes::kSmtpRefused, "not an address that can stand in an envelope");
  }
  if (connection_ && connection_->idle() > kLongestIdle) connection_.reset();
  for (;;) {
    const bool reused = connection_ != nullptr;
    if (!reused) {
      GATEWAY_ASSIGN(connection_, SmtpConnection::Open(settings_));
      size_limit_ = connection_->size_limit();
    }
    bool begun = false;
    auto result = connection_->Send(envelope, message, size, begun, pace);
    refused_ = connection_->refused();
    if (!connection_->usable()) connection_.reset();
    // If the server ended the connection while it was idle, the caller need not know, as long as
    // the message was not read. It cannot be read twice.
    if (result || !reused || begun || connection_ || !IsHangUp(result.error())) return result;
  }
}

SmtpClient::SmtpClient(SmtpSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
SmtpClient::~SmtpClient() = default;
SmtpClient::SmtpClient(SmtpClient&&) noexcept = default;

Result<std::string> SmtpClient::Send(const Envelope& envelope, Source& message, std::uint64_t size, Pace* pace) {
  return impl_->Send(envelope, message, size, pace);
}

const std::optional<SmtpClient::RefusedCommand>& SmtpClient::refused() const {
  return impl_->refused();
}

std::uint64_t SmtpClient::size_limit() const {
  return impl_->size_limit();
}

bool ConcernsWholeServer(const Error& error) {
  return IsOneOf(error, codes::kSmtpUnreachable, codes::kSmtpTimeout, codes::kSmtpConnectionLost, codes::kSmtpTlsFailed,
                 codes::kSmtpLoginFailed, codes::kSmtpQuotaExceeded, codes::kInterrupted);
}

bool ConcernsRecipient(const Error& error) {
  return IsOneOf(error, codes::kSmtpDeferred, codes::kSmtpMessageTimeout, codes::kSmtpMessageLost,
                 codes::kSmtpMailboxFull, codes::kSmtpSystemFull);
}

}  // namespace gateway::mail
