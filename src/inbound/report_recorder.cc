#include "inbound/report_recorder.h"

#include <string_view>

#include "base/durable_point.h"
#include "base/events.h"
#include "gateway/item_id.h"

namespace gateway::inbound {
namespace {

// What keeps a partner from storing an image passes less quickly than a busy mail server.
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
    // Neither changes anything, as `delayed` does not.
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

// A mail server's word never makes a message delivered or refused, whatever the reader made of it.
Meaning MeaningOf(const mime::Report& report) {
  const Meaning meaning = MeaningOf(report.verdict);
  const bool of_server = meaning.answer == ledger::Answer::bounced || meaning.answer == ledger::Answer::delayed;
  return IsOfMailServer(report) && !of_server ? MeaningOf(mime::Verdict::other) : meaning;
}

}  // namespace

ReportRecorder::ReportRecorder(const Settings& settings, const Acceptance& acceptance, const spool::Spool& spool,
                               ledger::OutboundLedger& ledger, const Clock& clock)
    : acceptance_(acceptance),
      spool_(spool),
      ledger_(ledger),
      clock_(clock),
      policy_(settings.retry),
      resend_limit_(settings.receipts.resend_limit) {}

Result<void> ReportRecorder::Record(const Received& received) {
  const mime::Report& report = received.report;
  GATEWAY_ASSIGN(const ReportTrust trust,
                 acceptance_.JudgeReport(received.partner, report, received.encrypted, received.signatures));
  ledger::Report recorded;
  recorded.answer = MeaningOf(report).answer;
  if (!IsOfMailServer(report)) recorded.partner = received.partner->name;
  recorded.message_ids = report.message_ids;
  recorded.set = report.set;
  // A set can be guessed, the Message-ID of a mail that was sent cannot.
  recorded.trusted_set = trust.signed_by_partner;
  recorded.words = report.words;
  const Time now = clock_.Now();
  GATEWAY_ASSIGN(const ledger::ReportOutcome outcome, ledger_.RecordReport(recorded, received.mail, resend_limit_,
                                                                           now + policy_.BackOff(kResendBackOff), now));
  if (outcome.foreign) return Corrupt("foreign-report", "about a message to another partner");
  if (!outcome.known) return Corrupt("unmatched-report", "about nothing that was sent");
  DurablePoint("report.recorded");
  Log(received, outcome);
  for (const std::string& key : outcome.message_keys) (void)spool_.Remove(spool::Kind::message, key);
  for (const std::string& key : outcome.mail_keys) (void)spool_.Remove(spool::Kind::mail, key);
  DurablePoint("report.removed");
  return {};
}

void ReportRecorder::Log(const Received& received, const ledger::ReportOutcome& outcome) const {
  const Meaning meaning = MeaningOf(received.report);
  const std::string& words = received.report.words;
  const std::string message = Format(ItemKind::message, outcome.message);
  const std::string shipment = Format(ItemKind::shipment, outcome.shipment);
  events::ReceiptReceived(Format(ItemKind::mail, received.mail), message, shipment, outcome.partner, meaning.name,
                          words);
  if (received.report.verdict == mime::Verdict::delayed) {
    events::MessageDelayed(message, shipment, outcome.partner, words);
  }
  if (!outcome.changed) return;
  if (outcome.resent) {
    events::MessageResent(message, shipment, outcome.partner, words);
  } else if (outcome.given_up || meaning.answer == ledger::Answer::refused) {
    events::MessageRefused(message, shipment, outcome.partner, words);
  } else if (meaning.answer == ledger::Answer::bounced) {
    events::MessageBounced(message, shipment, outcome.partner, words);
  }
  if (outcome.shipment_changed && (outcome.shipment_state == "delivered" || outcome.shipment_state == "warning")) {
    events::ShipmentDelivered(shipment, outcome.partner, outcome.shipment_state);
  }
}

}  // namespace gateway::inbound
