// This is the last step of the inbound pipeline. Once the ledger says so, it tells the sender of a
// mail what became of the mail. Receipts leave from the empty sender, so that nothing can come back
// because of them. If the mail server refuses that, they leave from the mailbox's address.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "inbound/inbound_context.h"
#include "ledger/receipts.h"
#include "mail/smtp_lane.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"
#include "security/sealers.h"

namespace gateway::inbound {

// Sends the receipts of one mailbox, with one thread and its own SMTP connection. All references
// must outlive it.
class ReceiptSender {
 public:
  ReceiptSender(const InboundContext& context, const MailboxSettings& mailbox);

  [[nodiscard]] const std::string& mailbox() const { return mailbox_.name; }

  // The step of a worker: it sends a few receipts.
  Milliseconds Step(const std::stop_token& stop);
  // Ends the back-off from the server and the partners. Any thread may call it.
  void TryNow() { destinations_.EndBackOff(); }

 private:
  Result<void> MakeSealers();
  // Returns false if the server is away. Then this receipt and the rest of the claimed ones are
  // given back.
  bool Send(const ledger::ReceiptToSend& receipt);
  Result<std::string> SendMail(const ledger::ReceiptToSend& receipt, const PartnerSettings& partner);
  // Says why the server may have refused the empty sender. Only its words are remembered for the
  // next receipts, because patience may end for any reason.
  enum class Suspicion { none, words, patience };
  [[nodiscard]] Suspicion SuspicionOf(const Error& error, unsigned tries);
  Result<std::string> SendFrom(const std::string& sender, const std::string& to, const std::string& mail);
  bool RecordFailure(const ledger::ReceiptToSend& receipt, const Error& error);
  // The partner fails, so this receipt and all others to the partner wait.
  void Defer(const ledger::ReceiptToSend& receipt, Time until);
  // The partner accepts mails again, so everything that waits for it is due.
  void EndDeferral(const std::string& partner);
  Milliseconds SendAll(const std::vector<ledger::ReceiptToSend>& claimed, const std::stop_token& stop);
  void GiveBack(const std::vector<ledger::ReceiptToSend>& receipts, std::size_t first);

  const std::string gateway_name_;
  const MailboxSettings& mailbox_;
  std::map<std::string, const PartnerSettings*> partners_;
  const security::Keys& keys_;
  std::unique_ptr<security::MailSealers> sealers_;  // made in the worker's own thread
  const FailurePolicy policy_;
  MailDestinations destinations_;
  mail::SmtpLane lane_;
  bool null_sender_;  // false if the configuration says so, or if the server refuses it
  ledger::Receipts receipts_;
  const Clock& clock_;
};

}  // namespace gateway::inbound
