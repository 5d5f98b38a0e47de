#include "daemon/deadlines.h"

#include <array>
#include <map>
#include <utility>

#include "gateway/item_id.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

constexpr std::size_t kAtOnce = 200;
constexpr Milliseconds kBetween{10'000};
constexpr Milliseconds kAtOnceAgain{1};
constexpr Milliseconds kDay{86'400'000};

}  // namespace

Milliseconds Deadlines::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  if (const Result<void> checked = CheckClock(now); !checked) {
    events::LedgerFailed("record-clock-set-back", checked.error());
  }
  std::size_t found = 0;
  for (const auto& [operation, check] :
       {std::pair{"record-overdue", &Deadlines::CheckReceipts}, std::pair{"record-overdue-sets", &Deadlines::CheckSets},
        std::pair{"record-late-results", &Deadlines::CheckRequests},
        std::pair{"expire-fragments", &Deadlines::CheckFragments},
        std::pair{"displace-fragments", &Deadlines::BoundFragments},
        std::pair{"forget-signatures", &Deadlines::ForgetSignatures}}) {
    const Result<std::size_t> checked = (this->*check)(now);
    if (checked) {
      found += *checked;
    } else {
      events::LedgerFailed(operation, checked.error());
    }
  }
  return found == 0 ? kBetween : kAtOnceAgain;
}

Result<void> Deadlines::CheckClock(Time now) {
  (void)clock_.SteadyFor();  // this lets the clock see the jump as well
  const auto steady = std::chrono::steady_clock::now();
  Milliseconds jump{0};
  if (looked_) jump = (now - looked_->first) - std::chrono::round<Milliseconds>(steady - looked_->second);
  const bool started = !looked_;
  if (!started && std::chrono::abs(jump) < kClockJump) {
    looked_ = {now, steady};
    return {};
  }
  GATEWAY_ASSIGN(const std::size_t out, times_.CorrectOutbound(longest_wait_, now));
  GATEWAY_ASSIGN(const std::size_t in, times_.CorrectInbound(longest_wait_, reception_.document_timeout, now));
  looked_ = {now, steady};
  if (!started || out + in > 0) events::ClockJumped(jump.count(), out + in);
  return {};
}

Result<std::size_t> Deadlines::CheckReceipts(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::OverdueShipment> overdue,
                 reports_.RecordOverdue(now - receipts_.overdue_after, kAtOnce, now));
  for (const ledger::OverdueShipment& shipment : overdue) {
    events::ReceiptOverdue(Format(ItemKind::shipment, shipment.shipment), shipment.partner, shipment.messages);
  }
  return overdue.size();
}

Result<std::size_t> Deadlines::CheckSets(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::IncompleteSet> overdue,
                 sets_.RecordOverdue(now - reception_.set_overdue_after, kAtOnce));
  for (const ledger::IncompleteSet& set : overdue) {
    events::SetOverdue(Format(ItemKind::set, set.set), set.partner, set.parts, set.total);
  }
  return overdue.size();
}

Result<std::size_t> Deadlines::CheckRequests(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::TroubledRequest> late, requests_.RecordLate(kAtOnce, now));
  for (const ledger::TroubledRequest& request : late) {
    events::ServiceResultLate(request.service, Format(ItemKind::shipment, request.shipment), request.partner,
                              request.within.count());
  }
  GATEWAY_ASSIGN(const std::vector<ledger::TroubledRequest> failed, requests_.RecordFailed(kAtOnce, now));
  for (const ledger::TroubledRequest& request : failed) {
    events::ServiceRequestFailed(request.service, Format(ItemKind::shipment, request.shipment), request.partner);
  }
  return late.size() + failed.size();
}

Result<std::size_t> Deadlines::CheckFragments(Time now) {
  if (!AgeIsCertain(clock_, reception_.fragments_expire_after)) return std::size_t{0};
  GATEWAY_ASSIGN(const std::vector<ledger::ExpiredFragments> expired,
                 fragments_.Expire(now - reception_.fragments_expire_after, kAtOnce, now));
  for (const ledger::ExpiredFragments& fragments : expired) {
    events::FragmentsExpired(fragments.partner, fragments.mails.size(), fragments.total);
  }
  return expired.size();
}

Result<std::size_t> Deadlines::BoundFragments(Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::ExpiredFragments> displaced,
                 fragments_.Displace(reception_.fragments, kAtOnce, now));
  // Somebody who wants to fill the disk sends thousands of fragments.
  std::map<std::string, std::size_t> mails;
  for (const ledger::ExpiredFragments& fragments : displaced) mails[fragments.partner] += fragments.mails.size();
  for (const auto& [partner, count] : mails) events::FragmentsDisplaced(partner, count);
  return displaced.size();
}

Result<std::size_t> Deadlines::ForgetSignatures(Time now) {
  const Milliseconds age = reception_.signature_max_age;
  if (age.count() == 0 || !AgeIsCertain(clock_, age)) return std::size_t{0};
  // The signatures stay for one more day, because a mail that was just judged is recorded a little
  // later.
  return signatures_.Forget(now - reception_.signature_max_age - kDay, kAtOnce);
}

}  // namespace gateway::daemon
