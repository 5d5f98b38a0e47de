// This is the fourth step of the outbound pipeline: a finished message leaves by SMTP (durable
// point 2).
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "ledger/send_queue.h"
#include "mail/smtp_lane.h"
#include "outbound/outbound_context.h"
#include "outbound/pacers.h"
#include "outbound/windows.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"
#include "spool/spool.h"

namespace gateway::outbound {

// A sender is one SMTP connection of one mailbox, and each thread has its own object. The senders
// of a mailbox share `destinations`. All references must outlive it.
class Sender {
 public:
  // The sender calls `claimed` when there may be more to send for another connection.
  // It sends nothing of lower priority than `least`.
  Sender(const OutboundContext& context, const MailboxSettings& mailbox, MailDestinations& destinations, Pacers& pacers,
         Priority least, std::function<void()> claimed);

  // The step of a worker: it sends one message with all its fragments.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // Returns the server's last reply. If the message is too large for the server, or for the
  // partner's servers, it is cut into smaller pieces.
  Result<std::string> Send(ledger::MessageToSend message, const PartnerSettings& partner);
  Result<std::string> SendAsCut(const ledger::MessageToSend& message, const PartnerSettings& partner);
  // Returns the size of the pieces; 0 if the message cannot be cut any more.
  Result<std::uint64_t> CutSmaller(ledger::MessageToSend& message, const PartnerSettings& partner);
  Result<std::string> SendWhole(const ledger::MessageToSend& message, const PartnerSettings& partner);
  Result<std::string> SendFragments(const ledger::MessageToSend& message, const PartnerSettings& partner);
  Milliseconds RecordSent(const ledger::MessageToSend& message, const std::string& reply);
  Milliseconds RecordFailure(const ledger::MessageToSend& message, const Error& error);
  // The partner fails, so this message and all others to the partner wait.
  Milliseconds Defer(const ledger::MessageToSend& message, Time until);
  // The server, or the partner, accepts mails again, so everything that waits for it is due.
  void EndDeferral(const std::string& partner);
  Milliseconds Handle(const ledger::MessageToSend& message);
  Milliseconds SendInTurn(const ledger::MessageToSend& message, const PartnerSettings& partner);
  // Says how fast the message may leave, and whether now.
  Pacers::Turn TurnOf(const ledger::MessageToSend& message);

  const MailboxSettings& mailbox_;
  std::map<std::string, const PartnerSettings*> partners_;
  const FailurePolicy policy_;
  MailDestinations& destinations_;
  mail::SmtpLane lane_;
  const spool::Spool& spool_;
  ledger::SendQueue queue_;
  const Windows windows_;
  const Clock& clock_;
  Pacers& pacers_;
  const Priority least_;
  const std::function<void()> claimed_;
  mail::Pace* pace_ = nullptr;  // of the message in hand
};

}  // namespace gateway::outbound
