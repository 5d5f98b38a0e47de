// One way from a mailbox to its mail server and to the partners behind it: an SMTP connection, and the rules that say
// when it is left alone. Messages and receipts leave by lanes of their own.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "gateway/settings/mail.h"
#include "mail/smtp_client.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"

namespace gateway::mail {

// Used by one thread. `destinations` may be shared with other lanes of the mailbox. All references must outlive it.
class SmtpLane {
 public:
  // What the lane tells its owner, in the thread of the lane. An empty partner stands for the mail server.
  struct Hooks {
    std::function<void(const std::string& partner, const Error& error, Time now)> away;
    // It works again: what waits for it is due.
    std::function<void(const std::string& partner)> back;
  };
  // What became of an item that failed.
  struct Outcome {
    bool server_failed = false;  // the item is to be given back, and nothing else is to be tried
    Decision decision;           // otherwise
  };

  // `mailbox`: its name, for the log.
  SmtpLane(std::string mailbox, const SmtpSettings& smtp, MailDestinations& destinations, const Clock& clock,
           Hooks hooks);

  [[nodiscard]] SmtpClient& client() { return client_; }
  // How long the server is to be left alone.
  [[nodiscard]] Milliseconds ServerWait(bool urgent) const { return destinations_.server().Wait(clock_.Now(), urgent); }
  // The partner may be tried: nullopt, and RecordWorked() or RecordFailure() must follow. Otherwise the time until
  // which everything for it waits; at least `least` from now. `partner`: of the configuration.
  [[nodiscard]] std::optional<Time> WaitsUntil(const std::string& partner, bool urgent, Milliseconds least);
  // The server took a mail for the partner.
  void RecordWorked(const std::string& partner);
  // `decision`: what is to become of the item by itself. The partner may be unknown to the configuration.
  Outcome RecordFailure(const std::string& partner, const Error& error, const Decision& decision, bool urgent);

 private:
  void BackOffFromServer(const std::string& partner, const Error& error);
  Decision BackOffFromPartner(const std::string& partner, const Error& error, const Decision& decision, bool urgent);
  void RecordPartnerWorked(const std::string& partner);

  const std::string mailbox_;
  MailDestinations& destinations_;
  SmtpClient client_;
  const Clock& clock_;
  const Hooks hooks_;
};

}  // namespace gateway::mail
