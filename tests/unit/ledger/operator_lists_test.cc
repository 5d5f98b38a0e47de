// `status`, `list` and `quarantine` of receipts, sets and documents.
#include "reports_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class OperatorListsTest : public ReportsTest {
 protected:
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
  void Quarantine(std::int64_t document) {
    ASSERT_TRUE(ledger->documents.RecordFailure(document, Corrupt("image-damaged", "no end"), std::nullopt, At(300)));
  }
};

TEST_F(OperatorListsTest, StatusTellsWhatWaitsForAReceiptLongest) {
  SendOne(1, ReceiptMode::none);
  EXPECT_FALSE(operators->GetStatus().value().oldest_unreceipted);
  CloseOne(2, "1.9");
  SealAll(ReceiptMode::mdn);
  ASSERT_TRUE(ledger->send_queue.RecordSent(2, IdOf(2), "250", At(61)));
  ASSERT_TRUE(ledger->send_queue.RecordSent(3, IdOf(3), "250", At(62)));
  EXPECT_EQ(operators->GetStatus().value().oldest_unreceipted, At(61));
  ASSERT_THAT(ledger->reports.RecordOverdue(At(62), 9, At(62)).value(), SizeIs(1));
  EXPECT_EQ(operators->GetStatus().value().oldest_unreceipted, At(61));
  Receive(Answer::delivered, 2);
  EXPECT_EQ(operators->GetStatus().value().oldest_unreceipted, At(62));
  Receive(Answer::delivered, 3);
  EXPECT_FALSE(operators->GetStatus().value().oldest_unreceipted);
}

TEST_F(OperatorListsTest, TroubleIsListedWithoutAsking) {
  SendOne(3);
  Receive(Answer::refused, 1);
  Receive(Answer::bounced, 2);
  ASSERT_THAT(ledger->reports.RecordOverdue(At(61), 9, At(61)).value(), SizeIs(1));
  ReceiveDocuments();
  Quarantine(1);
  ASSERT_THAT(ledger->received_sets.RecordOverdue(At(100), 9).value(), SizeIs(1));
  std::vector<std::string> ids;
  for (const ItemSummary& item : Must(operators->List({}))) {
    if (item.id.kind != ItemKind::mail) ids.push_back(Format(item.id) + " " + std::string(item.state.name));
  }
  EXPECT_THAT(ids, UnorderedElementsAre("S1 bounced", "M1 refused", "M2 bounced", "M3 overdue", "N1 quarantined",
                                        "T1 overdue"));
}

// Three studies of receipts do not push it out of the list, nor does any limit.
TEST_F(OperatorListsTest, WhatNeedsAPersonComesFirstWhateverTheLimit) {
  const std::int64_t junk = ledger->fetched_mails.Add(MakeMail(500)).value().mail;
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(junk, {}, Corrupt("stranger"), At(1)));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("9", "1.9"), {}));
  SendOne(12);
  for (std::int64_t message = 1; message <= 11; ++message) Receive(Answer::delivered, message);
  Receive(Answer::bounced, 12);
  std::vector<std::string> ids;
  for (const ItemSummary& item : Must(operators->List({.state = {}, .kind = {}, .limit = 1, .known = {}}))) {
    ids.push_back(Format(item.id) + " " + std::string(item.state.name));
    EXPECT_NE(item.state, MailState::report);
  }
  EXPECT_THAT(ids, UnorderedElementsAre("R1 quarantined", "I1 held", "S1 bounced", "M12 bounced"));
}

TEST_F(OperatorListsTest, KnowsTheStatesThatThereAre) {
  const auto of_mails = StatesOf(ItemKind::mail);
  EXPECT_NE(std::find(of_mails.begin(), of_mails.end(), "quarantined"), of_mails.end());
  EXPECT_EQ(std::find(of_mails.begin(), of_mails.end(), "sealed"), of_mails.end());
  EXPECT_NE(std::find(of_mails.begin(), of_mails.end(), "stranded"), of_mails.end());
  const auto of_sets = StatesOf(ItemKind::set);
  EXPECT_EQ(std::find(of_sets.begin(), of_sets.end(), "stranded"), of_sets.end()) << "they go nowhere";
  const auto of_all = StatesOf({});
  EXPECT_NE(std::find(of_all.begin(), of_all.end(), "stranded"), of_all.end());
  EXPECT_EQ(std::find(of_all.begin(), of_all.end(), "nonsense"), of_all.end());
}

TEST_F(OperatorListsTest, FindsAStateOfSeveralKinds) {
  ReceiveDocuments();
  EXPECT_THAT(Must(operators->List({.state = "waiting", .kind = {}})), SizeIs(3));
}

TEST_F(OperatorListsTest, QuarantineHoldsDocuments) {
  ReceiveDocuments();
  EXPECT_FALSE(operators->ItemOf({ItemKind::document, 1}).value());
  Quarantine(1);
  EXPECT_EQ(operators->GetStatus().value().quarantined, 1);
  const auto items = operators->Items().value();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(Format(items[0].id), "N1");
  EXPECT_EQ(items[0].reason, "image-damaged");
  EXPECT_EQ(items[0].detail, "no end");
  EXPECT_EQ(items[0].partner, "b");
  EXPECT_EQ(items[0].since, At(300));
  EXPECT_EQ(items[0].size, 500u);
  EXPECT_THAT(items[0].spool_keys, ElementsAre("doc-a"));
  EXPECT_TRUE(operators->ItemOf({ItemKind::document, 1}).value());
}

TEST_F(OperatorListsTest, KeptDocumentsWaitForAPersonWhoMayTakeThem) {
  ReceiveDocuments();
  ASSERT_TRUE(ledger->documents.RecordKept(1, Corrupt("document-not-convertible", "of its type"), At(300)));
  ASSERT_EQ(operators->Items().value().size(), 1u);
  EXPECT_EQ(operators->GetStatus().value().quarantined, 1);
  EXPECT_EQ(operators->ItemOf({ItemKind::document, 1}).value().value().reason, "document-not-convertible");
  EXPECT_EQ(Must(operators->FinishDocument(1, At(310))).value(), "doc-a");
  EXPECT_FALSE(Must(operators->FinishDocument(1, At(311))));
  EXPECT_EQ(Count("documents_in", "filed"), 1);
  EXPECT_THAT(operators->Items().value(), testing::IsEmpty());
}

TEST_F(OperatorListsTest, KeptDocumentsMayBeReleasedOrDropped) {
  ReceiveDocuments();
  const Error why = Corrupt("document-not-convertible");
  ASSERT_TRUE(ledger->documents.RecordKept(1, why, At(300)));
  EXPECT_TRUE(operators->ReleaseDocument(1, {}, At(400), At(400)).value());
  ASSERT_TRUE(ledger->documents.RecordKept(1, why, At(401)));
  EXPECT_THAT(Must(operators->Drop({ItemKind::document, 1}, At(310))).value(), ElementsAre("doc-a"));
  EXPECT_FALSE(operators->HasDocument("doc-a").value());
  EXPECT_EQ(Count("documents_in", "dropped"), 1);
  EXPECT_FALSE(operators->ItemOf({ItemKind::document, 1}).value());
}

TEST_F(OperatorListsTest, ReleasedDocumentsAreFiledAgain) {
  ReceiveDocuments();
  EXPECT_FALSE(operators->ReleaseDocument(1, {}, At(400), At(400)).value());
  Quarantine(1);
  EXPECT_TRUE(operators->ReleaseDocument(1, {}, At(400), At(400)).value());
  EXPECT_FALSE(operators->ReleaseDocument(1, {}, At(400), At(400)).value());
  EXPECT_EQ(StateOf(ItemKind::document, 1), "waiting");
  const auto claimed = ledger->documents.Claim(9, At(400), kLease).value();
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].id, 1);
  EXPECT_EQ(claimed[0].tries, 0u);
}

TEST_F(OperatorListsTest, DroppedDocumentsLoseTheirFileOnce) {
  ReceiveDocuments();
  EXPECT_FALSE(operators->Drop({ItemKind::document, 1}, At(400)).value());
  Quarantine(1);
  EXPECT_TRUE(operators->HasDocument("doc-a").value());
  EXPECT_THAT(operators->Drop({ItemKind::document, 1}, At(400)).value().value(), ElementsAre("doc-a"));
  EXPECT_FALSE(operators->Drop({ItemKind::document, 1}, At(400)).value());
  EXPECT_FALSE(operators->HasDocument("doc-a").value());
  EXPECT_EQ(Count("documents_in", "dropped"), 1);
}

TEST_F(OperatorListsTest, WhatIsDroppedHoldsNoReceiptUp) {
  OpenedMail opened = MakeOpened(ledger->fetched_mails.Add(MakeMail(1)).value().mail, {MakeReceived("1", {})});
  opened.receipt = ReceiptRequest{};
  opened.receipt->message_id = "our@a.example";
  ASSERT_TRUE(ledger->opened_mails.Record(opened, At(100)));
  EXPECT_THAT(ledger->receipts.Claim("main", 9, At(200), kLease).value(), IsEmpty());
  ASSERT_TRUE(operators->Drop({ItemKind::instance, 1}, At(200)).value());
  const auto receipts = ledger->receipts.Claim("main", 9, At(200), kLease).value();
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_EQ(receipts[0].disposition, Disposition::deleted);
}

}  // namespace
}  // namespace gateway::ledger
