// Fourth step: a finished message leaves over SMTP (durable point 2).
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings.h"
#include "ledger/outbound_ledger.h"
#include "mail/smtp_lane.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"
#include "spool/spool.h"

namespace gateway::outbound {

// One SMTP connection of one mailbox; one object a thread. `destinations` are shared by the mailbox's senders. All
// references must outlive it.
class Sender {
 public:
  // `claimed` is called when there may be more to send for another connection.
  Sender(const Settings& settings, const MailboxSettings& mailbox, MailDestinations& destinations,
         const spool::Spool& spool, ledger::OutboundLedger& ledger, const Clock& clock, std::function<void()> claimed);

  // A worker's step: sends one message, all its fragments.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // The server's last reply. What is too large for it, or for the partner's servers, is cut into smaller pieces.
  Result<std::string> Send(ledger::MessageToSend message, const PartnerSettings& partner);
  Result<std::string> SendAsCut(const ledger::MessageToSend& message, const PartnerSettings& partner);
  // The size that it was cut to; 0: it cannot be cut any more.
  Result<std::uint64_t> CutSmaller(ledger::MessageToSend& message, const PartnerSettings& partner);
  Result<std::string> SendWhole(const ledger::MessageToSend& message, const PartnerSettings& partner);
  Result<std::string> SendFragments(const ledger::MessageToSend& message, const PartnerSettings& partner);
  Milliseconds RecordSent(const ledger::MessageToSend& message, const std::string& reply);
  Milliseconds RecordFailure(const ledger::MessageToSend& message, const Error& error);
  // The partner fails: this one, and all others that go to it, wait.
  Milliseconds Postpone(const ledger::MessageToSend& message, Time until);
  // The server, or the partner, takes mails again: what waits for it is due.
  void Hasten(const std::string& partner);
  mail::SmtpLane::Hooks MakeHooks();

  const MailboxSettings& mailbox_;
  std::map<std::string, const PartnerSettings*> partners_;
  const FailurePolicy policy_;
  MailDestinations& destinations_;
  mail::SmtpLane lane_;
  const spool::Spool& spool_;
  ledger::OutboundLedger& ledger_;
  const Clock& clock_;
  const std::function<void()> claimed_;
};

}  // namespace gateway::outbound
