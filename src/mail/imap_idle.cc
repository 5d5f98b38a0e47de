// Waits for new mails by IMAP IDLE (RFC 2177) on a connection of its own. Whatever goes wrong costs
// only time: the watcher also looks by itself now and then, and a broken connection is made anew at
// the next wait.
#include <algorithm>

#include "mail/error_codes.h"
#include "mail/imap_client.h"
#include "mail/imap_connection.h"
#include "mail/imap_syntax.h"

namespace gateway::mail {
namespace {

// RFC 2177: a server may log out a client that idles for 30 minutes.
constexpr std::chrono::minutes kLongestIdle{28};

// The number of responses that are taken together if the server has many at once.
constexpr int kMostAtOnce = 10'000;

// Returns whether mail came: "23 EXISTS". Other changes in the folder are our own doing, or need no
// fetch.
bool SaysNewMail(std::string_view response) {
  if (!TakeNumber(response)) return false;
  return EqualIgnoringCase(response, " EXISTS");
}

}  // namespace

class ImapIdle::Impl {
 public:
  explicit Impl(ImapSettings settings) : settings_(std::move(settings)) {}

  Result<Wake> Wait(Milliseconds timeout);
  void Interrupt() { interruption_.Raise(); }
  void Disconnect() { connection_.reset(); }

 private:
  Result<Wake> Connect();
  Result<Wake> Idle(Deadline deadline);
  Result<bool> NewMailBy(Deadline deadline);
  Result<bool> Renew();

  const ImapSettings settings_;
  Interruption interruption_;
  std::unique_ptr<ImapConnection> connection_;  // when set, it idles
  std::chrono::steady_clock::time_point idle_since_;
};

Result<ImapIdle::Wake> ImapIdle::Impl::Wait(Milliseconds timeout) {
  auto result = connection_ ? Idle(std::chrono::steady_clock::now() + timeout) : Connect();
  if (result) return result;
  if (Is(result.error(), codes::kInterrupted)) {
    interruption_.Clear();
    return Wake::timeout;
  }
  connection_.reset();
  return result;
}

Result<ImapIdle::Wake> ImapIdle::Impl::Connect() {
  GATEWAY_ASSIGN(auto connection, ImapConnection::Open(settings_, &interruption_));
  if (!connection->Has("IDLE")) return Wake::unsupported;
  GATEWAY_ASSIGN([[maybe_unused]] const auto selected, connection->Select(settings_.folder));
  GATEWAY_TRY(connection->BeginIdle());
  idle_since_ = std::chrono::steady_clock::now();
  connection_ = std::move(connection);
  return Wake::changed;
}

Result<ImapIdle::Wake> ImapIdle::Impl::Idle(Deadline deadline) {
  for (;;) {
    const Deadline renewal = idle_since_ + kLongestIdle;
    GATEWAY_ASSIGN(bool changed, NewMailBy(std::min(deadline, renewal)));
    if (!changed) {
      // This also happens at the caller's deadline. If a connection died silently, that shows only
      // when something is sent on it.
      GATEWAY_ASSIGN(changed, Renew());
    }
    if (changed) return Wake::changed;
    if (std::chrono::steady_clock::now() >= deadline) return Wake::timeout;
  }
}

// After the first response that tells of new mail, it takes all responses that are there already,
// so that one wake serves for all.
Result<bool> ImapIdle::Impl::NewMailBy(Deadline deadline) {
  bool changed = false;
  std::string response;
  for (int responses = 0; responses < kMostAtOnce; ++responses) {
    auto received = connection_->IdleResponse(response, changed ? std::chrono::steady_clock::now() : deadline);
    if (!received && Is(received.error(), codes::kImapTimeout)) return changed;
    if (!received) return received.error();
    changed = changed || SaysNewMail(response);
  }
  return changed;
}

Result<bool> ImapIdle::Impl::Renew() {
  bool changed = false;
  // If it is interrupted half-way, it is out of step and must not be used any more.
  auto connection = std::move(connection_);
  const auto note = [&](std::string_view response) { changed = changed || SaysNewMail(response); };
  GATEWAY_TRY(connection->EndIdle(note));
  GATEWAY_TRY(connection->BeginIdle(note));
  idle_since_ = std::chrono::steady_clock::now();
  connection_ = std::move(connection);
  return changed;
}

ImapIdle::ImapIdle(ImapSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
ImapIdle::~ImapIdle() = default;

Result<ImapIdle::Wake> ImapIdle::Wait(Milliseconds timeout) {
  return impl_->Wait(timeout);
}
void ImapIdle::Interrupt() {
  impl_->Interrupt();
}
void ImapIdle::Disconnect() {
  impl_->Disconnect();
}

}  // namespace gateway::mail
