// The way in, from top to bottom:
//
//   mailbox -> MailboxWatcher --(4)--> ledger -> MailAcceptor (open worker, Acceptance) --(5)--> ledger
//     -> Deliverer --(6)--> PACS
//
// The ledger stands between any two steps and is the only queue; the signals below only wake the next step.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "base/worker.h"
#include "inbound/deliverer.h"
#include "inbound/mail_acceptor.h"
#include "inbound/mailbox_watcher.h"

namespace gateway::inbound {

class InboundPipeline {
 public:
  // Starts all threads. All parts must outlive the pipeline.
  static Result<std::unique_ptr<InboundPipeline>> Start(const MailAcceptor::Parts& parts);
  // From the top: no new mails, then each worker finishes what it holds.
  ~InboundPipeline();

 private:
  InboundPipeline() = default;
  void StartDeliverers(const MailAcceptor::Parts& parts);
  void StartAcceptors(const MailAcceptor::Parts& parts);
  void StartWatchers(const MailAcceptor::Parts& parts);

  Signal open_signal_;
  std::list<Signal> deliver_signals_;    // one a PACS
  std::list<Destination> destinations_;  // one a PACS
  std::list<Deliverer> deliverers_;
  std::list<MailAcceptor> acceptors_;
  std::vector<std::jthread> threads_;
  std::list<MailboxWatcher> watchers_;
};

}  // namespace gateway::inbound
