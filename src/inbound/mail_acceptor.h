// Second step of the inbound pipeline: a mail on our disk -> joined, opened, judged -> instances in spool and ledger
// (durable point 5), or quarantine with its reason.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/failure_policy.h"
#include "gateway/settings.h"
#include "inbound/acceptance.h"
#include "inbound/open_process.h"
#include "ledger/inbound_ledger.h"
#include "routing/router.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::inbound {

// One object, and one open worker, a thread. All references must outlive it.
class MailAcceptor {
 public:
  struct Parts {
    const Settings& settings;
    const routing::Router& router;
    const crypto::KeyMaterial& keys;
    const spool::Spool& spool;
    spool::SpaceGuard& space;
    ledger::InboundLedger& ledger;
    const Clock& clock;
    std::filesystem::path program;
  };
  // `more` is called when there may be another mail to open, `accepted` when there is something to deliver.
  MailAcceptor(const Parts& parts, std::function<void()> more, std::function<void()> accepted);

  // A worker's step: opens one mail.
  Milliseconds Step(const std::stop_token& stop);

 private:
  Result<void> Accept(const ledger::MailToOpen& mail, ledger::MailFacts& facts);
  Result<void> KeepFragment(const ledger::MailToOpen& mail, const ledger::MailFacts& facts,
                            const mime::Envelope& envelope);
  Result<void> TakeParts(const ledger::MailToOpen& mail, const ledger::MailFacts& facts,
                         const std::vector<OpenedPart>& parts);
  Result<ledger::NewReceivedInstance> KeepInstance(const OpenedPart& part, const std::string& partner);
  void Record(const ledger::MailToOpen& mail, const ledger::OpenedMail& opened, const ledger::RecordedMail& recorded);
  void RecordInstance(const std::string& mail, const std::string& partner, const ledger::NewReceivedInstance& instance,
                      const ledger::ReceivedInstance& received);
  void Fail(const ledger::MailToOpen& mail, const ledger::MailFacts& facts, const Error& error);

  const Acceptance acceptance_;
  const routing::Router& router_;
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::InboundLedger& ledger_;
  const Clock& clock_;
  const FailurePolicy policy_;
  OpenProcess process_;
  const std::function<void()> more_;
  const std::function<void()> accepted_;
};

}  // namespace gateway::inbound
