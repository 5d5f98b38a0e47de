// Files sent by hand.
#include "reports_fixture.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OutboundSendTest : public ReportsTest {
 protected:
  static NewDocument MakeDocument(const std::string& name) {
    return {"application/pdf", name, "1.2.3", "key-of-" + name, 500, "hash-of-" + name};
  }
  // An instance, a document, an instance.
  static NewShipment MakeShipment() {
    NewShipment shipment;
    shipment.partner = "b";
    shipment.mailbox = "main";
    shipment.rule = "send";
    shipment.priority = Priority::emergency;
    shipment.set_id = "by-hand";
    shipment.study_id = "1.2.3";
    shipment.files = {{MakeInstance("1"), {}}, {{}, MakeDocument("a.pdf")}, {MakeInstance("2"), {}}};
    shipment.created = At(30);
    return shipment;
  }
};

TEST_F(OutboundSendTest, MakesOneMessageAFileInOrder) {
  const std::int64_t shipment = ledger->intake.AddShipment(MakeShipment()).value();
  EXPECT_EQ(ShipmentState(shipment), "closed");
  const auto messages = ledger->seal_queue.Claim(10, At(50), kLease).value();
  ASSERT_THAT(messages, SizeIs(3));
  std::vector<std::string> keys;
  for (const MessageToSeal& message : messages) {
    ASSERT_THAT(message.items, SizeIs(1));
    keys.push_back(message.items[0].spool_key);
    EXPECT_EQ(message.shipment, shipment);
    EXPECT_EQ(message.set.id, "by-hand");
    EXPECT_EQ(message.set.part, keys.size());
    EXPECT_EQ(message.set.total, 3u);
    EXPECT_EQ(message.study_id, "1.2.3");
    EXPECT_EQ(message.created, At(30));
  }
  EXPECT_THAT(keys, ElementsAre("key-of-1", "key-of-a.pdf", "key-of-2"));
}

TEST_F(OutboundSendTest, TellsDocumentsFromInstances) {
  ASSERT_TRUE(ledger->intake.AddShipment(MakeShipment()));
  const auto messages = ledger->seal_queue.Claim(10, At(50), kLease).value();
  const MessageToSeal::Item& instance = messages.at(0).items.at(0);
  EXPECT_FALSE(instance.document);
  EXPECT_EQ(instance.instance, 1);
  EXPECT_EQ(instance.content_type, "application/dicom");
  const MessageToSeal::Item& document = messages.at(1).items.at(0);
  EXPECT_TRUE(document.document);
  EXPECT_EQ(document.instance, 0);
  EXPECT_EQ(document.content_type, "application/pdf");
  EXPECT_EQ(document.name, "a.pdf");
}

TEST_F(OutboundSendTest, StudiesFromThePacsHaveTheirUidForStudyId) {
  CloseOne(1, "1.2.77");
  EXPECT_EQ(ledger->seal_queue.Claim(1, At(50), kLease).value().at(0).study_id, "1.2.77");
}

TEST_F(OutboundSendTest, CountsItsDocuments) {
  ASSERT_TRUE(ledger->intake.AddShipment(MakeShipment()));
  EXPECT_EQ(Count("documents_out", "routed"), 1);
  EXPECT_EQ(Count("instances_out", "routed"), 2);
  const auto about = std::get<ShipmentSummary>(operators->List({}).value().at(0).about);
  EXPECT_EQ(about.instances, 2);
  EXPECT_EQ(about.documents, 1);
  EXPECT_EQ(about.messages.total, 3);
  EXPECT_EQ(about.messages.sent, 0);
  EXPECT_TRUE(operators->HasDocument("key-of-a.pdf").value());
  EXPECT_FALSE(operators->HasDocument("key-of-1").value());
}

TEST_F(OutboundSendTest, RefusesWhatIsNoFile) {
  NewShipment shipment = MakeShipment();
  shipment.files.clear();
  EXPECT_EQ(ledger->intake.AddShipment(shipment).error().code, "ledger-error");
  shipment.files = {{}};
  EXPECT_EQ(ledger->intake.AddShipment(shipment).error().code, "ledger-error");
  EXPECT_EQ(Count("shipments", "closed"), 0);
}

TEST_F(OutboundSendTest, ForgetsBothKindsOfFilesWithTheirReceipts) {
  ASSERT_TRUE(ledger->intake.AddShipment(MakeShipment()));
  SealAll(ReceiptMode::mdn);
  SendAll();
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(9000), 10).value().documents, IsEmpty());
  Receive(Answer::delivered, 1);
  Receive(Answer::delivered, 2);
  const auto forgotten = ledger->file_retention.ForgetSent(At(71), 10).value();
  EXPECT_THAT(forgotten.instances, ElementsAre("key-of-1"));
  EXPECT_THAT(forgotten.documents, ElementsAre("key-of-a.pdf"));
  EXPECT_FALSE(operators->HasDocument("key-of-a.pdf").value());
  EXPECT_EQ(ledger->shipments.Resend({ItemKind::message, 2}, false, At(80)).error().code, "files-gone");
}

TEST_F(OutboundSendTest, ForgetsAtMostTheLimit) {
  ASSERT_TRUE(ledger->intake.AddShipment(MakeShipment()));
  SealAll();
  SendAll();
  const auto first = ledger->file_retention.ForgetSent(At(71), 2).value();
  EXPECT_EQ(first.instances.size() + first.documents.size(), 2u);
  const auto second = ledger->file_retention.ForgetSent(At(71), 2).value();
  EXPECT_EQ(second.instances.size() + second.documents.size(), 1u);
}

TEST_F(OutboundSendTest, DocumentsAreNeededAgainWhenResent) {
  const std::int64_t shipment = ledger->intake.AddShipment(MakeShipment()).value();
  SealAll();
  SendAll();
  ASSERT_EQ(ledger->shipments.Resend({ItemKind::shipment, shipment}, false, At(80)).value().messages, 3u);
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(9000), 10).value().documents, IsEmpty());
  EXPECT_THAT(ledger->seal_queue.Claim(10, At(80), kLease).value(), SizeIs(3));
}

}  // namespace
}  // namespace gateway::ledger
