// Reports on what was sent: receipts and bounces, as they come in by mail.
#pragma once

#include "ledger_fixture.h"

namespace gateway::ledger {

inline Report MakeReport(Answer answer, const std::string& message_id, const std::string& partner = "b") {
  Report report;
  report.answer = answer;
  report.partner = partner;
  if (!message_id.empty()) report.message_ids = {message_id};
  report.words = "words of " + partner;
  return report;
}

class ReportsTest : public LedgerTest {
 protected:
  ReportsTest() : LedgerTest(FastDirectory()) {}

  // A closed shipment of messages that are sent and asked for receipts.
  std::int64_t SendOne(unsigned messages, ReceiptMode asked = ReceiptMode::mdn, const std::string& study = "1.2.3") {
    const std::int64_t shipment = CloseOne(messages, study);
    SealAll(asked);
    SendAll();
    return shipment;
  }
  Result<ReportOutcome> TryRecord(const Report& report, Time now = At(70), unsigned limit = 3) {
    mail_ = ledger->fetched_mails.Add(MakeMail(++uid_)).value().mail;
    return ledger->reports.Record(report, mail_, limit, now, now);
  }
  ReportOutcome Record(const Report& report, Time now = At(70), unsigned limit = 3) {
    return Must(TryRecord(report, now, limit));
  }
  ReportOutcome Receive(Answer answer, std::int64_t message, unsigned copy = 0) {
    return Record(MakeReport(answer, IdOf(message, copy)));
  }
  std::string StateOf(ItemKind kind, std::int64_t number) {
    return std::string(ledger::StateOf(Must(operators->Show({kind, number})).value()).name);
  }
  std::string MessageState(std::int64_t message) { return StateOf(ItemKind::message, message); }
  std::string ShipmentState(std::int64_t shipment) { return StateOf(ItemKind::shipment, shipment); }
  std::vector<std::string> ForgottenInstances(Time before = At(9000)) {
    return Must(ledger->file_retention.ForgetSent(before, 100)).instances;
  }

  std::uint32_t uid_ = 1000;
  std::int64_t mail_ = 0;  // that carried the last report
};

}  // namespace gateway::ledger
