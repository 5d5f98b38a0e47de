#include "reports_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OutboundResendTest : public ReportsTest {
 protected:
  Decided<Resent> Resend(std::int64_t shipment, bool missing_only) {
    return ledger->shipments.Resend({ItemKind::shipment, shipment}, missing_only, At(100));
  }
};

TEST_F(OutboundResendTest, SendsAWholeShipmentAgain) {
  const std::int64_t shipment = SendOne(3);
  for (const std::int64_t message : {1, 2, 3}) Receive(Answer::delivered, message);
  EXPECT_EQ(Resend(shipment, false).value().messages, 3u);
  EXPECT_EQ(ShipmentState(shipment), "closed");
  EXPECT_EQ(Count("messages", "waiting"), 3);
  SealAll(ReceiptMode::mdn, At(100));
  SendAll(At(101));
  EXPECT_EQ(ShipmentState(shipment), "sent");
  // The new copies' receipts count, and so do the old ones'.
  Receive(Answer::delivered, 1, 1);
  Receive(Answer::delivered, 2, 0);
  EXPECT_EQ(Receive(Answer::delivered, 3, 1).shipment_state, ShipmentState::delivered);
}

TEST_F(OutboundResendTest, SendsOnlyWhatHasNoReceipt) {
  const std::int64_t shipment = SendOne(6);
  Receive(Answer::delivered, 1);
  Receive(Answer::warning, 2);
  Receive(Answer::refused, 3);
  Receive(Answer::bounced, 4);
  ASSERT_THAT(ledger->reports.RecordOverdue(At(61), 1, At(61)).value(), SizeIs(1));  // 5; and 6 is sent
  EXPECT_EQ(Resend(shipment, true).value().messages, 4u);
  EXPECT_EQ(MessageState(1) + MessageState(2), "deliveredwarning");
  EXPECT_EQ(Count("messages", "waiting"), 4);
  EXPECT_EQ(Resend(shipment, true).value().messages, 0u);
}

TEST_F(OutboundResendTest, SentIsEnoughWhereNoReceiptWasAsked) {
  const std::int64_t shipment = CloseOne(2);
  SealAll();
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
  ASSERT_TRUE(ledger->send_queue.RecordFailure(2, IdOf(2), Permanent("smtp-refused"), std::nullopt));
  const Resent resent = Resend(shipment, true).value();
  EXPECT_EQ(resent.messages, 1u);
  EXPECT_THAT(resent.message_keys, ElementsAre("eml-2"));
  EXPECT_EQ(MessageState(1) + MessageState(2), "sentwaiting");
  EXPECT_EQ(ShipmentState(shipment), "closed");
}

TEST_F(OutboundResendTest, WhatIsOnItsWayStaysAsItIs) {
  const std::int64_t shipment = CloseOne(2);
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(1, MakeSealed("eml")));
  EXPECT_EQ(Resend(shipment, false).value().messages, 0u);
  EXPECT_EQ(MessageState(1) + MessageState(2), "sealedwaiting");
  EXPECT_TRUE(operators->HasMessage("eml").value());
}

TEST_F(OutboundResendTest, SendsOneMessageAgain) {
  SendOne(2);
  Receive(Answer::delivered, 1);
  EXPECT_EQ(ledger->shipments.Resend({ItemKind::message, 1}, true, At(100)).value().messages, 0u);
  EXPECT_EQ(ledger->shipments.Resend({ItemKind::message, 1}, false, At(100)).value().messages, 1u);
  EXPECT_EQ(MessageState(1) + MessageState(2), "waitingsent");
}

TEST_F(OutboundResendTest, RefusesWhatIsNoShipment) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1"), {To("b")}));
  EXPECT_EQ(Resend(1, false).error().code, "not-closed");
  for (const ItemId id : {ItemId{ItemKind::shipment, 7}, {ItemKind::message, 7}, {ItemKind::instance, 1}}) {
    EXPECT_EQ(ledger->shipments.Resend(id, false, At(100)).error().code, "no-such-item") << Format(id);
  }
}

TEST_F(OutboundResendTest, ChangesNothingWhenAFileIsGone) {
  const std::int64_t shipment = SendOne(2);
  Receive(Answer::delivered, 2);
  ASSERT_THAT(ForgottenInstances(), ElementsAre("key-of-1.2.3.1"));
  const auto resent = Resend(shipment, false);
  EXPECT_EQ(resent.error().code, "files-gone");
  EXPECT_EQ(WhyNot(resent).why, WhyRefused::files_gone);
  EXPECT_EQ(MessageState(1) + MessageState(2), "sentdelivered");
  EXPECT_EQ(Resend(shipment, true).value().messages, 1u);
}

TEST_F(OutboundResendTest, ResentFilesAreNeededAgain) {
  const std::int64_t shipment = SendOne(1);
  Receive(Answer::delivered, 1);
  ASSERT_TRUE(Resend(shipment, false));
  EXPECT_THAT(ForgottenInstances(), IsEmpty());
  Receive(Answer::delivered, 1);
  EXPECT_THAT(ForgottenInstances(), SizeIs(1));
}

TEST_F(OutboundResendTest, APersonsResendRenewsTheLimit) {
  const std::int64_t shipment = SendOne(1);
  ASSERT_TRUE(Record(MakeReport(Answer::resend, IdOf(1)), At(70), 1).resent);
  SealAll(ReceiptMode::mdn, At(70));
  SendAll(At(71));
  ASSERT_TRUE(Record(MakeReport(Answer::resend, IdOf(1, 1)), At(72), 1).given_up);
  ASSERT_TRUE(Resend(shipment, true));
  SealAll(ReceiptMode::mdn, At(100));
  SendAll(At(101));
  EXPECT_TRUE(Record(MakeReport(Answer::resend, IdOf(1, 2)), At(102), 1).resent);
}

TEST_F(OutboundResendTest, ARefusalOfTheOldCopyDoesNotStopTheNewOne) {
  const std::int64_t shipment = SendOne(1);
  Receive(Answer::refused, 1);
  ASSERT_TRUE(Resend(shipment, true));
  EXPECT_FALSE(Receive(Answer::refused, 1).changed);
  SealAll(ReceiptMode::mdn, At(100));
  EXPECT_FALSE(Receive(Answer::refused, 1).changed);
  SendAll(At(101));
  EXPECT_FALSE(Receive(Answer::refused, 1).changed);
  EXPECT_TRUE(Receive(Answer::refused, 1, 1).changed);
}

}  // namespace
}  // namespace gateway::ledger
