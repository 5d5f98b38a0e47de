#include "upkeep/upkeep.h"

#include "base/events.h"

namespace gateway::upkeep {
namespace {

constexpr std::size_t kAtOnce = 500;
constexpr Milliseconds kBetween{60'000};
constexpr Milliseconds kAtOnceAgain{1};

Result<bool> Knows(ledger::OperatorLedger& ledger, const spool::Entry& entry) {
  switch (entry.kind) {
    case spool::Kind::instance:
      return ledger.KnowsInstanceFile(entry.key);
    case spool::Kind::message:
      return ledger.KnowsMessageFile(entry.key);
    case spool::Kind::mail:
      break;
  }
  return ledger.KnowsMailFile(entry.key);
}

}  // namespace

Result<void> RemoveOrphans(const spool::Spool& spool, ledger::OperatorLedger& ledger) {
  Result<void> outcome;
  GATEWAY_TRY(spool.ForEach([&](const spool::Entry& entry) {
    if (!outcome) return;
    const Result<bool> known = Knows(ledger, entry);
    if (!known) {
      outcome = known.error();
    } else if (!*known) {
      outcome = spool.Remove(entry.kind, entry.key);
      events::OrphanRemoved(spool.PathOf(entry.kind, entry.key).string(), entry.size);
    }
  }));
  return outcome;
}

Milliseconds Retention::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  std::size_t files = 0;
  for (const Result<std::vector<std::string>>& keys : {outbound_.ForgetFiles(now - settings_.sent, kAtOnce),
                                                       inbound_.ForgetFiles(now - settings_.delivered, kAtOnce)}) {
    if (!keys) {
      events::LedgerFailed("forget-files", keys.error());
      return kBetween;
    }
    // A file that cannot be removed now is an orphan from here on, and goes at the next start.
    for (const std::string& key : *keys) (void)spool_.Remove(spool::Kind::instance, key);
    files += keys->size();
  }
  if (files == 0) return kBetween;
  events::SpoolReclaimed(files);
  return kAtOnceAgain;
}

}  // namespace gateway::upkeep
