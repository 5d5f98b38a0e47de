// The outbound pipeline, from top to bottom:
//
//   StorageScp -> Intake --(1)--> ledger -> ShipmentCloser -> ledger -> Sealer -> ledger
//     -> Sender --(2)--> partner
//
// The partner's receipt or a bounce (3) comes by mail: inbound::ReportRecorder -> ledger.
//
// The ledger is between any two steps and is the only queue. The signals below only wake the next
// step.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "outbound/fallback_watcher.h"
#include "outbound/intake.h"
#include "outbound/outbound_context.h"
#include "outbound/pacers.h"
#include "outbound/sealer.h"
#include "outbound/sender.h"
#include "outbound/shipment_closer.h"
#include "policy/worker.h"

namespace gateway::outbound {

class OutboundPipeline {
 public:
  // Starts all threads. Errors: those of StorageScp::Start() and of the ledger. All that the
  // context refers to must outlive the pipeline.
  static Result<std::unique_ptr<OutboundPipeline>> Start(const OutboundContext& context,
                                                         std::shared_ptr<const dicom::Listeners> listeners);
  // Stops from the top: it accepts no new instances, then each worker finishes the item that it
  // holds.
  ~OutboundPipeline();

  // Ends the back-off from the mailbox's SMTP server, or from all servers if `mailbox` is empty.
  // Any thread may call it.
  void TryNow(const std::string& mailbox);

  [[nodiscard]] std::uint16_t dicom_port() const { return scp_->port(); }

 private:
  explicit OutboundPipeline(const OutboundContext& context);
  void StartSenders(const OutboundContext& context);
  void StartSender(const OutboundContext& context, const MailboxSettings& mailbox, MailDestinations& destinations,
                   Priority least);
  void StartSealers(const OutboundContext& context);

  Signal close_signal_;
  Signal fallback_signal_;  // nobody notifies it
  Signal seal_signal_;
  std::map<std::string, Signal> send_signals_;  // by mailbox

  OpenAssociations associations_;
  ArchiveCounts counts_;
  Intake intake_;
  ShipmentCloser closer_;
  FallbackWatcher fallbacks_;
  std::list<Sealer> sealers_;
  std::map<std::string, MailDestinations> destinations_;  // by mailbox
  Pacers pacers_;
  std::list<Sender> senders_;
  std::vector<std::jthread> threads_;
  std::unique_ptr<dicom::StorageScp> scp_;
};

}  // namespace gateway::outbound
