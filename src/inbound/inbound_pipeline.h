// The inbound pipeline, from top to bottom:
//
//   mailbox -> MailboxWatcher --(4)--> ledger
//     -> MailAcceptor (open worker, Acceptance) --(5)--> ledger
//     -> Deliverer --(6)--> PACS; DocumentFiler -> ledger, or a directory; ReceiptSender -> partner
//   a receipt or bounce instead of images:
//     MailAcceptor -> ReportRecorder --(3)--> ledger (Reports)
//
// The ledger is between any two steps and is the only queue. The signals below only wake the next
// step.
#pragma once

#include <atomic>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dicom/text_log.h"
#include "inbound/deliverer.h"
#include "inbound/document_filer.h"
#include "inbound/inbound_context.h"
#include "inbound/mail_acceptor.h"
#include "inbound/mailbox_watcher.h"
#include "inbound/receipt_sender.h"
#include "policy/worker.h"

namespace gateway::inbound {

class InboundPipeline {
 public:
  // Starts all threads. All that the context refers to must outlive the pipeline.
  static Result<std::unique_ptr<InboundPipeline>> Start(const InboundContext& context);
  // Stops from the top: it fetches no new mails, then each worker finishes the item that it holds.
  ~InboundPipeline();

  // Ends the back-off from a PACS, or from the SMTP server of a mailbox's receipts. An empty name
  // means all of them. Any thread may call these.
  void TryPacsNow(const std::string& pacs);
  void TryMailboxNow(const std::string& mailbox);

 private:
  InboundPipeline() = default;
  void StartReceiptSenders(const InboundContext& context);
  void StartDeliverers(const InboundContext& context);
  void StartDocumentFilers(const InboundContext& context);
  void StartAcceptors(const InboundContext& context);
  void StartWatchers(const InboundContext& context);

  void WakeReceiptSenders();
  void WakeDeliverers();
  // Any acceptor may call it.
  void WakeWatcher(const std::string& mailbox);

  Signal open_signal_;
  Signal file_signal_;
  Signal slow_file_signal_;                          // nobody notifies it; the slow lane looks by itself
  std::list<Signal> receipt_signals_;                // one for each mailbox
  std::list<Signal> deliver_signals_;                // one for each PACS
  std::map<std::string, Destination> destinations_;  // by PACS
  std::list<ReceiptSender> receipt_senders_;
  std::list<Deliverer> deliverers_;
  std::list<DocumentFiler> document_filers_;
  OpeningOrder opening_order_;
  StrangerLog stranger_log_;
  dicom::TextLog text_log_{"mail"};
  std::list<MailAcceptor> acceptors_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> watching_ = false;  // watchers_ is complete
  std::list<MailboxWatcher> watchers_;
};

}  // namespace gateway::inbound
