#include "inbound/report_recorder.h"

#include <string_view>

#include "base/ascii.h"
#include "gateway/item_id.h"
#include "inbound/error_codes.h"
#include "ledger/error_codes.h"
#include "mail/refusal.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

// A partner's trouble with storing an image lasts longer than a busy mail server.
constexpr unsigned kResendBackOff = 3;

struct Meaning {
  std::string_view name;
  ledger::Answer answer;
};

Meaning MeaningOf(mime::Verdict verdict) {
  switch (verdict) {
    case mime::Verdict::displayed:
      return {"displayed", ledger::Answer::delivered};
    case mime::Verdict::displayed_warning:
      return {"displayed/warning", ledger::Answer::warning};
    case mime::Verdict::deleted_error:
      return {"deleted/error", ledger::Answer::resend};
    case mime::Verdict::deleted:
      return {"deleted", ledger::Answer::refused};
    case mime::Verdict::bounced:
      return {"bounced", ledger::Answer::bounced};
    case mime::Verdict::delayed:
      return {"delayed", ledger::Answer::delayed};
    // Like `delayed`, neither of these changes anything.
    case mime::Verdict::relayed:
      return {"relayed", ledger::Answer::delayed};
    case mime::Verdict::other:
      break;
  }
  return {"other", ledger::Answer::delayed};
}

bool IsOfMailServer(const mime::Report& report) {
  return report.kind == mime::ReportKind::dsn || report.kind == mime::ReportKind::bounce;
}

// Returns why a mail server gave up.
ledger::Answer OfBounce(std::string_view words) {
  switch (mail::MeaningOfRefusal(words, mail::RefusedAt::later)) {
    case mail::Refusal::permanent:
      return ledger::Answer::bounced;
    case mail::Refusal::too_large:
      return ledger::Answer::too_large;
    case mail::Refusal::deferred:
    case mail::Refusal::mailbox_full:
    case mail::Refusal::system_full:
    case mail::Refusal::quota:
      break;
  }
  return ledger::Answer::returned;
}

// The words of a mail server never make a message delivered or refused, however the reader
// understood them.
Meaning MeaningOf(const mime::Report& report) {
  Meaning meaning = MeaningOf(report.verdict);
  if (meaning.answer == ledger::Answer::bounced) return {meaning.name, OfBounce(report.words)};
  return IsOfMailServer(report) && meaning.answer != ledger::Answer::delayed ? MeaningOf(mime::Verdict::other)
                                                                             : meaning;
}

// Our SETIDs contain 64 random bits (outbound/intake.cc). Whoever names one has seen the mail, like
// somebody who names its Message-ID.
bool IsHardToGuess(std::string_view set_id) {
  constexpr std::size_t kDigits = 16;
  return set_id.size() > kDigits &&
         set_id.find_first_not_of("0123456789abcdef", set_id.size() - kDigits) == std::string_view::npos;
}

ledger::Report ForLedger(const ReportRecorder::Received& received, const ReportTrust& trust) {
  const mime::Report& report = received.report;
  ledger::Report recorded;
  recorded.answer = MeaningOf(report).answer;
  recorded.message_ids = report.message_ids;
  recorded.set = report.set;
  recorded.trusted_set = trust.signed_by_partner || (report.set && IsHardToGuess(report.set->id));
  recorded.words = report.words;
  if (IsOfMailServer(report)) return recorded;
  recorded.partner = received.partner->name;
  recorded.partner_address = LowerCase(received.partner->address);
  recorded.partner_key = received.partner->key_fingerprint;
  recorded.nonce = report.nonce;
  recorded.signed_by_partner = trust.signed_by_partner;
  recorded.secret = received.partner->profile.receipt_secret;
  recorded.overruled = received.overruled.contains(codes::kReceiptOfAnotherMail.name) ||
                       received.overruled.contains(codes::kReceiptWithoutSecret.name);
  return recorded;
}

std::string_view WhatIsMissing(std::string_view code) {
  return Is(code, codes::kReceiptOfAnotherMail) ? "it does not repeat the secret of the message that it names"
                                                : "it repeats no secret, though its sender's software is known to";
}

// The gateway gives only those of many alarms for one reason that have such a number.
bool IsPowerOfTen(std::int64_t number) {
  while (number > 1 && number % 10 == 0) number /= 10;
  return number == 1;
}

// Returns as much of a report's words as a line of the log should have.
std::string_view WordsForPeople(const mime::Report& report) {
  constexpr std::size_t kLongest = 500;
  return std::string_view(report.words).substr(0, kLongest);
}

void LogMatching(const PartnerSettings* partner, const ledger::ReportOutcome& outcome) {
  if (partner == nullptr) return;
  if (outcome.unmatched % 3 == 0 && IsPowerOfTen(outcome.unmatched / 3))
    events::ReceiptsUnmatched(partner->name, outcome.unmatched);
  if (outcome.rewritten) events::MessageIdRewritten(partner->name);
}

}  // namespace

ReportRecorder::ReportRecorder(const InboundContext& context, const Acceptance& acceptance)
    : acceptance_(acceptance),
      spool_(context.around.spool),
      reports_(context.around.database),
      clock_(context.around.clock),
      policy_(context.settings.retry),
      resend_limit_(context.settings.receipts.resend_limit) {}

Result<void> ReportRecorder::Record(const Received& received) {
  const mime::Report& report = received.report;
  GATEWAY_ASSIGN(const ReportTrust trust, acceptance_.JudgeReport(received.partner, report, received.encrypted,
                                                                  received.signatures, received.overruled));
  ledger::Report recorded = ForLedger(received, trust);
  recorded.again = [this](unsigned returns, Time since, bool urgent) -> std::optional<Time> {
    // The trouble of a mailbox that accepts no mails also lasts longer than a busy
    // mail server.
    const Decision decision =
        policy_.Decide(Transient(codes::kReturned), returns + (urgent ? 0 : kResendBackOff), since, clock_, urgent);
    return decision.fate == Fate::retry ? std::optional(decision.next_try) : std::nullopt;
  };
  const Time now = clock_.Now();
  GATEWAY_ASSIGN(const ledger::ReportOutcome outcome,
                 reports_.Record(recorded, received.mail, resend_limit_, now + policy_.BackOff(kResendBackOff), now));
  if (outcome.foreign) return Corrupt(codes::kForeignReport, "about a message to another partner");
  if (!outcome.refused.empty()) {
    return ErrorNamed(Fault::corrupt, outcome.refused, std::string(WhatIsMissing(outcome.refused)));
  }
  LogMatching(received.partner, outcome);
  if (outcome.receipt != 0) return RecordReturnedReceipt(received, outcome);
  if (!outcome.known) return Corrupt(codes::kUnmatchedReport, "about nothing that was sent");
  DurablePoint("report.recorded");
  Log(received, outcome);
  for (const std::string& key : outcome.message_keys) (void)spool_.Remove(spool::Kind::message, key);
  for (const std::string& key : outcome.mail_keys) (void)spool_.Remove(spool::Kind::mail, key);
  DurablePoint("report.removed");
  return {};
}

Result<void> ReportRecorder::RecordReturnedReceipt(const Received& received, const ledger::ReportOutcome& outcome) {
  events::ReceiptReturned(Format(ItemKind::mail, received.mail), Format(ItemKind::receipt, outcome.receipt),
                          outcome.partner, WordsForPeople(received.report));
  for (const std::string& key : outcome.mail_keys) (void)spool_.Remove(spool::Kind::mail, key);
  return {};
}

void ReportRecorder::Log(const Received& received, const ledger::ReportOutcome& outcome) const {
  const Meaning meaning = MeaningOf(received.report);
  const std::string_view words = WordsForPeople(received.report);
  const std::string message = Format(ItemKind::message, outcome.message);
  const std::string shipment = Format(ItemKind::shipment, outcome.shipment);
  events::ReceiptReceived(Format(ItemKind::mail, received.mail), message, shipment, outcome.partner, meaning.name,
                          words);
  if (received.report.verdict == mime::Verdict::delayed) {
    events::MessageDelayed(message, shipment, outcome.partner, words);
  }
  if (outcome.takes_again) events::PartnerTakesMail(outcome.partner);
  if (!outcome.changed) return;
  if (outcome.resent) {
    if (IsPowerOfTen(outcome.returned)) {
      events::PartnerReturnsMail(outcome.partner, outcome.returned, words, (outcome.next_try - clock_.Now()).count());
    }
    events::MessageResent(message, shipment, outcome.partner, words);
  } else if (outcome.given_up || meaning.answer == ledger::Answer::refused) {
    events::MessageRefused(message, shipment, outcome.partner, words);
  } else if (outcome.bounced > 0) {
    events::MessageBounced(message, shipment, outcome.partner, words, outcome.bounced, IsPowerOfTen(outcome.bounced));
  }
  using S = ledger::ShipmentState;
  if (outcome.shipment_changed && (outcome.shipment_state == S::delivered || outcome.shipment_state == S::warning)) {
    events::ShipmentDelivered(shipment, outcome.partner, NameOf(*outcome.shipment_state));
  }
}

}  // namespace gateway::inbound
