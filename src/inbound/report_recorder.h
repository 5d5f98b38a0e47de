// Receipts and bounces of what we sent (durable point 3): believed or not, then what they say goes to the ledger.
#pragma once

#include <vector>

#include "base/clock.h"
#include "gateway/settings.h"
#include "inbound/acceptance.h"
#include "ledger/outbound_ledger.h"
#include "policy/failure_policy.h"
#include "spool/spool.h"

namespace gateway::inbound {

// References must outlive it; one object a thread.
class ReportRecorder {
 public:
  ReportRecorder(const Settings& settings, const Acceptance& acceptance, const spool::Spool& spool,
                 ledger::OutboundLedger& ledger, const Clock& clock);

  struct Received {
    std::int64_t mail = 0;
    const PartnerSettings* partner = nullptr;  // whose address the sender's is; nullptr: a stranger
    mime::Report report;
    bool encrypted = false;
    std::vector<openpgp::Signature> signatures;
    ledger::Pardons pardoned = {};
  };
  // Those of Acceptance::JudgeReport, and corrupt "unmatched-report" (of nothing that we sent), "foreign-report" (of
  // what another partner was sent), "receipt-of-another-mail", "receipt-without-secret"
  // (ledger/rules/report_subject.h).
  Result<void> Record(const Received& received);

 private:
  Result<void> RecordReturnedReceipt(const Received& received, const ledger::ReportOutcome& outcome);
  void Log(const Received& received, const ledger::ReportOutcome& outcome) const;

  const Acceptance& acceptance_;
  const spool::Spool& spool_;
  ledger::OutboundLedger& ledger_;
  const Clock& clock_;
  const FailurePolicy policy_;
  const unsigned resend_limit_;
};

}  // namespace gateway::inbound
