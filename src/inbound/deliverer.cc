#include "inbound/deliverer.h"

#include <algorithm>

#include "base/joined.h"
#include "dicom/error_codes.h"
#include "dicom/uid.h"
#include "gateway/item_id.h"
#include "policy/worker.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kAtOnce = 8;
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};
constexpr Milliseconds kFallbackInterval{5000};
constexpr unsigned kIdleStepsOfAnAssociation = 5;  // an association is kept open this many idle steps

std::map<std::string, PacsFallback> FallbacksFor(const std::string& pacs, const RouteSettings& routes) {
  std::map<std::string, PacsFallback> fallbacks;
  for (const InboundRuleSettings& rule : routes.inbound) {
    const bool names = std::ranges::find(rule.forward_to, pacs) != rule.forward_to.end();
    if (names && rule.fallback) fallbacks.emplace(rule.name, *rule.fallback);
  }
  return fallbacks;
}

}  // namespace

Deliverer::Deliverer(const InboundContext& context, const PacsSettings& pacs, Destination& destination, Wake wake)
    : pacs_(pacs),
      policy_(context.settings.retry),
      destination_(destination),
      scu_(pacs),
      spool_(context.around.spool),
      deliveries_(context.around.database),
      fallbacks_(context.around.database),
      fallback_of_rule_(FallbacksFor(pacs.name, context.settings.routes)),
      clock_(context.around.clock),
      deriver_(context.settings.transform, context.around),
      wake_(std::move(wake)) {}

void Deliverer::NothingToDo() {
  if (++idle_steps_ == kIdleStepsOfAnAssociation) scu_.EndAssociation();
}

dicom::InstanceFile Deliverer::FileOf(const ledger::DeliveryToMake& delivery) const {
  if (const auto& copy = delivery.derived) {
    return {spool_.PathOf(spool::Kind::derived, copy->spool_key),
            copy->sop_class_uid,
            copy->sop_instance_uid,
            copy->transfer_syntax_uid,
            copy->dataset_offset,
            delivery.in_doubt};
  }
  return {spool_.PathOf(spool::Kind::instance, delivery.spool_key),
          delivery.sop_class_uid,
          delivery.sop_instance_uid,
          delivery.transfer_syntax_uid,
          delivery.dataset_offset,
          delivery.in_doubt};
}

Milliseconds Deliverer::Step(const std::stop_token& stop) {
  FallBackWaiting();
  if (const Milliseconds wait = destination_.Wait(clock_.Now()); wait.count() > 0) return std::min(wait, kIdle);
  return ClaimAndWork(
      "claim-deliveries", kIdle, [this] { return Claim(); },
      [&](std::vector<ledger::DeliveryToMake> claimed) { return DeliverAll(std::move(claimed), stop); });
}

Result<std::vector<ledger::DeliveryToMake>> Deliverer::Claim() {
  std::vector<ledger::StoppedDelivery> stopped;
  Result<std::vector<ledger::DeliveryToMake>> claimed =
      deliveries_.Claim(pacs_.name, kAtOnce, clock_.Now(), kLease, first_, &stopped);
  Tell(stopped);
  if (!claimed) return claimed;
  first_ = ledger::ClaimFirst::oldest;
  if (claimed->empty()) NothingToDo();
  return claimed;
}

Milliseconds Deliverer::DeliverAll(std::vector<ledger::DeliveryToMake> claimed, const std::stop_token& stop) {
  idle_steps_ = 0;
  wake_.deliverers();
  const std::vector<ledger::DeliveryToMake> deliveries = WithCopies(std::move(claimed));
  if (deliveries.empty()) return Milliseconds(0);
  std::vector<dicom::InstanceFile> files;
  for (const ledger::DeliveryToMake& delivery : deliveries) files.push_back(FileOf(delivery));
  scu_.Expect(files);
  const std::stop_callback on_stop(stop, [this] { scu_.Stop(); });
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const Next next = stop.stop_requested() || IsOvertaken(deliveries[i]) ? Next::leave : Deliver(deliveries[i], stop);
    if (next == Next::go_on) continue;
    GiveBack(deliveries, next == Next::leave ? i : i + 1);
    break;
  }
  return Milliseconds(0);
}

std::vector<ledger::DeliveryToMake> Deliverer::WithCopies(std::vector<ledger::DeliveryToMake> claimed) {
  std::vector<ledger::DeliveryToMake> deliveries;
  for (ledger::DeliveryToMake& delivery : claimed) {
    const transform::Way way{
        .rule = delivery.rule, .partner = delivery.partner, .pacs = pacs_.name, .asked = delivery.changes};
    if (!delivery.derived && deriver_.Concerns(way)) {
      Result<std::optional<ledger::DerivedFile>> copy =
          deriver_.Derive(way, {ItemKind::delivery, delivery.id}, delivery.instance,
                          spool_.PathOf(spool::Kind::instance, delivery.spool_key));
      if (!copy) {
        const Decision decision = policy_.Decide(copy.error(), delivery.tries, delivery.created, clock_);
        RecordFailure(delivery, copy.error(), decision, clock_.Now());
        continue;
      }
      delivery.derived = *std::move(copy);
    }
    if (pacs_.transfer_syntax == PacsSyntax::uncompressed && IsCompressed(delivery)) {
      if (const Result<bool> decoded = Decode(delivery); !decoded) {
        const Decision decision = policy_.Decide(decoded.error(), delivery.tries, delivery.created, clock_);
        RecordFailure(delivery, decoded.error(), decision, clock_.Now());
        continue;
      }
    }
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

bool Deliverer::IsCompressed(const ledger::DeliveryToMake& delivery) const {
  return !dicom::IsUncompressed(FileOf(delivery).transfer_syntax_uid);
}

Result<bool> Deliverer::Decode(ledger::DeliveryToMake& delivery) {
  const transform::Way way{.rule = {}, .partner = delivery.partner, .pacs = pacs_.name, .decoded = true};
  if (!deriver_.Concerns(way)) return false;
  const ItemId item{ItemKind::delivery, delivery.id};
  const dicom::InstanceFile file = FileOf(delivery);
  GATEWAY_ASSIGN(std::optional<ledger::DerivedFile> copy,
                 delivery.derived ? deriver_.DeriveAgain(way, item, delivery.instance, *delivery.derived)
                                  : deriver_.Derive(way, item, delivery.instance, file.file));
  if (!copy) return false;
  delivery.derived = std::move(copy);
  return !IsCompressed(delivery);
}

// The copy is kept, so later tries use it at once.
Result<unsigned> Deliverer::StoreDecoded(const ledger::DeliveryToMake& delivery, const Error& refused) {
  ledger::DeliveryToMake decoded = delivery;
  GATEWAY_ASSIGN(const bool done, Decode(decoded));
  if (done) return scu_.Store(FileOf(decoded));
  return ErrorNamed(refused.fault, refused.code, refused.detail + ", and the gateway cannot decode it");
}

// The PACS was given other content since. A person has to decide what happens now.
void Deliverer::Tell(const std::vector<ledger::StoppedDelivery>& stopped) {
  for (const ledger::StoppedDelivery& delivery : stopped) {
    events::DeliveryFailed(Format(ItemKind::delivery, delivery.id), Format(ItemKind::instance, delivery.instance),
                           pacs_.name, delivery.error);
    if (delivery.receipt_due) wake_.receipt_senders();
  }
}

// Returns whether an emergency came after this delivery was claimed.
bool Deliverer::IsOvertaken(const ledger::DeliveryToMake& delivery) {
  if (delivery.priority == Priority::emergency) return false;
  const Result<bool> urgent = deliveries_.HasUrgent(pacs_.name, clock_.Now());
  return urgent && *urgent;
}

Deliverer::Next Deliverer::Deliver(const ledger::DeliveryToMake& delivery, const std::stop_token& stop) {
  Result<unsigned> status = scu_.Store(FileOf(delivery));
  if (!status && Is(status.error(), codes::kTransferSyntaxRefused) && IsCompressed(delivery)) {
    status = StoreDecoded(delivery, status.error());
  }
  if (status) {
    RecordDone(delivery, *status);
    return Next::go_on;
  }
  // We ended the transfer. So nothing is known of the PACS or of this instance, which the PACS may
  // have all the same.
  if (stop.stop_requested() && status.error().fault == Fault::transient) {
    RememberDoubt(delivery);
    return Next::leave;
  }
  return HandleFailure(delivery, status.error(), stop);
}

void Deliverer::RememberDoubt(const ledger::DeliveryToMake& delivery) {
  if (!scu_.lost_answer()) return;
  (void)RecordOutcome("record-doubt", [&] { return deliveries_.RecordDoubt(delivery.id); });
}

void Deliverer::RecordDone(const ledger::DeliveryToMake& delivery, unsigned status) {
  if (destination_.Worked()) RecordBack(deliveries_.away_destinations(), {ledger::DestinationKind::pacs, pacs_.name});
  events::DeliveryDone(Format(ItemKind::delivery, delivery.id), Format(ItemKind::instance, delivery.instance),
                       pacs_.name, status);
  DurablePoint("deliverer.stored");
  const Result<bool> receipt_due =
      RecordOutcome("record-delivered", [&] { return deliveries_.RecordDelivered(delivery.id, status, clock_.Now()); });
  if (receipt_due && *receipt_due) wake_.receipt_senders();
  DurablePoint("deliverer.recorded");
}

// A PACS that hangs up or falls silent in the middle of a C-STORE may do so because of that
// instance. If the PACS answers a C-ECHO, only this instance waits. The latest instance is tried
// next. Bad instances have most often come together, and a good one must not wait for more than one
// of them.
Deliverer::Next Deliverer::HandleFailure(const ledger::DeliveryToMake& delivery, const Error& error,
                                         const std::stop_token& stop) {
  const Time now = clock_.Now();
  const Decision decision = policy_.Decide(error, delivery.tries, delivery.created, clock_);
  // A lost association may be followed by a second try within the same call, which does not reach
  // the PACS any more.
  RememberDoubt(delivery);
  if (dicom::ConcernsWholePacs(error) && decision.fate == Fate::retry) {
    BackOff(error, now);
    return Next::leave;
  }
  if (decision.fate != Fate::retry && FallBackRefused(delivery, error, now)) return Next::go_on;
  const bool open = dicom::MayConcernWholePacs(error);
  RecordFailure(delivery, error, decision, now);
  if (!open) return Next::go_on;
  first_ = ledger::ClaimFirst::newest;
  if (const std::optional<Error> away = AskWhetherAway(stop)) BackOff(*away, clock_.Now());
  return Next::leave_after_this;
}

// Asks by C-ECHO on a new association. A PACS that refuses the service is not away either.
std::optional<Error> Deliverer::AskWhetherAway(const std::stop_token& stop) {
  const Result<void> answered = scu_.Echo();
  if (answered || stop.stop_requested()) return std::nullopt;
  const Error& error = answered.error();
  if (dicom::ConcernsWholePacs(error) || dicom::MayConcernWholePacs(error)) return error;
  return std::nullopt;
}

void Deliverer::BackOff(const Error& error, Time now) {
  const Milliseconds wait = destination_.Failed(now);
  if (wait.count() == 0) return;
  events::PacsUnavailable(pacs_.name, error, wait.count());
  RecordAway(deliveries_.away_destinations(), {ledger::DestinationKind::pacs, pacs_.name}, error, now);
}

void Deliverer::RecordFailure(const ledger::DeliveryToMake& delivery, const Error& error, const Decision& decision,
                              Time now) {
  const std::string name = Format(ItemKind::delivery, delivery.id);
  std::optional<Time> next_try;
  if (decision.fate == Fate::retry) {
    next_try = decision.next_try;
    events::DeliveryDeferred(name, pacs_.name, error, delivery.tries + 1, decision.wait.count());
  } else {
    events::DeliveryFailed(name, Format(ItemKind::instance, delivery.instance), pacs_.name, error);
  }
  const Result<bool> receipt_due = RecordOutcome(
      "record-delivery-failure", [&] { return deliveries_.RecordFailure(delivery.id, error, next_try, now); });
  if (receipt_due && *receipt_due) wake_.receipt_senders();
}

void Deliverer::FallBackWaiting() {
  const Time now = clock_.Now();
  if (fallback_of_rule_.empty() || (next_fallback_ > now && next_fallback_ - now <= kFallbackInterval)) return;
  next_fallback_ = now + kFallbackInterval;
  for (const auto& [rule, fallback] : fallback_of_rule_) {
    const auto fallen = fallbacks_.FallBackWaiting(pacs_.name, rule, fallback.to, fallback.after, now);
    if (!fallen) {
      LogLedgerFailed("fall-back", fallen.error());
      continue;
    }
    for (const ledger::FellBack& one : *fallen) Tell(one, fallback);
  }
}

// A damaged file would fail at any PACS.
bool Deliverer::FallBackRefused(const ledger::DeliveryToMake& delivery, const Error& error, Time now) {
  const auto fallback = fallback_of_rule_.find(delivery.rule);
  if (fallback == fallback_of_rule_.end() || error.fault == Fault::corrupt) return false;
  const auto fallen = RecordOutcome(
      "fall-back", [&] { return fallbacks_.FallBackRefused(delivery.id, fallback->second.to, error, now); });
  if (!fallen || !*fallen) return false;
  Tell(**fallen, fallback->second);
  return true;
}

void Deliverer::Tell(const ledger::FellBack& fallen, const PacsFallback& fallback) {
  events::DeliveryFellBack(Format(ItemKind::delivery, fallen.delivery), Format(ItemKind::instance, fallen.instance),
                           pacs_.name, Joined(fallback.to, ","), fallen.why, fallen.in_doubt);
  if (fallen.receipt_due) wake_.receipt_senders();
}

void Deliverer::GiveBack(const std::vector<ledger::DeliveryToMake>& deliveries, std::size_t first) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = first; i < deliveries.size(); ++i) ids.push_back(deliveries[i].id);
  (void)RecordOutcome("unclaim-deliveries", [&] { return deliveries_.Unclaim(ids); });
}

}  // namespace gateway::inbound
