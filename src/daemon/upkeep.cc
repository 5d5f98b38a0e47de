#include "daemon/upkeep.h"

#include "operations/known_files.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

constexpr std::size_t kAtOnce = 500;
constexpr Milliseconds kBetween{60'000};
constexpr Milliseconds kAtOnceAgain{1};
// In this time a person can notice that the ledger of a restored backup does not know them.
constexpr Milliseconds kOrphansStay{7 * 86'400'000};

}  // namespace

Result<void> RemoveOrphans(const spool::Spool& spool, ledger::KnownFiles& files) {
  Result<void> outcome;
  GATEWAY_TRY(spool.ForEach([&](const spool::Entry& entry) {
    if (!outcome) return;
    const Result<bool> known = operations::KnowsFile(files, entry);
    if (!known) {
      outcome = known.error();
    } else if (!*known) {
      // A full disk is no reason not to start. The file stays where it is until the next start.
      if (const Result<void> moved = spool.PutAside(entry.kind, entry.key); !moved) {
        events::SpoolFailed("put-aside", spool.PathOf(entry.kind, entry.key).string(), moved.error());
        return;
      }
      events::OrphanRemoved(spool.PathOf(entry.kind, entry.key).string(), entry.size,
                            spool::CanBeMadeAgain(entry.kind) ? "removed" : "put-aside");
      DurablePoint("start.orphan-removed");
    }
  }));
  return outcome;
}

Milliseconds Retention::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  std::size_t files = 0;
  // A clock that was set wrong must not remove files that are needed once it is right again.
  Result<ledger::ForgottenFiles> sent = ledger::ForgottenFiles();
  if (AgeIsCertain(clock_, settings_.sent)) sent = files_.ForgetSent(now - settings_.sent, kAtOnce);
  Result<std::vector<std::string>> delivered = std::vector<std::string>();
  if (AgeIsCertain(clock_, settings_.delivered)) delivered = files_.ForgetStored(now - settings_.delivered, kAtOnce);
  Result<std::vector<std::string>> answers = std::vector<std::string>();
  if (AgeIsCertain(clock_, automatic_answers_)) {
    answers = files_.DropAutomaticAnswers(now - automatic_answers_, kAtOnce, now);
  }
  const Result<std::vector<std::string>> derived = files_.ForgetDerived(kAtOnce);
  if (!answers) events::LedgerFailed("drop-automatic-answers", answers.error());
  if (!sent) events::LedgerFailed("forget-files", sent.error());
  if (!delivered) events::LedgerFailed("forget-files", delivered.error());
  if (!derived) events::LedgerFailed("forget-files", derived.error());
  if (AgeIsCertain(clock_, kOrphansStay)) {
    if (const Result<std::size_t> orphans = spool_.RemoveOrphans(now - kOrphansStay)) files += *orphans;
  }
  if (sent) files += Remove(spool::Kind::instance, sent->instances) + Remove(spool::Kind::document, sent->documents);
  if (delivered) files += Remove(spool::Kind::instance, *delivered);
  if (derived) files += Remove(spool::Kind::derived, *derived);
  if (answers) files += Remove(spool::Kind::mail, *answers);
  if (files == 0) return kBetween;
  DurablePoint("retention.removed");
  events::SpoolReclaimed(files);
  return kAtOnceAgain;
}

// A file that cannot be removed now is an orphan from here on. The next start deals with it.
std::size_t Retention::Remove(spool::Kind kind, const std::vector<std::string>& keys) const {
  if (!keys.empty()) DurablePoint("retention.forgotten");
  for (const std::string& key : keys) (void)spool_.Remove(kind, key);
  return keys.size();
}

}  // namespace gateway::daemon
