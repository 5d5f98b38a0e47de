// Last step of the inbound pipeline: the sender of a mail is told what became of it, once the ledger says so. Receipts
// leave with the null sender, so that nothing can come back because of them; from the mailbox's address where the mail
// server refuses that.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/settings.h"
#include "ledger/inbound_ledger.h"
#include "mail/smtp_lane.h"
#include "openpgp/key_material.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"

namespace gateway::inbound {

// The receipts of one mailbox, on one SMTP connection of their own; one thread. References must outlive it.
class ReceiptSender {
 public:
  ReceiptSender(const Settings& settings, const MailboxSettings& mailbox, const openpgp::KeyMaterial& keys,
                ledger::InboundLedger& ledger, const Clock& clock);

  // A worker's step: sends a few receipts.
  Milliseconds Step(const std::stop_token& stop);
  // Ends the back-off from the server and the partners. Any thread.
  void TryNow() { destinations_.EndBackOff(); }

 private:
  Result<void> MakeKeyring();
  // False: the server is away, the rest of the claimed receipts is to be given back, this one too.
  bool Send(const ledger::ReceiptToSend& receipt);
  Result<std::string> SendMail(const ledger::ReceiptToSend& receipt);
  Result<std::string> SendFrom(const std::string& sender, const std::string& to, const std::string& mail);
  bool RecordFailure(const ledger::ReceiptToSend& receipt, const Error& error);
  // The partner fails: this one, and all others that go to it, wait.
  void Postpone(const ledger::ReceiptToSend& receipt, Time until);
  // The partner takes mails again: what waits for it is due.
  void Hasten(const std::string& partner);
  mail::SmtpLane::Hooks MakeHooks();
  void GiveBack(const std::vector<ledger::ReceiptToSend>& receipts, std::size_t first);

  const std::string gateway_name_;
  const MailboxSettings& mailbox_;
  std::map<std::string, const PartnerSettings*> partners_;
  const openpgp::KeyMaterial& keys_;
  std::string signer_;                       // fingerprint of the mailbox's key
  std::optional<openpgp::Keyring> keyring_;  // made in the worker's own thread
  const FailurePolicy policy_;
  MailDestinations destinations_;
  mail::SmtpLane lane_;
  bool null_sender_;  // false: as configured, or the server refuses it
  ledger::InboundLedger& ledger_;
  const Clock& clock_;
};

}  // namespace gateway::inbound
