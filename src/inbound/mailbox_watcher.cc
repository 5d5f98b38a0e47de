#include "inbound/mailbox_watcher.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/durable_point.h"
#include "base/events.h"
#include "base/files.h"
#include "base/sha256.h"
#include "gateway/item_id.h"
#include "mime/mail_format.h"
#include "spool/work_file.h"

namespace gateway::inbound {
namespace {

// Mails are released from the server in groups, so that a long queue is not all fetched again after a crash.
constexpr std::size_t kReleaseAtOnce = 20;
// Without IDLE there is nothing to wait for but the poll timer.
constexpr Milliseconds kForEver{24 * 3600'000};
constexpr Milliseconds kAfterChange{0};
// While many are fetched, an urgent one may come. Looking takes a tenth of the time, or more where the server is slow:
// an emergency is not to wait for a second look longer than this.
constexpr Milliseconds kLookAgain{50};
constexpr int kLookShare = 9;
constexpr Milliseconds kLookAtLast{200};
// How often it is looked whether a full disk has space again.
constexpr Milliseconds kForSpace{1000};

class HashingSink : public Sink {
 public:
  explicit HashingSink(Sink& next) : next_(next) {}
  Result<void> Write(std::string_view bytes) override {
    GATEWAY_TRY(hash_.Write(bytes));
    return next_.Write(bytes);
  }
  std::string Hex() { return hash_.Hex(); }

 private:
  Sink& next_;
  Sha256 hash_;
};

std::string_view HowReleased(AfterAccept after) {
  switch (after) {
    case AfterAccept::remove:
      return "deleted";
    case AfterAccept::move:
      return "moved";
    case AfterAccept::keep:
      break;
  }
  return "gone";
}

}  // namespace

MailboxWatcher::MailboxWatcher(const Parts& parts, const MailboxSettings& mailbox, std::function<void()> fetched)
    : mailbox_(mailbox),
      spool_(parts.spool),
      space_(parts.space),
      ledger_(parts.ledger),
      clock_(parts.clock),
      policy_(parts.settings.retry),
      fetched_(std::move(fetched)),
      server_(policy_),
      client_(mailbox.imap),
      idle_(mailbox.imap) {
  fetch_thread_ = StartWorker("fetch-" + mailbox.name, fetch_signal_,
                              [this](const std::stop_token& stop) { return FetchStep(stop); });
  if (mailbox.imap.idle) {
    idle_thread_ = StartWorker("idle-" + mailbox.name, idle_signal_,
                               [this](const std::stop_token& stop) { return IdleStep(stop); });
  }
}

MailboxWatcher::~MailboxWatcher() {
  fetch_thread_.request_stop();
  idle_thread_.request_stop();
  idle_.Interrupt();
}

Milliseconds MailboxWatcher::IdleStep(const std::stop_token&) {
  if (const Milliseconds wait = server_.Wait(clock_.Now()); wait.count() > 0) return wait;
  const Result<mail::ImapIdle::Wake> wake = idle_.Wait(mailbox_.imap.poll_interval);
  if (!wake) return Unavailable(wake.error());
  switch (*wake) {
    case mail::ImapIdle::Wake::changed:
      fetch_signal_.Notify();
      return kAfterChange;
    case mail::ImapIdle::Wake::timeout:
      return kAfterChange;
    case mail::ImapIdle::Wake::unsupported:
      break;
  }
  return kForEver;
}

Milliseconds MailboxWatcher::FetchStep(const std::stop_token& stop) {
  if (const Milliseconds wait = server_.Wait(clock_.Now()); wait.count() > 0) return wait;
  const Result<void> fetched = FetchAll(stop);
  if (!fetched && !fetched.error().code.starts_with("imap-")) return Pause(fetched.error());
  // The disk has said nothing of itself where the server failed.
  if (fetched) Resume();
  return fetched ? mailbox_.imap.poll_interval : Unavailable(fetched.error());
}

void MailboxWatcher::Resume() {
  if (!std::exchange(paused_by_, {}).empty()) events::FetchingResumed(mailbox_.name);
}

Milliseconds MailboxWatcher::Pause(const Error& error) {
  if (error.code == "disk-low") return kForSpace;  // an alarm has said so already
  const Milliseconds wait = error.code == "disk-full" ? kForSpace : policy_.BackOff(0);
  if (std::exchange(paused_by_, error.code) != error.code) events::FetchingPaused(mailbox_.name, error, wait.count());
  return wait;
}

Milliseconds MailboxWatcher::Unavailable(const Error& error) {
  connected_ = false;
  const Time now = clock_.Now();
  const Milliseconds wait = server_.Failed(now);
  if (wait.count() > 0) events::MailboxUnavailable(mailbox_.name, error, wait.count());
  return std::max(server_.Wait(now), Milliseconds(1));
}

Result<void> MailboxWatcher::FetchAll(const std::stop_token& stop) {
  GATEWAY_TRY(space_.Check());
  GATEWAY_ASSIGN(const mail::FolderState folder, client_.List());
  server_.Worked();
  if (!connected_.exchange(true)) events::MailboxConnected(mailbox_.name, mailbox_.imap.idle);

  // What was fetched before a crash, but not yet released, is released now; what somebody else removed is forgotten.
  const bool keep = mailbox_.imap.after_accept == AfterAccept::keep;
  GATEWAY_ASSIGN(const std::vector<ledger::KnownMail> known, ledger_.MailsOnServer(mailbox_.name, folder.uid_validity));
  std::set<std::uint32_t> fetched;
  std::vector<ledger::KnownMail> to_release;
  for (const ledger::KnownMail& mail : known) {
    fetched.insert(mail.uid);
    const bool there = std::binary_search(folder.uids.begin(), folder.uids.end(), mail.uid);
    if (!there || !keep) to_release.push_back(mail);
  }
  // Where the server refuses to let them go (the folder to move to, a quota), new ones are fetched all the same.
  Result<void> released = ReleaseFromServer(folder.uid_validity, to_release);
  if (!released && released.error().code != "imap-refused") return released;
  GATEWAY_TRY(FetchNew(folder, fetched, stop));
  return released;
}

Result<void> MailboxWatcher::FetchNew(const mail::FolderState& folder, const std::set<std::uint32_t>& fetched,
                                      const std::stop_token& stop) {
  std::erase_if(unfetchable_, [&](std::uint32_t uid) { return !std::ranges::binary_search(folder.uids, uid); });
  queue_ = {};
  ahead_.reset();
  GATEWAY_TRY(Enqueue(folder.uids, fetched));
  look_again_ = std::chrono::steady_clock::now() + kLookAgain;
  std::uint32_t newest = folder.uids.empty() ? 0 : folder.uids.back();
  const bool keep = mailbox_.imap.after_accept == AfterAccept::keep;
  std::vector<ledger::KnownMail> to_release;
  bool refused = false;  // to let mails go
  while ((ahead_ || !queue_.empty()) && !stop.stop_requested()) {
    GATEWAY_TRY(space_.Check());
    // What was asked for ahead is on the line, whatever is due.
    if (!ahead_) GATEWAY_TRY(LookAgain(folder.uid_validity, newest));
    const ListedMail listed = ahead_ ? *std::exchange(ahead_, std::nullopt) : *queue_.Take();
    const bool releases_next = !keep && !refused && to_release.size() + 1 >= kReleaseAtOnce;
    const Result<std::optional<ledger::KnownMail>> mail =
        FetchOne(folder.uid_validity, listed, !releases_next && !stop.stop_requested() && paused_by_.empty());
    if (!mail) {
      if (!mail.error().code.starts_with("imap-")) return mail.error();
      const bool first = unfetchable_.insert(listed.uid).second;
      if (mail.error().code != "imap-refused" && mail.error().code != "imap-too-large") return mail.error();
      if (first) events::MailNotFetched(mailbox_.name, listed.uid, mail.error());
      continue;
    }
    unfetchable_.erase(listed.uid);
    if (!*mail || keep) continue;
    to_release.push_back(**mail);
    if (to_release.size() < kReleaseAtOnce || refused) continue;
    Result<void> released = ReleaseFromServer(folder.uid_validity, to_release);
    if (!released && released.error().code != "imap-refused") return released;
    refused = !released;
    if (released) to_release.clear();
  }
  // Stopped with an answer on the line: the next start lets go of what is here.
  return ahead_ ? Result<void>() : ReleaseFromServer(folder.uid_validity, to_release);
}

// One mail that the server cannot hand out, or over which it hangs up, must not stand before all others for ever.
Result<void> MailboxWatcher::Enqueue(const std::vector<std::uint32_t>& uids, const std::set<std::uint32_t>& fetched) {
  std::vector<std::uint32_t> missing;
  std::ranges::set_difference(uids, fetched, std::back_inserter(missing));
  if (missing.empty()) return {};
  Result<mail::MarkedMails> marked = client_.Marked(missing.front() - 1);
  if (!marked && marked.error().code != "imap-refused") return marked.error();
  if (!marked) marked = mail::MarkedMails{};
  for (const std::uint32_t uid : missing) {
    ListedMail mail{uid};
    if (std::ranges::binary_search(marked->urgent, uid)) mail.priority = Priority::emergency;
    if (std::ranges::binary_search(marked->non_urgent, uid)) mail.priority = Priority::bulk;
    queue_.Add(mail, unfetchable_.contains(uid));
  }
  return {};
}

void MailboxWatcher::AskAhead() {
  if (queue_.empty() || std::chrono::steady_clock::now() >= look_again_) return;
  ahead_ = queue_.Take();
  (void)client_.FetchAhead(ahead_->uid);  // whether the connection holds shows when the mail is fetched
}

Result<void> MailboxWatcher::LookAgain(std::uint32_t uid_validity, std::uint32_t& newest) {
  const auto begun = std::chrono::steady_clock::now();
  if (begun < look_again_) return {};
  GATEWAY_ASSIGN(const mail::FolderState folder, client_.List(newest));
  if (folder.uid_validity != uid_validity) return Transient("imap-gone", "the folder was made anew (UIDVALIDITY)");
  if (!folder.uids.empty()) newest = folder.uids.back();
  GATEWAY_TRY(Enqueue(folder.uids, {}));
  const auto ended = std::chrono::steady_clock::now();
  const auto took = ended - begun;
  using Duration = std::chrono::steady_clock::duration;
  look_again_ = ended + std::clamp<Duration>(took * kLookShare, kLookAgain, std::max<Duration>(kLookAtLast, took));
  return {};
}

Result<std::optional<ledger::KnownMail>> MailboxWatcher::FetchOne(std::uint32_t uid_validity, const ListedMail& listed,
                                                                  bool another) {
  const spool::WorkFile file(spool_);
  ledger::NewMail mail;
  {
    GATEWAY_ASSIGN(const UniqueFd fd, CreateFile(file.path()));
    FdSink sink(fd.get());
    HashingSink hashing(sink);
    const Result<std::uint64_t> size = client_.Fetch(listed.uid, hashing, mime::ReadLimits{}.message_size);
    if (!size && size.error().code == "imap-gone") return std::optional<ledger::KnownMail>();
    if (!size) return size.error();
    if (another) AskAhead();
    GATEWAY_TRY(sink.Flush());
    mail.size = *size;
    mail.sha256 = hashing.Hex();
  }
  DurablePoint("watcher.fetched");
  mail.mailbox = mailbox_.name;
  mail.uid_validity = uid_validity;
  mail.uid = listed.uid;
  mail.priority = listed.priority;
  GATEWAY_ASSIGN(mail.spool_key, spool_.Keep(spool::Kind::mail, file.path()));
  mail.fetched = clock_.Now();
  const Result<ledger::AddedMail> recorded = ledger_.AddMail(mail);
  if (!recorded) {
    if (ledger::NothingRecorded(recorded.error())) (void)spool_.Remove(spool::Kind::mail, mail.spool_key);
    return recorded.error();
  }
  const ledger::AddedMail& added = *recorded;
  DurablePoint("watcher.recorded");
  if (added.known) {
    GATEWAY_TRY(spool_.Remove(spool::Kind::mail, mail.spool_key));
  } else {
    Resume();
    events::MailFetched(Format(ItemKind::mail, added.mail), mailbox_.name, mail.size);
    fetched_();
  }
  return std::optional<ledger::KnownMail>({listed.uid, added.mail});
}

Result<void> MailboxWatcher::ReleaseFromServer(std::uint32_t uid_validity,
                                               const std::vector<ledger::KnownMail>& mails) {
  if (mails.empty()) return {};
  std::vector<std::uint32_t> uids;
  uids.reserve(mails.size());
  for (const ledger::KnownMail& mail : mails) uids.push_back(mail.uid);
  switch (mailbox_.imap.after_accept) {
    case AfterAccept::remove:
      GATEWAY_TRY(client_.Remove(uids));
      break;
    case AfterAccept::move:
      GATEWAY_TRY(client_.Move(uids, mailbox_.imap.move_to));
      break;
    case AfterAccept::keep:
      break;
  }
  DurablePoint("watcher.released");
  for (const ledger::KnownMail& mail : mails) {
    events::MailRemoved(Format(ItemKind::mail, mail.mail), mailbox_.name, HowReleased(mailbox_.imap.after_accept));
  }
  GATEWAY_TRY(ledger_.RecordRemoved(mailbox_.name, uid_validity, uids));
  DurablePoint("watcher.forgotten");
  return {};
}

}  // namespace gateway::inbound
