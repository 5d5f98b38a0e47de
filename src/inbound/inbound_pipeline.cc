#include "inbound/inbound_pipeline.h"

#include <algorithm>

#include "ledger/claims.h"
#include "ledger/open_queue.h"
#include "opener/landlock.h"
#include "telemetry/events.h"

namespace gateway::inbound {
Result<std::unique_ptr<InboundPipeline>> InboundPipeline::Start(const InboundContext& context) {
  for (const PacsSettings& pacs : context.settings.pacs) {
    if (const auto tls = dicom::CheckTls(pacs); !tls) {
      return ErrorNamed(tls.error().fault, tls.error().code, "pacs." + pacs.name + ".tls: " + tls.error().detail);
    }
  }
  if (!opener::KernelHasLandlock()) events::LandlockMissing();
  GATEWAY_TRY(ledger::Claims(context.around.database).UnclaimInbound());
  std::unique_ptr<InboundPipeline> pipeline(new InboundPipeline);
  GATEWAY_ASSIGN(const std::vector<ledger::MailOutcome> outcomes,
                 ledger::OpenQueue(context.around.database).LatestOutcomes());
  pipeline->opening_order_.NoteBefore(outcomes);
  pipeline->StartReceiptSenders(context);
  pipeline->StartDeliverers(context);
  pipeline->StartDocumentFilers(context);
  pipeline->StartAcceptors(context);
  pipeline->StartWatchers(context);
  return pipeline;
}

void InboundPipeline::WakeReceiptSenders() {
  for (Signal& signal : receipt_signals_) signal.Notify();
}

void InboundPipeline::WakeDeliverers() {
  for (Signal& signal : deliver_signals_) signal.Notify();
}

void InboundPipeline::StartReceiptSenders(const InboundContext& context) {
  for (const MailboxSettings& mailbox : context.settings.mailboxes) {
    Signal& signal = receipt_signals_.emplace_back();
    ReceiptSender& sender = receipt_senders_.emplace_back(context, mailbox);
    threads_.push_back(StartWorker("receipt-" + mailbox.name, signal,
                                   [&sender](const std::stop_token& stop) { return sender.Step(stop); }));
  }
}

void InboundPipeline::StartDeliverers(const InboundContext& context) {
  for (const PacsSettings& pacs : context.settings.pacs) {
    Signal& signal = deliver_signals_.emplace_back();
    Destination& destination =
        destinations_.try_emplace(pacs.name, FailurePolicy(context.settings.retry)).first->second;
    for (unsigned i = 0; i < pacs.associations; ++i) {
      Deliverer& deliverer =
          deliverers_.emplace_back(context, pacs, destination,
                                   Deliverer::Wake{.deliverers = [&signal] { signal.Notify(); },
                                                   .receipt_senders = [this] { WakeReceiptSenders(); }});
      threads_.push_back(StartWorker("store-" + pacs.name, signal,
                                     [&deliverer](const std::stop_token& stop) { return deliverer.Step(stop); }));
    }
  }
}

// Only a scanner of the administrator may take long, so only then there is a slow lane.
void InboundPipeline::StartDocumentFilers(const InboundContext& context) {
  const auto start = [&](ledger::DocumentLane lane, const char* name, Signal& signal) {
    DocumentFiler& filer = document_filers_.emplace_back(
        context, lane, [this] { WakeDeliverers(); }, [this] { WakeReceiptSenders(); });
    threads_.push_back(StartWorker(name, signal, [&filer](const std::stop_token& stop) { return filer.Step(stop); }));
  };
  const bool scans = std::ranges::any_of(
      context.settings.routes.inbound, [](const InboundRuleSettings& rule) { return !rule.document_scanner.empty(); });
  start(scans ? ledger::DocumentLane::quick : ledger::DocumentLane::any, "documents", file_signal_);
  if (scans) start(ledger::DocumentLane::slow, "documents-slow", slow_file_signal_);
}

void InboundPipeline::StartAcceptors(const InboundContext& context) {
  // There are at least two, because one may be in the slow lane.
  const unsigned acceptors = std::max(2U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < acceptors; ++i) {
    MailAcceptor& acceptor =
        acceptors_.emplace_back(context, opening_order_, stranger_log_, text_log_,
                                MailAcceptor::Wake{
                                    .acceptors = [this] { open_signal_.Notify(); },
                                    .deliverers = [this] { WakeDeliverers(); },
                                    .filer = [this] { file_signal_.Notify(); },
                                    .receipt_senders = [this] { WakeReceiptSenders(); },
                                    .watchers = [this](const std::string& mailbox) { WakeWatcher(mailbox); },
                                });
    threads_.push_back(
        StartWorker("open", open_signal_, [&acceptor](const std::stop_token& stop) { return acceptor.Step(stop); }));
  }
}

void InboundPipeline::WakeWatcher(const std::string& mailbox) {
  if (!watching_) return;  // a watcher looks by itself when it starts
  for (MailboxWatcher& watcher : watchers_) {
    if (watcher.name() == mailbox) watcher.Opened();
  }
}

void InboundPipeline::StartWatchers(const InboundContext& context) {
  for (const MailboxSettings& mailbox : context.settings.mailboxes) {
    watchers_.emplace_back(context, mailbox, stranger_log_, [this] { open_signal_.Notify(); });
  }
  watching_ = true;
}

void InboundPipeline::TryPacsNow(const std::string& pacs) {
  for (auto& [name, destination] : destinations_) {
    if (pacs.empty() || pacs == name) (void)destination.Worked();
  }
  WakeDeliverers();
}

void InboundPipeline::TryMailboxNow(const std::string& mailbox) {
  for (ReceiptSender& sender : receipt_senders_) {
    if (mailbox.empty() || mailbox == sender.mailbox()) sender.TryNow();
  }
  WakeReceiptSenders();
}

InboundPipeline::~InboundPipeline() {
  for (MailboxWatcher& watcher : watchers_) watcher.RequestStop();
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace gateway::inbound
