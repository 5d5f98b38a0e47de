// `show` of shipments and received sets, and of what belongs to them.
#include "cli/show_text.h"
#include "unit/ledger/reports_fixture.h"

namespace gateway::ledger {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

class WhereIsThisStudyTest : public ReportsTest {
 protected:
  cli::Record Show(ItemKind kind, std::int64_t number) {
    return cli::RecordOf(operators->Show({kind, number}).value().value());
  }
  // Part `part` of a set of `total`.
  RecordedMail Receive(std::uint32_t part, std::uint32_t total, std::vector<NewReceivedInstance> instances,
                       std::vector<NewDocument> documents = {}) {
    OpenedMail opened = MakeOpened(ledger->fetched_mails.Add(MakeMail(++uid_)).value().mail, std::move(instances));
    opened.facts.set = TelemedicineSet{"their-set", part, total};
    opened.facts.message_id = std::to_string(uid_) + "@b.example";
    opened.documents = std::move(documents);
    opened.document_deadline = At(200);
    opened.receipt = ReceiptRequest{};
    opened.receipt->original_message_id = opened.facts.message_id;
    opened.receipt->message_id = "our-" + std::to_string(uid_) + "@a.example";
    return ledger->opened_mails.Record(opened, At(100)).value();
  }
  static NewDocument MakeDocument() { return {"application/pdf", "Doe^John.pdf", "1.2.3", "doc-key", 500, "doc-hash"}; }
};

TEST_F(WhereIsThisStudyTest, AShipmentTellsHowFarItsFilesAre) {
  const std::int64_t shipment = CloseOne(5);
  SealAll(ReceiptMode::mdn);
  for (const std::int64_t message : {1, 2, 3})
    ASSERT_TRUE(ledger->send_queue.RecordSent(message, IdOf(message), "250", At(60)));
  Record(MakeReport(Answer::delivered, IdOf(1)));
  Record(MakeReport(Answer::refused, IdOf(2)));
  Record(MakeReport(Answer::warning, IdOf(3)));
  const auto fields = Show(ItemKind::shipment, shipment).fields;
  EXPECT_THAT(fields, Contains(Pair("files_received", "5")));
  EXPECT_THAT(fields, Contains(Pair("files_mailed", "3")));
  EXPECT_THAT(fields, Contains(Pair("files_receipted", "3")));
  EXPECT_THAT(fields, Contains(Pair("files_stored", "2")));
  EXPECT_THAT(fields, Contains(Pair("missing_parts", "2, 4-5")));
}

TEST_F(WhereIsThisStudyTest, FilesAreCountedNotMessages) {
  const auto added = ledger->intake.AddInstance(MakeInstance("1"), {To("b")}).value();
  const auto other = ledger->intake.AddInstance(MakeInstance("2"), {To("b")}).value();
  ASSERT_TRUE(ledger->shipments.Close(added.shipments[0], {{added.instance, other.instance}}, At(1)).value());
  SealAll();
  SendAll();
  const auto fields = Show(ItemKind::shipment, added.shipments[0]).fields;
  EXPECT_THAT(fields, Contains(Pair("messages_sent", "1")));
  EXPECT_THAT(fields, Contains(Pair("files_mailed", "2")));
  // No receipt was asked for: sent is the end.
  EXPECT_THAT(fields, Not(Contains(Key("missing_parts"))));
}

TEST_F(WhereIsThisStudyTest, AMessageTellsItsAnswer) {
  SendOne(1, ReceiptMode::pgp);
  Record(MakeReport(Answer::resend, IdOf(1)));
  const auto fields = Show(ItemKind::message, 1).fields;
  EXPECT_THAT(fields, Contains(Pair("receipt_asked", "pgp")));
  EXPECT_THAT(fields, Contains(Pair("answer", "words of b")));
  EXPECT_THAT(fields, Contains(Pair("answered", "2023-11-14T22:14:30.000Z")));
  EXPECT_THAT(fields, Contains(Pair("resends", "1")));
  EXPECT_THAT(fields, Contains(Pair("error", "message-resent: words of b")));
}

TEST_F(WhereIsThisStudyTest, ASetShowsItsGaps) {
  Receive(2, 6, {MakeReceived("2")});
  Receive(5, 6, {MakeReceived("5")});
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(110)));
  const auto set = Show(ItemKind::set, 1);
  EXPECT_THAT(set.fields, Contains(Pair("set_id", "their-set")));
  EXPECT_THAT(set.fields, Contains(Pair("parts_received", "2 of 6")));
  EXPECT_THAT(set.fields, Contains(Pair("parts_stored", "1 of 6")));
  EXPECT_THAT(set.fields, Contains(Pair("missing_parts", "1, 3-4, 6")));
  EXPECT_THAT(set.fields, Contains(Pair("instances_accepted", "1")));
  EXPECT_THAT(set.fields, Contains(Pair("instances_stored", "1")));
  ASSERT_THAT(set.children, SizeIs(2));
  EXPECT_EQ(set.children[1].title, "part 5");
  EXPECT_THAT(set.children[1].fields, Contains(Pair("mail", "R2")));
}

TEST_F(WhereIsThisStudyTest, APartIsStoredWithAllThatIsInIt) {
  Receive(1, 3, {MakeReceived("1")}, {MakeDocument()});
  Receive(2, 3, {MakeReceived("1")});  // came before
  EXPECT_THAT(Show(ItemKind::set, 1).fields, Contains(Pair("parts_stored", "0 of 3")));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(110)));
  EXPECT_THAT(Show(ItemKind::set, 1).fields, Contains(Pair("parts_stored", "1 of 3")));
  ASSERT_TRUE(ledger->documents.RecordFiled(1, At(120)));
  EXPECT_THAT(Show(ItemKind::set, 1).fields, Contains(Pair("parts_stored", "2 of 3")));
}

TEST_F(WhereIsThisStudyTest, AMailShowsWhatCameWithIt) {
  Receive(1, 2, {MakeReceived("1")});
  Receive(2, 2, {MakeReceived("1")}, {MakeDocument()});
  const auto mail = Show(ItemKind::mail, 2);
  EXPECT_THAT(mail.fields, Contains(Pair("received_set", "T1")));
  EXPECT_THAT(mail.fields, Contains(Pair("duplicates", "I1")));
  EXPECT_THAT(mail.fields, Contains(Pair("receipt", "A2")));
  ASSERT_THAT(mail.children, SizeIs(1));
  EXPECT_EQ(mail.children[0].title, "document N1");
}

TEST_F(WhereIsThisStudyTest, ADocumentHidesItsNameAndStudy) {
  Receive(1, 2, {MakeReceived("1")}, {MakeDocument()});
  const auto document = Show(ItemKind::document, 1);
  EXPECT_THAT(document.fields, Contains(Pair("content_type", "application/pdf")));
  EXPECT_THAT(document.fields, Contains(Pair("mail", "R1")));
  EXPECT_THAT(document.fields, Contains(Pair("waits_until", "2023-11-14T22:16:40.000Z")));
  for (const auto& [name, value] : document.fields) {
    EXPECT_EQ(value.find("Doe"), std::string::npos) << name;
    EXPECT_NE(value, "1.2.3") << name;
  }
}

TEST_F(WhereIsThisStudyTest, AConvertedDocumentAndItsInstanceShowEachOther) {
  Receive(1, 2, {MakeReceived("1")}, {MakeDocument()});
  const auto made = ledger->documents.RecordConverted(1, MakeReceived("made"), At(120)).value();
  const auto document = Show(ItemKind::document, 1);
  EXPECT_THAT(document.fields, Contains(Pair("state", "converted")));
  EXPECT_THAT(document.fields, Contains(Pair("instance", Format(ItemKind::instance, made.instance))));
  EXPECT_THAT(Show(ItemKind::instance, made.instance).fields, Contains(Pair("document", "N1")));
  EXPECT_THAT(Show(ItemKind::instance, 1).fields, Not(Contains(Key("document"))));
}

TEST_F(WhereIsThisStudyTest, AReceiptTellsWhatItSays) {
  Receive(1, 2, {MakeReceived("1")});
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0xB000, At(110)));
  ASSERT_THAT(ledger->receipts.Claim("main", 9, At(120), kLease).value(), SizeIs(1));
  ASSERT_TRUE(ledger->receipts.RecordSent(1, "250 ok", At(121)));
  const auto fields = Show(ItemKind::receipt, 1).fields;
  EXPECT_THAT(fields, Contains(Pair("state", "sent")));
  EXPECT_THAT(fields, Contains(Pair("mail", "R1")));
  EXPECT_THAT(fields, Contains(Pair("disposition", "displayed/warning")));
  EXPECT_THAT(fields, Contains(Pair("original_message_id", "1001@b.example")));
  EXPECT_THAT(fields, Contains(Pair("set", "their-set, part 1 of 2")));
  EXPECT_THAT(fields, Contains(Pair("reply", "250 ok")));
}

TEST_F(WhereIsThisStudyTest, FindsAStudysShipmentsAndSetsNewestFirst) {
  CloseOne(1);
  CloseOne(1, "1.9");
  Receive(1, 1, {MakeReceived("1")});
  const auto late = ledger->intake.AddInstance(MakeInstance("late", "1.2.3", At(500)), {To("b")}).value();
  std::vector<std::string> ids;
  for (const ItemId id : Must(operators->ItemsOfStudy("1.2.3"))) ids.push_back(Format(id));
  EXPECT_THAT(ids, ElementsAre(Format(ItemKind::shipment, late.shipments[0]), "T1", "S1"));
  EXPECT_THAT(operators->ItemsOfStudy("1.2").value(), IsEmpty());
  EXPECT_THAT(operators->ItemsOfStudy("").value(), IsEmpty());
}

}  // namespace
}  // namespace gateway::ledger
