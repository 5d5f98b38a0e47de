#include "inbound/mailbox_watcher.h"

#include <algorithm>
#include <utility>

#include "base/error_codes.h"
#include "spool/error_codes.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

using mail::SourceFailure;

// Without IDLE there is only the poll timer to wait for.
constexpr Milliseconds kForEver{24 * 3600'000};
constexpr Milliseconds kAfterChange{0};
// The watcher looks this often whether a full disk has space again.
constexpr Milliseconds kForSpace{1000};
// Opened mails are removed from the server at most this often, several at once.
constexpr Milliseconds kBetweenLettingGo{250};
// If the connection for IDLE is refused, it is tried again after this time, and after this many
// tries only now and then.
constexpr Milliseconds kIdleAgain{1000};
constexpr unsigned kIdleTries = 3;
constexpr Milliseconds kIdleNowAndThen{3600'000};
// The server gets this time to end one of the two connections.
constexpr Milliseconds kAfterGivingWay{500};
// A healthy server finishes within this time what is under way when the gateway stops.
constexpr Milliseconds kToEnd{3000};

std::vector<std::string> NamesOf(const std::vector<MailboxSettings>& mailboxes) {
  std::vector<std::string> names;
  for (const MailboxSettings& mailbox : mailboxes) names.push_back(mailbox.name);
  return names;
}

Milliseconds Until(std::chrono::steady_clock::time_point time) {
  const auto left = std::chrono::ceil<Milliseconds>(time - std::chrono::steady_clock::now());
  return std::max(left, Milliseconds(1));
}

}  // namespace

MailboxWatcher::MailboxWatcher(const InboundContext& context, const MailboxSettings& mailbox, StrangerLog& strangers,
                               std::function<void()> fetched)
    : mailbox_(mailbox),
      mails_(context.around.database),
      clock_(context.around.clock),
      policy_(context.settings.retry),
      fetched_(std::move(fetched)),
      server_(policy_),
      source_(mail::MakeMailSource(mailbox)),
      configured_(NamesOf(context.settings.mailboxes)) {
  const auto taken = [this] {
    if (other_taker_.Took(std::chrono::steady_clock::now())) {
      events::MailboxShared(mailbox_.name, other_taker_.mails());
    }
  };
  const FolderFetcher::Hooks hooks{.connected = [this] { Connected(); },
                                   .fetched =
                                       [this] {
                                         Resume();
                                         fetched_();
                                       },
                                   .may_ask_ahead = [this] { return paused_by_.empty(); },
                                   .taken_by_other = taken,
                                   .strangers = strangers,
                                   .opened = opened_,
                                   .former_mailboxes = former_mailboxes_};
  for (const std::string& folder : source_->Folders()) folders_.emplace_back(context, mailbox, *source_, hooks, folder);
  fetch_thread_ = StartWorker("fetch-" + mailbox.name, fetch_signal_,
                              [this](const std::stop_token& stop) { return FetchStep(stop); });
  if (source_->tells_news()) {
    idle_thread_ = StartWorker("idle-" + mailbox.name, idle_signal_,
                               [this](const std::stop_token& stop) { return IdleStep(stop); });
  }
}

void MailboxWatcher::RequestStop() {
  if (stop_by_ == SteadyTime()) stop_by_ = std::chrono::steady_clock::now() + kToEnd;
  fetch_thread_.request_stop();
  idle_thread_.request_stop();
  source_->InterruptWait();
}

MailboxWatcher::~MailboxWatcher() {
  RequestStop();
  while (busy_ && std::chrono::steady_clock::now() < stop_by_) ended_.WaitFor({}, Until(stop_by_));
  source_->Interrupt();
}

void MailboxWatcher::Opened() {
  ++opened_;
  fetch_signal_.Notify();
}

Milliseconds MailboxWatcher::FetchStep(const std::stop_token& stop) {
  if (const Milliseconds wait = server_.Wait(clock_.Now()); wait.count() > 0) return wait;
  busy_ = true;
  const Milliseconds wait = Work(stop);
  busy_ = false;
  ended_.Notify();
  return wait;
}

Milliseconds MailboxWatcher::Work(const std::stop_token& stop) {
  if (!look_.exchange(false) && std::chrono::steady_clock::now() < next_look_) return LetGoStep();
  const Milliseconds wait = WaitAfter(FetchAll(stop));
  next_look_ = std::chrono::steady_clock::now() + wait;
  return wait;
}

Milliseconds MailboxWatcher::WaitAfter(const Result<void>& fetched) {
  if (fetched) {
    // The server failed, so nothing is known of the disk.
    Resume();
    ++worked_;
    return mailbox_.fetch.poll_interval;
  }
  if (source_->FailureOf(fetched.error()) == SourceFailure::none_of_server) return Pause(fetched.error());
  return GaveWayByIdle(fetched.error()) ? kAfterGivingWay : Unavailable(fetched.error());
}

// Removes mails from the server that were opened since.
Milliseconds MailboxWatcher::LetGoStep() {
  if (opened_ == 0) return Until(next_look_);
  const SteadyTime next = last_let_go_ + kBetweenLettingGo;
  if (std::chrono::steady_clock::now() < next) return std::min(Until(next), Until(next_look_));
  last_let_go_ = std::chrono::steady_clock::now();
  for (FolderFetcher& folder : folders_) {
    if (const Result<void> let_go = folder.LetGo(); !let_go) return WaitAfter(let_go);
  }
  return Until(next_look_);
}

Result<void> MailboxWatcher::FetchAll(const std::stop_token& stop) {
  if (!adopted_) {
    GATEWAY_TRY(mails_.AdoptFolder(mailbox_.name, folders_.front().name()));
    GATEWAY_ASSIGN(former_mailboxes_, mails_.FormerMailboxes(configured_));
    adopted_ = true;
  }
  Result<void> all;
  for (FolderFetcher& folder : folders_) {
    if (stop.stop_requested()) break;
    const Result<void> fetched = folder.FetchAll(stop);
    if (fetched) {
      refused_.erase(folder.name());
    } else if (source_->FailureOf(fetched.error()) != SourceFailure::refused) {
      return fetched;
    } else if (&folder == &folders_.front()) {
      all = fetched;  // the other folders are looked into all the same
    } else if (refused_.insert(folder.name()).second) {
      // A missing junk folder must not delay mail in the first folder.
      Error why = fetched.error();
      why.detail.insert(0, "folder " + folder.name() + ": ");
      events::MailboxUnavailable(mailbox_.name, why, mailbox_.fetch.poll_interval.count());
    }
  }
  return all;
}

void MailboxWatcher::Connected() {
  server_.Worked();
  gave_way_ = false;
  if (connected_.exchange(true)) return;
  events::MailboxConnected(mailbox_.name, source_->tells_news());
  idle_signal_.Notify();
}

void MailboxWatcher::Resume() {
  if (!std::exchange(paused_by_, {}).empty()) events::FetchingResumed(mailbox_.name);
}

Milliseconds MailboxWatcher::Pause(const Error& error) {
  if (Is(error, codes::kDiskLow)) return kForSpace;  // an alarm has said so already
  const bool space = IsOneOf(error, codes::kDiskFull, codes::kFetchSpaceLow);
  const Milliseconds wait = space ? kForSpace : policy_.BackOff(0);
  if (std::exchange(paused_by_, error.code) != error.code) events::FetchingPaused(mailbox_.name, error, wait.count());
  return wait;
}

Milliseconds MailboxWatcher::Unavailable(const Error& error) {
  connected_ = false;
  if (source_->FailureOf(error) == SourceFailure::interrupted) return kAfterChange;  // the gateway stops
  const Time now = clock_.Now();
  const Milliseconds wait = server_.Failed(now);
  if (wait.count() > 0) events::MailboxUnavailable(mailbox_.name, error, wait.count());
  return std::max(server_.Wait(now), Milliseconds(1));
}

// A server may allow a user only one connection.
bool MailboxWatcher::GaveWayByIdle(const Error& error) {
  const SourceFailure failure = source_->FailureOf(error);
  const bool refused = failure == SourceFailure::login_refused || failure == SourceFailure::connection_lost;
  if (!refused || !source_->opening_failed() || !idling_ || std::exchange(gave_way_, true)) return false;
  connected_ = false;
  look_ = true;
  source_->InterruptWait();
  return true;
}

Milliseconds MailboxWatcher::IdleStep(const std::stop_token&) {
  if (!connected_) {
    source_->EndWait();
    idling_ = false;
    return kForEver;  // unless Connected() wakes it before
  }
  const Result<mail::News> news = source_->WaitForNews(mailbox_.fetch.poll_interval);
  idling_ = news.ok();
  if (!news) return IdleFailed(news.error());
  if (connected_) idle_failures_ = 0;
  switch (*news) {
    case mail::News::changed:
      look_ = true;
      fetch_signal_.Notify();
      return kAfterChange;
    case mail::News::none:
      return kAfterChange;
    case mail::News::unsupported:
      break;
  }
  idling_ = false;
  return kForEver;
}

// The other connection shows whether the server is away.
Milliseconds MailboxWatcher::IdleFailed(const Error& error) {
  if (idle_failures_ == 0) worked_before_ = worked_;
  look_ = true;
  fetch_signal_.Notify();
  if (++idle_failures_ < kIdleTries || worked_ < worked_before_ + kIdleTries - 1) return kIdleAgain;
  if (!std::exchange(idle_given_up_, true)) events::IdleGivenUp(mailbox_.name, error);
  idle_failures_ = 0;
  return kIdleNowAndThen;
}

}  // namespace gateway::inbound
