// This is the third step of the inbound pipeline: a received instance goes to a PACS by C-STORE
// (durable point 6).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dicom/storage_scu.h"
#include "gateway/settings/pacs.h"
#include "gateway/settings/routes.h"
#include "inbound/inbound_context.h"
#include "ledger/deliveries.h"
#include "ledger/pacs_fallbacks.h"
#include "policy/destination.h"
#include "policy/failure_policy.h"
#include "spool/spool.h"
#include "transform/deriver.h"

namespace gateway::inbound {

// A deliverer is one association with one PACS, and each thread has its own object. The deliverers
// of a PACS share `destination`. All references must outlive it.
class Deliverer {
 public:
  struct Wake {
    std::function<void()> deliverers;       // there may be more to deliver
    std::function<void()> receipt_senders;  // a receipt may be sent
  };
  Deliverer(const InboundContext& context, const PacsSettings& pacs, Destination& destination, Wake wake);

  // The step of a worker: it delivers a few instances.
  Milliseconds Step(const std::stop_token& stop);

 private:
  enum class Next {
    go_on,
    leave,            // the PACS is away, or we stop: give back this delivery and the rest
    leave_after_this  // the PACS may be away, or may refuse only this one: give back the rest
  };
  void Tell(const std::vector<ledger::StoppedDelivery>& stopped);
  // Gives each delivery that a route changes its changed copy. Those whose change failed are left
  // out, and are recorded as failed.
  std::vector<ledger::DeliveryToMake> WithCopies(std::vector<ledger::DeliveryToMake> claimed);
  // Gives the delivery a copy without compression in place of what it carries. Returns false if
  // there can be none. Errors: those of the Deriver.
  Result<bool> Decode(ledger::DeliveryToMake& delivery);
  Result<unsigned> StoreDecoded(const ledger::DeliveryToMake& delivery, const Error& refused);
  [[nodiscard]] bool IsCompressed(const ledger::DeliveryToMake& delivery) const;
  bool IsOvertaken(const ledger::DeliveryToMake& delivery);
  Next Deliver(const ledger::DeliveryToMake& delivery, const std::stop_token& stop);
  void RememberDoubt(const ledger::DeliveryToMake& delivery);
  void RecordDone(const ledger::DeliveryToMake& delivery, unsigned status);
  Next HandleFailure(const ledger::DeliveryToMake& delivery, const Error& error, const std::stop_token& stop);
  std::optional<Error> AskWhetherAway(const std::stop_token& stop);
  void RecordFailure(const ledger::DeliveryToMake& delivery, const Error& error, const Decision& decision, Time now);
  void BackOff(const Error& error, Time now);
  // Lets deliveries fall back that the PACS has not taken for long enough.
  void FallBackWaiting();
  // Returns whether the delivery falls back, because the PACS will never take it.
  bool FallBackRefused(const ledger::DeliveryToMake& delivery, const Error& error, Time now);
  void Tell(const ledger::FellBack& fallen, const PacsFallback& fallback);
  void GiveBack(const std::vector<ledger::DeliveryToMake>& deliveries, std::size_t first);
  Result<std::vector<ledger::DeliveryToMake>> Claim();
  Milliseconds DeliverAll(std::vector<ledger::DeliveryToMake> claimed, const std::stop_token& stop);
  void NothingToDo();
  [[nodiscard]] dicom::InstanceFile FileOf(const ledger::DeliveryToMake& delivery) const;

  const PacsSettings& pacs_;
  const FailurePolicy policy_;
  Destination& destination_;
  dicom::StorageScu scu_;
  const spool::Spool& spool_;
  ledger::Deliveries deliveries_;
  ledger::PacsFallbacks fallbacks_;
  const std::map<std::string, PacsFallback> fallback_of_rule_;  // of the rules that forward to this PACS
  Time next_fallback_{};
  const Clock& clock_;
  transform::Deriver deriver_;
  const Wake wake_;
  unsigned idle_steps_ = 0;
  ledger::ClaimFirst first_ = ledger::ClaimFirst::oldest;
};

}  // namespace gateway::inbound
