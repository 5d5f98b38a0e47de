#include "outbound/outbound_pipeline.h"

#include <algorithm>
#include <utility>

#include "ledger/claims.h"
#include "telemetry/events.h"

namespace gateway::outbound {

OutboundPipeline::OutboundPipeline(const OutboundContext& context)
    : counts_(context.settings.pacs, context.settings.routes, context.around.clock, [this] { close_signal_.Notify(); }),
      intake_(context, associations_,
              [this] {
                close_signal_.Notify();
                seal_signal_.Notify();  // a shipment of `release: instance` needs no closing
              }),
      closer_(context, associations_, counts_, [this] { seal_signal_.Notify(); }),
      fallbacks_(context, [this] { seal_signal_.Notify(); }),
      pacers_(context.settings.mailboxes, context.settings.partners, context.around.clock) {}

Result<std::unique_ptr<OutboundPipeline>> OutboundPipeline::Start(const OutboundContext& context,
                                                                  std::shared_ptr<const dicom::Listeners> listeners) {
  GATEWAY_TRY(ledger::Claims(context.around.database).UnclaimOutbound());
  std::unique_ptr<OutboundPipeline> pipeline(new OutboundPipeline(context));
  GATEWAY_ASSIGN(pipeline->scp_,
                 dicom::StorageScp::Start(context.settings.dicom, pipeline->intake_, std::move(listeners)));
  pipeline->threads_.push_back(
      StartWorker("closer", pipeline->close_signal_,
                  [&closer = pipeline->closer_](const std::stop_token& stop) { return closer.Step(stop); }));
  if (pipeline->fallbacks_.HasWork()) {
    pipeline->threads_.push_back(
        StartWorker("fallbacks", pipeline->fallback_signal_,
                    [&watcher = pipeline->fallbacks_](const std::stop_token& stop) { return watcher.Step(stop); }));
  }
  pipeline->StartSenders(context);
  pipeline->StartSealers(context);
  return pipeline;
}

void OutboundPipeline::StartSenders(const OutboundContext& context) {
  const OutboundSettings& settings = context.settings;
  for (const MailboxSettings& mailbox : settings.mailboxes) {
    MailDestinations& destinations =
        destinations_.try_emplace(mailbox.name, FailurePolicy(settings.retry), settings.partners).first->second;
    // Where mails leave slowly, one connection is for emergencies only, so that they find one.
    const bool slow = pacers_.Concern(mailbox.name);
    const unsigned connections = mailbox.smtp.connections;
    const unsigned others = slow && connections > 1 ? connections - 1 : connections;
    for (unsigned i = 0; i < others; ++i) StartSender(context, mailbox, destinations, Priority::bulk);
    if (slow) StartSender(context, mailbox, destinations, Priority::emergency);
  }
}

void OutboundPipeline::StartSender(const OutboundContext& context, const MailboxSettings& mailbox,
                                   MailDestinations& destinations, Priority least) {
  Signal& signal = send_signals_[mailbox.name];
  Sender& sender =
      senders_.emplace_back(context, mailbox, destinations, pacers_, least, [&signal] { signal.Notify(); });
  threads_.push_back(StartWorker("send-" + mailbox.name, signal,
                                 [&sender](const std::stop_token& stop) { return sender.Step(stop); }));
}

void OutboundPipeline::StartSealers(const OutboundContext& context) {
  const unsigned sealers = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < sealers; ++i) {
    Sealer& sealer = sealers_.emplace_back(context, destinations_,
                                           Sealer::Wake{.sealers = [this] { seal_signal_.Notify(); },
                                                        .senders =
                                                            [this] {
                                                              for (auto& [name, signal] : send_signals_)
                                                                signal.Notify();
                                                            }});
    threads_.push_back(
        StartWorker("seal", seal_signal_, [&sealer](const std::stop_token& stop) { return sealer.Step(stop); }));
  }
}

void OutboundPipeline::TryNow(const std::string& mailbox) {
  for (auto& [name, destinations] : destinations_) {
    if (!mailbox.empty() && mailbox != name) continue;
    destinations.EndBackOff();
    send_signals_.at(name).Notify();
  }
}

OutboundPipeline::~OutboundPipeline() {
  scp_.reset();
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace gateway::outbound
