// Handles receipts and bounces for what we sent (durable point 3). It decides whether they are
// believed, and records what they say in the ledger.
#pragma once

#include <vector>

#include "base/clock.h"
#include "gateway/settings/partner.h"
#include "inbound/acceptance.h"
#include "inbound/inbound_context.h"
#include "ledger/open_queue.h"
#include "ledger/reports.h"
#include "policy/failure_policy.h"
#include "spool/spool.h"

namespace gateway::inbound {

// All references must outlive it, and each thread has its own object.
class ReportRecorder {
 public:
  ReportRecorder(const InboundContext& context, const Acceptance& acceptance);

  struct Received {
    std::int64_t mail = 0;
    const PartnerSettings* partner = nullptr;  // the partner with the sender's address; nullptr for a stranger
    mime::Report report;
    bool encrypted = false;
    std::vector<security::Signature> signatures;
    ledger::OverruledReasons overruled = {};
  };
  // Errors: those of Acceptance::JudgeReport; corrupt "unmatched-report" (for nothing that we
  // sent), "foreign-report" (for what we sent to another partner), "receipt-of-another-mail" and
  // "receipt-without-secret" (ledger/rules/report_subject.h).
  Result<void> Record(const Received& received);

 private:
  Result<void> RecordReturnedReceipt(const Received& received, const ledger::ReportOutcome& outcome);
  void Log(const Received& received, const ledger::ReportOutcome& outcome) const;

  const Acceptance& acceptance_;
  const spool::Spool& spool_;
  ledger::Reports reports_;
  const Clock& clock_;
  const FailurePolicy policy_;
  const unsigned resend_limit_;
};

}  // namespace gateway::inbound
