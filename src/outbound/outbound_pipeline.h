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

#include "ledger/store/database.h"
#include "openpgp/key_material.h"
#include "outbound/intake.h"
#include "outbound/outbound_settings.h"
#include "outbound/sealer.h"
#include "outbound/sender.h"
#include "outbound/shipment_closer.h"
#include "policy/worker.h"

namespace gateway::outbound {

class OutboundPipeline {
 public:
  struct Parts {
    const OutboundSettings settings;
    const routing::Router& router;
    const openpgp::KeyMaterial& keys;
    const spool::Spool& spool;
    spool::SpaceGuard& space;
    ledger::Database& database;
    const Clock& clock;
    std::shared_ptr<const dicom::Listeners> listeners;
  };

  // Starts all threads. Errors: those of StorageScp::Start() and of the ledger. All parts must
  // outlive the pipeline.
  static Result<std::unique_ptr<OutboundPipeline>> Start(const Parts& parts);
  // Stops from the top: it accepts no new instances, then each worker finishes the item that it
  // holds.
  ~OutboundPipeline();

  // Ends the back-off from the mailbox's SMTP server, or from all servers if `mailbox` is empty.
  // Any thread may call it.
  void TryNow(const std::string& mailbox);

  [[nodiscard]] std::uint16_t dicom_port() const { return scp_->port(); }

 private:
  explicit OutboundPipeline(const Parts& parts);
  void StartWorkers(const Parts& parts);

  const std::vector<MailboxSettings>& mailboxes_;
  Signal close_signal_;
  Signal seal_signal_;
  std::list<Signal> send_signals_;  // one for each mailbox

  Intake intake_;
  ShipmentCloser closer_;
  std::list<Sealer> sealers_;
  std::map<std::string, MailDestinations> destinations_;  // one for each mailbox
  std::list<Sender> senders_;
  std::vector<std::jthread> threads_;
  std::unique_ptr<dicom::StorageScp> scp_;
};

}  // namespace gateway::outbound
