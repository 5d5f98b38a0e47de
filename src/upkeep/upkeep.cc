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
      return ledger.KnowsMailFile(entry.key);
    case spool::Kind::document:
      break;
  }
  return ledger.KnowsDocumentFile(entry.key);
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
  const Result<ledger::OutboundLedger::ForgottenFiles> sent = outbound_.ForgetFiles(now - settings_.sent, kAtOnce);
  const Result<std::vector<std::string>> delivered = inbound_.ForgetFiles(now - settings_.delivered, kAtOnce);
  if (!sent) events::LedgerFailed("forget-files", sent.error());
  if (!delivered) events::LedgerFailed("forget-files", delivered.error());
  std::size_t files = 0;
  if (sent) files += Remove(spool::Kind::instance, sent->instances) + Remove(spool::Kind::document, sent->documents);
  if (delivered) files += Remove(spool::Kind::instance, *delivered);
  if (files == 0) return kBetween;
  events::SpoolReclaimed(files);
  return kAtOnceAgain;
}

// A file that cannot be removed now is an orphan from here on, and goes at the next start.
std::size_t Retention::Remove(spool::Kind kind, const std::vector<std::string>& keys) const {
  for (const std::string& key : keys) (void)spool_.Remove(kind, key);
  return keys.size();
}

}  // namespace gateway::upkeep
