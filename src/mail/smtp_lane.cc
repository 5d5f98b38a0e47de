#include "mail/smtp_lane.h"

#include <algorithm>
#include <utility>

#include "mail/error_codes.h"
#include "telemetry/events.h"

namespace gateway::mail {

SmtpLane::SmtpLane(std::string mailbox, const SmtpSettings& smtp, MailDestinations& destinations, const Clock& clock,
                   MailHooks hooks)
    : mailbox_(std::move(mailbox)),
      destinations_(destinations),
      client_(smtp),
      clock_(clock),
      hooks_(std::move(hooks)) {}

std::optional<Time> SmtpLane::WaitsUntil(const std::string& partner, bool urgent, Milliseconds least) {
  const Time now = clock_.Now();
  Destination& destination = destinations_.partner(partner);
  if (destination.Begin(now, urgent)) return std::nullopt;
  return now + std::max(destination.Wait(now, urgent), least);
}

void SmtpLane::RecordWorked(const std::string& partner) {
  if (destinations_.server().Worked()) hooks_.back("");
  if (destinations_.partner(partner).Worked()) hooks_.back(partner);
}

SmtpLane::Outcome SmtpLane::RecordFailure(const std::string& partner, const Error& error, const Decision& decision,
                                          bool urgent) {
  if (ConcernsWholeServer(error) && decision.fate == Fate::retry) {
    BackOffFromServer(partner, error);
    return {true, {}};
  }
  if (!destinations_.Knows(partner)) return {false, decision};
  return {false, BackOffFromPartner(partner, error, decision, urgent)};
}

void SmtpLane::BackOffFromServer(const std::string& partner, const Error& error) {
  if (destinations_.Knows(partner)) destinations_.partner(partner).Abandon();
  // The gateway stopped before there was a connection.
  const bool stops = Is(error, codes::kInterrupted);
  const Time now = clock_.Now();
  const Milliseconds wait = destinations_.server().Failed(now);
  if (wait.count() == 0 || stops) return;
  events::SmtpUnavailable(mailbox_, error, wait.count());
  hooks_.away("", error, now);
}

Decision SmtpLane::BackOffFromPartner(const std::string& partner, const Error& error, const Decision& decision,
                                      bool urgent) {
  Destination& destination = destinations_.partner(partner);
  if (!ConcernsRecipient(error)) {
    // A server that refuses this mail for good is there, and so is the partner behind it.
    if (error.fault == Fault::permanent) RecordWorked(partner);
    destination.Abandon();
    return decision;
  }
  const Time now = clock_.Now();
  if (const Milliseconds wait = destination.Failed(now); wait.count() > 0) {
    events::PartnerUnavailable(partner, mailbox_, error, wait.count());
    hooks_.away(partner, error, now);
  }
  return destination.AfterOthers(decision, now, urgent);
}

}  // namespace gateway::mail
