#include "outbound/outbound_pipeline.h"

#include <algorithm>

#include "ledger/claims.h"
#include "telemetry/events.h"

namespace gateway::outbound {

OutboundPipeline::OutboundPipeline(const Parts& parts)
    : mailboxes_(parts.settings.mailboxes),
      intake_(parts.settings, parts.router, parts.spool, parts.space, parts.database, parts.clock,
              [this] {
                close_signal_.Notify();
                seal_signal_.Notify();  // a shipment of `release: instance` needs no closing
              }),
      closer_(parts.settings, parts.database, parts.clock, [this] { seal_signal_.Notify(); }) {}

Result<std::unique_ptr<OutboundPipeline>> OutboundPipeline::Start(const Parts& parts) {
  GATEWAY_TRY(ledger::Claims(parts.database).UnclaimOutbound());
  std::unique_ptr<OutboundPipeline> pipeline(new OutboundPipeline(parts));
  GATEWAY_ASSIGN(pipeline->scp_, dicom::StorageScp::Start(parts.settings.dicom, pipeline->intake_, parts.listeners));
  pipeline->StartWorkers(parts);
  return pipeline;
}

void OutboundPipeline::StartWorkers(const Parts& parts) {
  threads_.push_back(
      StartWorker("closer", close_signal_, [this](const std::stop_token& stop) { return closer_.Step(stop); }));

  for (const MailboxSettings& mailbox : parts.settings.mailboxes) {
    Signal& signal = send_signals_.emplace_back();
    MailDestinations& destinations =
        destinations_.try_emplace(mailbox.name, FailurePolicy(parts.settings.retry), parts.settings.partners)
            .first->second;
    for (unsigned i = 0; i < mailbox.smtp.connections; ++i) {
      Sender& sender = senders_.emplace_back(parts.settings, mailbox, destinations, parts.spool, parts.database,
                                             parts.clock, [&signal] { signal.Notify(); });
      threads_.push_back(StartWorker("send-" + mailbox.name, signal,
                                     [&sender](const std::stop_token& stop) { return sender.Step(stop); }));
    }
  }

  const unsigned sealers = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < sealers; ++i) {
    Sealer& sealer = sealers_.emplace_back(
        parts.settings, parts.keys, parts.spool, parts.database, parts.clock, destinations_,
        [this] { seal_signal_.Notify(); },
        [this] {
          for (Signal& signal : send_signals_) signal.Notify();
        });
    threads_.push_back(
        StartWorker("seal", seal_signal_, [&sealer](const std::stop_token& stop) { return sealer.Step(stop); }));
  }
}

void OutboundPipeline::TryNow(const std::string& mailbox) {
  auto signal = send_signals_.begin();
  for (const MailboxSettings& known : mailboxes_) {
    if (mailbox.empty() || mailbox == known.name) {
      destinations_.at(known.name).EndBackOff();
      signal->Notify();
    }
    ++signal;
  }
}

OutboundPipeline::~OutboundPipeline() {
  scp_.reset();
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace gateway::outbound
