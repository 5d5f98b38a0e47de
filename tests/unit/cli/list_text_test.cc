// The words of `list`.
#include "cli/list_text.h"

#include "ledger/away_destinations.h"
#include "support/errors.h"
#include "unit/ledger/reports_fixture.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class ListTextTest : public ReportsTest {
 protected:
  std::vector<std::string> Lines(const ListFilter& filter) {
    std::vector<std::string> lines;
    for (const ItemSummary& item : Must(operators->List(filter))) {
      const cli::ListLine line = cli::LineOf(item);
      lines.push_back(line.id + " " + line.state + ": " + line.about + (line.reason.empty() ? "" : "; ") + line.reason);
    }
    return lines;
  }
  // A mail of two documents and a receipt, part 1 of 3.
  void ReceiveDocuments() {
    OpenedMail opened = MakeOpened(ledger->fetched_mails.Add(MakeMail(1)).value().mail);
    opened.facts.set = TelemedicineSet{"their-set", 1, 3};
    opened.documents = {{"application/pdf", "a.pdf", "", "doc-a", 500, "hash-a"},
                        {"text/\x1b[2J", "b.txt", "", "doc-b", 1, "hash-b"}};
    opened.document_deadline = At(200);
    opened.receipt = ReceiptRequest{};
    opened.receipt->message_id = "our@a.example";
    last = ledger->opened_mails.Record(opened, At(100)).value();
  }
};

TEST_F(ListTextTest, RowsSayWhatTheyAreAbout) {
  CloseOne(3);
  SealAll();
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
  ASSERT_TRUE(ledger->send_queue.RecordFailure(2, IdOf(2), Transient("smtp-deferred", "451 later"), At(90)));
  const cli::ListLine shipment = cli::LineOf(operators->List({.state = {}, .kind = ItemKind::shipment}).value().at(0));
  EXPECT_EQ(shipment.about, "3 instances, 1 of 3 messages sent");
  EXPECT_EQ(shipment.partner, "b");
  EXPECT_EQ(shipment.since, "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(shipment.reason, "smtp-deferred: 451 later");
  const cli::ListLine message =
      cli::LineOf(operators->List({.state = "sealed", .kind = ItemKind::message}).value().at(0));
  EXPECT_EQ(message.about, "part 3 of 3 of S1");
}

TEST_F(ListTextTest, MailsOfStrangersShowTheirSender) {
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(1)).value().mail;
  MailFacts facts;
  facts.sender = "who\x1b[2J@x.example";
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, facts, Corrupt("stranger"), At(2)));
  const cli::ListLine row = cli::LineOf(operators->List({}).value().at(0));
  EXPECT_EQ(row.partner, "who?[2J@x.example");
  EXPECT_EQ(row.reason, "stranger");
}

TEST_F(ListTextTest, ShipmentsTellTheirAnswers) {
  SendOne(4);
  Receive(Answer::delivered, 1);
  Receive(Answer::refused, 2);
  Receive(Answer::bounced, 3);
  ASSERT_THAT(ledger->reports.RecordOverdue(At(61), 9, At(61)).value(), SizeIs(1));
  EXPECT_THAT(Lines({.state = {}, .kind = ItemKind::shipment}),
              ElementsAre("S1 bounced: 4 instances, 4 of 4 messages sent, 1 receipted, 1 overdue, 1 refused, "
                          "1 bounced; receipt-overdue"));
}

TEST_F(ListTextTest, ListsTheNewKinds) {
  ReceiveDocuments();
  EXPECT_THAT(Lines({.state = {}, .kind = ItemKind::receipt}), ElementsAre("A1 waiting: for R1"));
  EXPECT_THAT(Lines({.state = {}, .kind = ItemKind::set}), ElementsAre("T1 incomplete: 1 of 3 parts received"));
  EXPECT_THAT(Lines({.state = {}, .kind = ItemKind::document}),
              ElementsAre("N2 waiting: text/?[2J, 1 byte, from R1", "N1 waiting: application/pdf, 500 bytes, from R1"));
  EXPECT_THAT(Lines({.state = "waiting", .kind = {}}), SizeIs(3));
}

TEST_F(ListTextTest, CountsTheFilesOfAShipmentThatAPersonSends) {
  ItemSummary item{{ItemKind::shipment, 1}, ledger::ShipmentState::closed, "b", At(0), {}};
  item.about = ShipmentSummary{.instances = 2, .documents = 1, .messages = {.total = 3}};
  EXPECT_EQ(cli::LineOf(item).about, "2 instances, 1 document, 0 of 3 messages sent");
}

TEST_F(ListTextTest, WhatWaitsForARenamedPacsIsStranded) {
  AddOpened(1, {MakeReceived("1")});
  const KnownDestinations known{{"b"}, {"archive"}, {"main"}};
  EXPECT_THAT(Lines({.state = "stranded", .kind = {}, .limit = 9, .known = known}),
              ElementsAre("D1 stranded: main, I1; unknown-pacs: the configuration has no pacs main: redirect"));
}

TEST_F(ListTextTest, WhatWaitsForADestinationThatIsAwaySaysSo) {
  AddOpened(1, {MakeReceived("1", {"archive"})});
  ASSERT_TRUE(AwayDestinations(*database).RecordAway({DestinationKind::pacs, "archive"},
                                                     Transient("pacs-away", "refused"), At(400)));
  const auto deliveries = Must(operators->List({.state = "waiting", .kind = ItemKind::delivery}));
  ASSERT_THAT(deliveries, SizeIs(1));
  const std::string reason = cli::LineOf(deliveries[0]).reason;
  EXPECT_THAT(reason, StartsWith("waiting: pacs archive away since 2023-11-14T22:20:"));
  EXPECT_THAT(reason, HasSubstr("pacs-away: refused"));
}

}  // namespace
}  // namespace gateway::ledger
