#include "upkeep/deadlines.h"

#include <array>
#include <utility>

#include "base/events.h"
#include "gateway/item_id.h"

namespace gateway::upkeep {
namespace {

constexpr std::size_t kAtOnce = 200;
constexpr Milliseconds kBetween{10'000};
constexpr Milliseconds kAtOnceAgain{1};

}  // namespace

Milliseconds Deadlines::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  std::size_t found = 0;
  for (const auto& [operation, check] :
       {std::pair{"record-overdue", &Deadlines::CheckReceipts}, std::pair{"record-overdue-sets", &Deadlines::CheckSets},
        std::pair{"expire-fragments", &Deadlines::CheckFragments}}) {
    const Result<std::size_t> checked = (this->*check)(now);
    if (checked) {
      found += *checked;
    } else {
      events::LedgerFailed(operation, checked.error());
    }
  }
  return found == 0 ? kBetween : kAtOnceAgain;
}

Result<std::size_t> Deadlines::CheckReceipts(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::OverdueShipment> overdue,
                 outbound_.RecordOverdue(now - receipts_.overdue_after, kAtOnce, now));
  for (const ledger::OverdueShipment& shipment : overdue) {
    events::ReceiptOverdue(Format(ItemKind::shipment, shipment.shipment), shipment.partner, shipment.messages);
  }
  return overdue.size();
}

Result<std::size_t> Deadlines::CheckSets(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::IncompleteSet> overdue,
                 inbound_.RecordOverdueSets(now - reception_.set_overdue_after, kAtOnce));
  for (const ledger::IncompleteSet& set : overdue) {
    events::SetOverdue(Format(ItemKind::set, set.set), set.partner, set.parts, set.total);
  }
  return overdue.size();
}

Result<std::size_t> Deadlines::CheckFragments(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::ExpiredFragments> expired,
                 inbound_.ExpireFragments(now - reception_.fragments_expire_after, kAtOnce, now));
  for (const ledger::ExpiredFragments& fragments : expired) {
    events::FragmentsExpired(fragments.partner, fragments.mails.size(), fragments.total);
  }
  return expired.size();
}

}  // namespace gateway::upkeep
