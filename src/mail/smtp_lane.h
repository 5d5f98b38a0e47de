// One way from a mailbox to its mail server and to the partners behind it. It is an SMTP
// connection, with the rules that say when the lane leaves a server or partner alone. Messages and
// receipts have lanes of their own.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "gateway/settings/mail.h"
#include "mail/smtp_client.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"

namespace gateway::mail {

// One thread uses a lane. Other lanes of the mailbox may share `destinations`. All references must
// outlive it.
class SmtpLane {
 public:
  // Says what becomes of an item that failed.
  struct Outcome {
    bool server_failed = false;  // give the item back, and try nothing else
    Decision decision;           // set only if the server did not fail
  };

  // `mailbox` is its name, for the log.
  SmtpLane(std::string mailbox, const SmtpSettings& smtp, MailDestinations& destinations, const Clock& clock,
           MailHooks hooks);

  [[nodiscard]] SmtpClient& client() { return client_; }
  // Returns for how long the server must be left alone.
  [[nodiscard]] Milliseconds ServerWait(bool urgent) const { return destinations_.server().Wait(clock_.Now(), urgent); }
  // Returns nullopt if the partner may be tried. Then RecordWorked() or RecordFailure() must
  // follow. Otherwise it returns the time until which everything for the partner waits, at least
  // `least` from now. `partner` must be in the configuration.
  [[nodiscard]] std::optional<Time> WaitsUntil(const std::string& partner, bool urgent, Milliseconds least);
  // Records that the server took a mail for the partner, or refused it for good: both are there.
  void RecordWorked(const std::string& partner);
  // `decision` says what would become of the item by itself. The configuration need not know the
  // partner.
  Outcome RecordFailure(const std::string& partner, const Error& error, const Decision& decision, bool urgent);

 private:
  void BackOffFromServer(const std::string& partner, const Error& error);
  Decision BackOffFromPartner(const std::string& partner, const Error& error, const Decision& decision, bool urgent);

  const std::string mailbox_;
  MailDestinations& destinations_;
  SmtpClient client_;
  const Clock& clock_;
  const MailHooks hooks_;
};

}  // namespace gateway::mail
