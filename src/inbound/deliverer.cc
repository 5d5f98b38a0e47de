#include "inbound/deliverer.h"

#include <algorithm>

#include "base/events.h"
#include "gateway/item_id.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kAtOnce = 8;
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};
constexpr unsigned kIdleStepsUntilRelease = 5;  // an association is kept open this many idle steps

}  // namespace

Deliverer::Deliverer(const Settings& settings, const PacsSettings& pacs, Destination& destination,
                     const spool::Spool& spool, ledger::InboundLedger& ledger, const Clock& clock,
                     std::function<void()> more, std::function<void()> receipt_due)
    : pacs_(pacs),
      policy_(settings.retry),
      destination_(destination),
      scu_(pacs),
      spool_(spool),
      ledger_(ledger),
      clock_(clock),
      more_(std::move(more)),
      receipt_due_(std::move(receipt_due)) {}

Milliseconds Deliverer::NothingToDo() {
  if (++idle_steps_ == kIdleStepsUntilRelease) scu_.Release();
  return kIdle;
}

dicom::InstanceFile Deliverer::FileOf(const ledger::DeliveryToMake& delivery) const {
  return {spool_.PathOf(spool::Kind::instance, delivery.spool_key), delivery.sop_class_uid, delivery.sop_instance_uid,
          delivery.transfer_syntax_uid, delivery.dataset_offset};
}

Milliseconds Deliverer::Step(const std::stop_token& stop) {
  if (const Milliseconds wait = destination_.Wait(clock_.Now()); wait.count() > 0) return std::min(wait, kIdle);
  const Result<std::vector<ledger::DeliveryToMake>> claimed =
      ledger_.ClaimDeliveries(pacs_.name, kAtOnce, clock_.Now(), kLease);
  if (!claimed) {
    events::LedgerFailed("claim-deliveries", claimed.error());
    return kIdle;
  }
  if (claimed->empty()) return NothingToDo();
  idle_steps_ = 0;
  more_();
  std::vector<dicom::InstanceFile> files;
  for (const ledger::DeliveryToMake& delivery : *claimed) files.push_back(FileOf(delivery));
  scu_.Expect(files);
  for (std::size_t i = 0; i < claimed->size(); ++i) {
    if (stop.stop_requested() || !Deliver((*claimed)[i])) {
      GiveBack(*claimed, i);
      break;
    }
  }
  return Milliseconds(0);
}

bool Deliverer::Deliver(const ledger::DeliveryToMake& delivery) {
  const Result<unsigned> status = scu_.Store(FileOf(delivery));
  if (!status) return RecordFailure(delivery, status.error());
  destination_.Worked();
  events::DeliveryDone(Format(ItemKind::delivery, delivery.id), Format(ItemKind::instance, delivery.instance),
                       pacs_.name, *status);
  const Result<bool> recorded = ledger_.RecordDelivered(delivery.id, *status, clock_.Now());
  if (!recorded) {
    events::LedgerFailed("record-delivered", recorded.error());
  } else if (*recorded) {
    receipt_due_();
  }
  return true;
}

bool Deliverer::RecordFailure(const ledger::DeliveryToMake& delivery, const Error& error) {
  const Time now = clock_.Now();
  const Decision decision = policy_.Decide(error, delivery.tries, delivery.created, now);
  if (dicom::ConcernsWholePacs(error) && decision.fate == Fate::retry) {
    const Milliseconds wait = destination_.Failed(now);
    if (wait.count() > 0) events::PacsUnavailable(pacs_.name, error, wait.count());
    return false;
  }
  const std::string name = Format(ItemKind::delivery, delivery.id);
  std::optional<Time> next_try;
  if (decision.fate == Fate::retry) {
    next_try = decision.next_try;
    events::DeliveryDeferred(name, pacs_.name, error, delivery.tries + 1, decision.wait.count());
  } else {
    events::DeliveryFailed(name, Format(ItemKind::instance, delivery.instance), pacs_.name, error);
  }
  const Result<bool> receipt_due = ledger_.RecordDeliveryFailure(delivery.id, error, next_try, now);
  if (!receipt_due) {
    events::LedgerFailed("record-delivery-failure", receipt_due.error());
  } else if (*receipt_due) {
    receipt_due_();
  }
  return true;
}

void Deliverer::GiveBack(const std::vector<ledger::DeliveryToMake>& deliveries, std::size_t first) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = first; i < deliveries.size(); ++i) ids.push_back(deliveries[i].id);
  if (const Result<void> given_back = ledger_.UnclaimDeliveries(ids); !given_back) {
    events::LedgerFailed("unclaim-deliveries", given_back.error());
  }
}

}  // namespace gateway::inbound
