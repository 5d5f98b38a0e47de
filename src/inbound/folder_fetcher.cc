#include "inbound/folder_fetcher.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "gateway/item_id.h"
#include "inbound/partner_address.h"
#include "mime/from_line.h"
#include "mime/mail_format.h"
#include "spool/work_file.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

using mail::SourceFailure;

// The server lets mails go in groups, so that after a crash not all of a long queue is listed
// again.
constexpr unsigned kLetGoAtOnce = 20;
// While many mails are fetched, an urgent one may come. Looking takes a tenth of the time, or more
// if the server is slow. An emergency must not wait longer than this for the second look.
constexpr Milliseconds kLookAgain{50};
constexpr int kLookShare = 9;
constexpr Milliseconds kLookAtLast{200};
// A person needs longer than this to see a mail and delete it.
constexpr std::chrono::seconds kFresh{20};

// Notes what is known of a mail once it has come.
class WatchingSink : public Sink {
 public:
  WatchingSink(Sink& next, spool::SpaceGuard& space) : next_(next), space_(space) {}
  Result<void> Write(std::string_view bytes) override {
    unchecked_ += bytes.size();
    if (unchecked_ >= kBetweenChecks) {
      unchecked_ = 0;
      GATEWAY_TRY(space_.CheckFetchingNow());  // others write to the disk as well
    }
    GATEWAY_TRY(hash_.Write(bytes));
    GATEWAY_TRY(from_.Write(bytes));
    return next_.Write(bytes);
  }
  std::string Hex() { return hash_.Hex(); }
  [[nodiscard]] std::string From() const { return from_.address(); }

 private:
  static constexpr std::uint64_t kBetweenChecks = 4 * 1024 * 1024;

  Sink& next_;
  spool::SpaceGuard& space_;
  std::uint64_t unchecked_ = 0;  // bytes since the free space was last checked
  Sha256 hash_;
  mime::FromLine from_;
};

bool ConcernsOneMail(SourceFailure failure) {
  switch (failure) {
    case SourceFailure::refused:
    case SourceFailure::too_large:
    case SourceFailure::no_room:
    case SourceFailure::no_data:
    case SourceFailure::stand_in:
      return true;
    default:
      return false;
  }
}

// Returns the listed mails that the ledger does not know to be on the server.
std::vector<std::string> MissingIn(const std::vector<ledger::KnownMail>& known, const mail::Listing& listing) {
  std::unordered_set<std::string_view> fetched;
  for (const ledger::KnownMail& mail : known) fetched.insert(mail.identity);
  std::vector<std::string> missing;
  std::ranges::copy_if(listing.mails, std::back_inserter(missing),
                       [&](const std::string& identity) { return !fetched.contains(identity); });
  return missing;
}

}  // namespace

FolderFetcher::FolderFetcher(const InboundContext& context, const MailboxSettings& mailbox, mail::MailSource& source,
                             Hooks hooks, std::string folder)
    : partners_(context.settings.partners),
      spool_(context.around.spool),
      space_(context.around.space),
      mails_(context.around.database),
      clock_(context.around.clock),
      settings_(mailbox.fetch),
      source_(source),
      hooks_(std::move(hooks)) {
  key_.mailbox = mailbox.name;
  key_.folder = std::move(folder);
}

Result<void> FolderFetcher::FetchAll(const std::stop_token& stop) {
  GATEWAY_TRY(space_.CheckFetching());
  source_.Use(key_.folder);
  GATEWAY_ASSIGN(const mail::Listing listing, source_.List());
  hooks_.connected();
  if (scope_ != listing.scope) listed_.clear();
  scope_ = listing.scope;
  refused_ = false;

  // Mails that were opened before a crash, but the server still has, are let go now.
  GATEWAY_ASSIGN(std::vector<ledger::KnownMail> known, mails_.OnServer(key_, *scope_));
  const std::vector<std::string> missing = MissingIn(known, listing);
  const Identities listed(listing.mails.begin(), listing.mails.end());
  GATEWAY_TRY(Forget(listed, known));
  // If the server refuses to remove them (the folder to move to, a quota), new mails are fetched
  // all the same.
  Result<void> let_go = LetGoOf(known);
  if (!let_go && !IsRefusal(let_go.error())) return let_go;
  refused_ = !let_go;
  GATEWAY_TRY(FetchNew(missing, listed, stop));
  return let_go;
}

Result<void> FolderFetcher::Forget(const Identities& listed, std::vector<ledger::KnownMail>& known) {
  std::vector<std::string> gone;
  std::erase_if(known, [&](const ledger::KnownMail& mail) {
    if (listed.contains(mail.identity)) return false;
    gone.push_back(mail.identity);
    events::MailRemoved(Format(ItemKind::mail, mail.mail), key_.mailbox, "gone");
    // A person may well delete a mail that waits in quarantine.
    if (mail.understood != ledger::Understood::no && IsFresh(mail.identity)) hooks_.taken_by_other();
    listed_.erase(mail.identity);
    return true;
  });
  return gone.empty() ? Result<void>() : mails_.RecordRemoved(key_, gone);
}

bool FolderFetcher::IsRefusal(const Error& error) const {
  return source_.FailureOf(error) == SourceFailure::refused;
}

bool FolderFetcher::IsFresh(const std::string& identity) const {
  const auto found = listed_.find(identity);
  return found != listed_.end() && std::chrono::steady_clock::now() - found->second < kFresh;
}

Result<void> FolderFetcher::FetchNew(const std::vector<std::string>& missing, const Identities& listed,
                                     const std::stop_token& stop) {
  std::erase_if(unfetchable_, [&](const std::string& identity) { return !listed.contains(identity); });
  std::erase_if(listed_, [](const auto& entry) { return std::chrono::steady_clock::now() - entry.second >= kFresh; });
  queue_ = {};
  ahead_.reset();
  missed_.clear();
  GATEWAY_TRY(Enqueue(missing));
  look_again_ = std::chrono::steady_clock::now() + kLookAgain;
  while ((ahead_ || !queue_.empty()) && !stop.stop_requested()) {
    GATEWAY_TRY(space_.CheckFetching());
    // The mail that was asked for ahead is already on the line, whatever else is due.
    if (!ahead_) {
      const Result<void> let_go = hooks_.opened >= kLetGoAtOnce ? LetGo() : Result<void>();
      if (!let_go && !IsRefusal(let_go.error())) return let_go;
      GATEWAY_TRY(LookAgain());
    }
    const mail::MarkedMail next = ahead_ ? *std::exchange(ahead_, std::nullopt) : *queue_.Take();
    const bool lets_go_next = hooks_.opened >= kLetGoAtOnce && !refused_;
    GATEWAY_TRY(Take(next, !lets_go_next && !stop.stop_requested() && hooks_.may_ask_ahead()));
  }
  // The fetcher was stopped with an answer on the line. The next start lets the mails go that are
  // here.
  if (ahead_) return {};
  if (!missed_.empty()) GATEWAY_TRY(LookForMissed());
  return LetGo();
}

Result<void> FolderFetcher::Take(const mail::MarkedMail& listed, bool another) {
  const Result<std::optional<ledger::AddedMail>> mail = FetchOne(listed, another);
  if (mail) {
    if (*mail) {
      unfetchable_.erase(listed.identity);
    } else if (!unfetchable_.contains(listed.identity)) {
      missed_.insert(listed.identity);
    }
    return {};
  }
  const SourceFailure failure = source_.FailureOf(mail.error());
  if (ConcernsOneMail(failure)) {
    NotFetched(listed.identity, mail.error());
    return {};
  }
  // A mail over which the server hangs up must not stand before all others for ever.
  const bool ours = failure == SourceFailure::none_of_server || failure == SourceFailure::interrupted;
  if (!ours) unfetchable_.insert(listed.identity);
  return mail.error();
}

void FolderFetcher::NotFetched(const std::string& identity, const Error& error) {
  if (unfetchable_.insert(identity).second) {
    events::MailNotFetched(key_.mailbox, mail::ShownIdentity(identity), error);
  }
}

Result<void> FolderFetcher::LookForMissed() {
  GATEWAY_ASSIGN(const mail::Listing listing, source_.List());
  if (listing.scope != scope_) return {};
  const Identities listed(listing.mails.begin(), listing.mails.end());
  for (const std::string& identity : missed_) {
    if (listed.contains(identity)) {
      NotFetched(identity, source_.ErrorOf(SourceFailure::no_data, "the server lists the mail and hands out nothing"));
    } else if (IsFresh(identity)) {
      hooks_.taken_by_other();
    }
    listed_.erase(identity);
  }
  return {};
}

Result<void> FolderFetcher::Enqueue(const std::vector<std::string>& mails) {
  if (mails.empty()) return {};
  Result<std::vector<mail::MarkedMail>> marked = source_.WithPriorities(mails);
  if (!marked && !IsRefusal(marked.error())) return marked.error();
  if (!marked) {
    std::vector<mail::MarkedMail> unmarked;
    for (const std::string& identity : mails) unmarked.push_back({identity, Priority::normal});
    marked = std::move(unmarked);
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  for (mail::MarkedMail& mail : *marked) {
    listed_.try_emplace(mail.identity, now);
    const bool unfetchable = unfetchable_.contains(mail.identity);
    queue_.Add(std::move(mail), unfetchable);
  }
  return {};
}

void FolderFetcher::AskAhead() {
  if (queue_.empty() || std::chrono::steady_clock::now() >= look_again_) return;
  ahead_ = queue_.Take();
  (void)source_.FetchAhead(ahead_->identity);  // fetching the mail shows whether the connection holds
}

Result<void> FolderFetcher::LookAgain() {
  const auto begun = std::chrono::steady_clock::now();
  if (begun < look_again_) return {};
  GATEWAY_ASSIGN(const mail::Listing listing, source_.ListNewer());
  GATEWAY_TRY(Enqueue(listing.mails));
  const auto ended = std::chrono::steady_clock::now();
  const auto took = ended - begun;
  using Duration = std::chrono::steady_clock::duration;
  look_again_ = ended + std::clamp<Duration>(took * kLookShare, kLookAgain, std::max<Duration>(kLookAtLast, took));
  return {};
}

// A mail that does not fit on the disk stays on the server, and smaller ones come.
Result<mail::FetchedMail> FolderFetcher::FetchInto(const std::string& identity, Sink& sink) {
  constexpr std::uint64_t kLongest = mime::ReadLimits{}.message_size;
  const std::uint64_t room = space_.RoomForFetching();
  Result<mail::FetchedMail> fetched = source_.Fetch(identity, sink, std::min(kLongest, room));
  if (!fetched && room < kLongest && source_.FailureOf(fetched.error()) == SourceFailure::too_large) {
    return source_.ErrorOf(SourceFailure::no_room,
                           fetched.error().detail + ": gateway.fetch_free_space would be used up");
  }
  return fetched;
}

std::string FolderFetcher::PartnerAt(const std::string& address) const {
  const auto found =
      std::ranges::find_if(partners_, [&](const PartnerSettings& partner) { return IsAddressOf(partner, address); });
  return found == partners_.end() ? std::string() : found->name;
}

Result<std::optional<ledger::AddedMail>> FolderFetcher::FetchOne(const mail::MarkedMail& listed, bool another) {
  const spool::WorkFile file(spool_);
  ledger::NewMail mail;
  {
    GATEWAY_ASSIGN(const UniqueFd fd, CreateFile(file.path()));
    FdSink sink(fd.get());
    WatchingSink watching(sink, space_);
    const Result<mail::FetchedMail> fetched = FetchInto(listed.identity, watching);
    if (!fetched) {
      if (source_.FailureOf(fetched.error()) == SourceFailure::gone) return std::optional<ledger::AddedMail>();
      return fetched.error();
    }
    if (another) AskAhead();
    GATEWAY_TRY(sink.Flush());
    mail.size = fetched->bytes;
    mail.named_size = fetched->named_size;
    mail.sha256 = watching.Hex();
    mail.in_name_of = PartnerAt(watching.From());
  }
  DurablePoint("watcher.fetched");
  ledger::AddedMail added;
  GATEWAY_TRY(Keep(listed, mail, file.path(), added));
  if (added.stand_in) {
    return source_.ErrorOf(SourceFailure::stand_in, "the server still hands out words of its own for this mail");
  }
  return std::optional(added);
}

Result<void> FolderFetcher::Keep(const mail::MarkedMail& listed, ledger::NewMail& mail,
                                 const std::filesystem::path& file, ledger::AddedMail& added) {
  mail.mailbox = key_.mailbox;
  mail.folder = key_.folder;
  mail.identity = listed.identity;
  mail.priority = listed.priority;
  GATEWAY_ASSIGN(mail.spool_key, spool_.Keep(spool::Kind::mail, file));
  mail.fetched = clock_.Now();
  mail.former_mailboxes = hooks_.former_mailboxes;
  const Result<ledger::AddedMail> recorded = mails_.Add(mail);
  if (!recorded) {
    if (ledger::NothingRecorded(recorded.error())) (void)spool_.Remove(spool::Kind::mail, mail.spool_key);
    return recorded.error();
  }
  added = *recorded;
  DurablePoint("watcher.recorded");
  if (added.known) return spool_.Remove(spool::Kind::mail, mail.spool_key);
  if (mail.in_name_of.empty()) {
    hooks_.strangers.Fetched(Format(ItemKind::mail, added.mail), key_.mailbox, mail.size);
  } else {
    events::MailFetched(Format(ItemKind::mail, added.mail), key_.mailbox, mail.size);
  }
  hooks_.fetched();
  return {};
}

Result<void> FolderFetcher::LetGo() {
  const bool keeps_all =
      settings_.after_accept == AfterAccept::keep && settings_.if_not_understood == AfterAccept::keep;
  hooks_.opened = 0;  // set before asking, so that mails opened from now on are looked for again
  if (keeps_all || refused_ || !scope_) return {};
  GATEWAY_ASSIGN(const std::vector<ledger::KnownMail> known, mails_.OnServer(key_, *scope_));
  Result<void> let_go = LetGoOf(known);
  refused_ = !let_go && IsRefusal(let_go.error());
  return let_go;
}

Result<void> FolderFetcher::LetGoOf(const std::vector<ledger::KnownMail>& known) {
  std::vector<ledger::KnownMail> understood;
  std::vector<ledger::KnownMail> others;
  for (const ledger::KnownMail& mail : known) {
    if (mail.understood == ledger::Understood::yes) understood.push_back(mail);
    // Our copy may be shorter than the mail on the server. Then only a person's decision deletes
    // the mail there.
    const bool deletes = settings_.if_not_understood == AfterAccept::remove;
    if (mail.understood == ledger::Understood::no && (mail.whole || !deletes)) others.push_back(mail);
  }
  GATEWAY_TRY(LetGo(understood, settings_.after_accept, settings_.move_to));
  return LetGo(others, settings_.if_not_understood, settings_.not_understood_move_to);
}

Result<void> FolderFetcher::LetGo(const std::vector<ledger::KnownMail>& mails, AfterAccept how,
                                  const std::string& move_to) {
  if (mails.empty() || how == AfterAccept::keep) return {};
  std::vector<std::string> identities;
  std::set<std::string> fresh;
  for (const ledger::KnownMail& mail : mails) {
    identities.push_back(mail.identity);
    if (IsFresh(mail.identity)) fresh.insert(mail.identity);
    listed_.erase(mail.identity);  // also on failure: if the mail disappears now, we may have removed it
  }
  source_.Use(key_.folder);
  if (how == AfterAccept::move) {
    GATEWAY_TRY(source_.Move(identities, move_to));
  } else {
    GATEWAY_ASSIGN(const std::vector<std::string> gone, source_.Remove(identities));
    for (const std::string& identity : gone) {
      if (fresh.contains(identity)) hooks_.taken_by_other();
    }
  }
  DurablePoint("watcher.removed");
  for (const ledger::KnownMail& mail : mails) {
    events::MailRemoved(Format(ItemKind::mail, mail.mail), key_.mailbox,
                        how == AfterAccept::move ? "moved" : "deleted");
  }
  GATEWAY_TRY(mails_.RecordRemoved(key_, identities));
  DurablePoint("watcher.forgotten");
  return {};
}

}  // namespace gateway::inbound
