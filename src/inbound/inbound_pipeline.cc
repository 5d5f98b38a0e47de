#include "inbound/inbound_pipeline.h"

#include <algorithm>

#include "ledger/claims.h"
#include "ledger/open_queue.h"
#include "opener/landlock.h"
#include "telemetry/events.h"

namespace gateway::inbound {
Result<std::unique_ptr<InboundPipeline>> InboundPipeline::Start(const InboundParts& parts) {
  for (const PacsSettings& pacs : parts.settings.pacs) {
    if (const auto tls = dicom::CheckTls(pacs); !tls) {
      return ErrorNamed(tls.error().fault, tls.error().code, "pacs." + pacs.name + ".tls: " + tls.error().detail);
    }
  }
  if (!opener::KernelHasLandlock()) events::LandlockMissing();
  GATEWAY_TRY(ledger::Claims(parts.database).UnclaimInbound());
  std::unique_ptr<InboundPipeline> pipeline(new InboundPipeline(parts.settings));
  GATEWAY_ASSIGN(const std::vector<ledger::MailOutcome> outcomes, ledger::OpenQueue(parts.database).LatestOutcomes());
  pipeline->opening_order_.NoteBefore(outcomes);
  pipeline->StartReceiptSenders(parts);
  pipeline->StartDeliverers(parts);
  pipeline->StartDocumentFiler(parts);
  pipeline->StartAcceptors(parts);
  pipeline->StartWatchers(parts);
  return pipeline;
}

void InboundPipeline::WakeReceiptSenders() {
  for (Signal& signal : receipt_signals_) signal.Notify();
}

void InboundPipeline::WakeDeliverers() {
  for (Signal& signal : deliver_signals_) signal.Notify();
}

void InboundPipeline::StartReceiptSenders(const InboundParts& parts) {
  for (const MailboxSettings& mailbox : parts.settings.mailboxes) {
    Signal& signal = receipt_signals_.emplace_back();
    ReceiptSender& sender =
        receipt_senders_.emplace_back(parts.settings, mailbox, parts.keys, parts.database, parts.clock);
    threads_.push_back(StartWorker("receipt-" + mailbox.name, signal,
                                   [&sender](const std::stop_token& stop) { return sender.Step(stop); }));
  }
}

void InboundPipeline::StartDeliverers(const InboundParts& parts) {
  for (const PacsSettings& pacs : parts.settings.pacs) {
    Signal& signal = deliver_signals_.emplace_back();
    Destination& destination = destinations_.emplace_back(FailurePolicy(parts.settings.retry));
    for (unsigned i = 0; i < pacs.associations; ++i) {
      Deliverer& deliverer = deliverers_.emplace_back(
          parts.settings.retry, pacs, destination, parts.spool, parts.database, parts.clock,
          [&signal] { signal.Notify(); }, [this] { WakeReceiptSenders(); });
      threads_.push_back(StartWorker("store-" + pacs.name, signal,
                                     [&deliverer](const std::stop_token& stop) { return deliverer.Step(stop); }));
    }
  }
}

void InboundPipeline::StartDocumentFiler(const InboundParts& parts) {
  document_filer_.emplace(
      parts, [this] { WakeDeliverers(); }, [this] { WakeReceiptSenders(); });
  threads_.push_back(StartWorker("documents", file_signal_,
                                 [this](const std::stop_token& stop) { return document_filer_->Step(stop); }));
}

void InboundPipeline::StartAcceptors(const InboundParts& parts) {
  // There are at least two, because one may be in the slow lane.
  const unsigned acceptors = std::max(2U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < acceptors; ++i) {
    MailAcceptor& acceptor =
        acceptors_.emplace_back(parts, opening_order_, stranger_log_, text_log_,
                                MailAcceptor::Wake{[this] { open_signal_.Notify(); }, [this] { WakeDeliverers(); },
                                                   [this] { file_signal_.Notify(); }, [this] { WakeReceiptSenders(); },
                                                   [this](const std::string& mailbox) { WakeWatcher(mailbox); }});
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

void InboundPipeline::StartWatchers(const InboundParts& parts) {
  for (const MailboxSettings& mailbox : parts.settings.mailboxes) {
    watchers_.emplace_back(parts, mailbox, stranger_log_, [this] { open_signal_.Notify(); });
  }
  watching_ = true;
}

void InboundPipeline::TryPacsNow(const std::string& pacs) {
  auto destination = destinations_.begin();
  for (const PacsSettings& known : pacs_) {
    if (pacs.empty() || pacs == known.name) (void)destination->Worked();
    ++destination;
  }
  WakeDeliverers();
}

void InboundPipeline::TryMailboxNow(const std::string& mailbox) {
  auto sender = receipt_senders_.begin();
  for (const MailboxSettings& known : mailboxes_) {
    if (mailbox.empty() || mailbox == known.name) sender->TryNow();
    ++sender;
  }
  WakeReceiptSenders();
}

InboundPipeline::~InboundPipeline() {
  for (MailboxWatcher& watcher : watchers_) watcher.RequestStop();
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace gateway::inbound
