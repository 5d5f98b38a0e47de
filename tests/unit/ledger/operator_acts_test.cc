// retry, cancel, hold, release: what a person decides of what is on its way.
#include "ledger/operator_acts.h"

#include "ledger/care/consistency.h"
#include "ledger/operator_requests.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const DestinationName kPartner{DestinationKind::partner, "b"};
const DestinationName kPacs{DestinationKind::pacs, "main"};

class ActsTest : public ReceptionTest {
 protected:
  ActsTest() : acts(*database) {}

  static ItemId M(std::int64_t number) { return {ItemKind::message, number}; }
  static ItemId S(std::int64_t number) { return {ItemKind::shipment, number}; }
  static ItemId D(std::int64_t number) { return {ItemKind::delivery, number}; }
  static ItemId A(std::int64_t number) { return {ItemKind::receipt, number}; }

  std::string State(ItemId id) { return std::string(StateOf(Must(operators->Show(id)).value()).name); }
  MessageDetails Message(std::int64_t id) { return std::get<MessageDetails>(Must(operators->Show(M(id))).value()); }
  void FailSending(std::int64_t message, std::optional<Time> next_try) {
    for (const MessageToSend& claimed : Must(ledger->send_queue.Claim("main", 99, At(60), Milliseconds(-1)))) {
      if (claimed.id != message) continue;
      ASSERT_TRUE(
          Must(ledger->send_queue.RecordFailure(message, claimed.sealed.message_id, Transient("x", "no"), next_try)));
    }
  }
  // A mail with one instance, which waits for its PACS.
  std::int64_t ReceiveOne() {
    return Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1." + std::to_string(opened.mail))}; })
        .instances.front()
        .instance;
  }
  // Nothing that a person did may leave the ledger at odds with itself.
  void TearDown() override {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(99'999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }

  OperatorActs acts;
};

TEST_F(ActsTest, RetrySendsAFailedMessageAsItWasSealed) {
  CloseOne(1);
  SealAll();
  FailSending(1, std::nullopt);
  ASSERT_EQ(State(S(1)), "failed");
  EXPECT_EQ(Must(acts.Retry(M(1), At(70))).items, 1u);
  const auto claimed = Must(ledger->send_queue.Claim("main", 9, At(70), kLease));
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].sealed.message_id, IdOf(1));
  EXPECT_EQ(claimed[0].tries, 0u);
  EXPECT_EQ(claimed[0].created, At(70));
  EXPECT_EQ(State(S(1)), "closed");
  EXPECT_TRUE(Message(1).attempts.last_error.IsEmpty());
}

TEST_F(ActsTest, RetrySealsWhatWasNeverSealed) {
  CloseOne(1);
  ASSERT_THAT(Must(ledger->seal_queue.Claim(9, At(50), kLease)), SizeIs(1));
  ASSERT_TRUE(Must(ledger->seal_queue.RecordFailure(1, Permanent("x"), std::nullopt)));
  EXPECT_EQ(Must(acts.Retry(S(1), At(70))).items, 1u);
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(70), kLease)), SizeIs(1));
}

TEST_F(ActsTest, RetryMakesADeferredMessageDueNow) {
  CloseOne(2);
  SealAll();
  FailSending(1, At(9000));
  FailSending(2, At(9000));
  EXPECT_EQ(Must(acts.RetryDestination({DestinationKind::partner, "c"}, At(70))).items, 0u);
  EXPECT_EQ(Must(acts.RetryDestination(kPartner, At(70))).items, 2u);
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(70), kLease)), SizeIs(2));
}

TEST_F(ActsTest, ARefusedRetrySaysWhatItFound) {
  CloseOne(1);
  SealAll();
  SendAll();
  const Decided<Acted> sent = acts.Retry(M(1), At(70));
  EXPECT_EQ(sent.error().code, "wrong-state");
  EXPECT_EQ(WhyNot(sent), (Refusal{.why = WhyRefused::wrong_state, .item = M(1), .state = MessageState::sent}));
  EXPECT_EQ(acts.Retry(M(7), At(70)).error().code, "no-such-item");
  EXPECT_EQ(acts.Retry({ItemKind::set, 1}, At(70)).error().code, "no-such-item");
}

TEST_F(ActsTest, RetryWakesTheDestination) {
  CloseOne(1);
  SealAll();
  EXPECT_THAT(Must(OperatorRequests(*database).WokenDestinations()), IsEmpty());
  ASSERT_TRUE(acts.Retry(M(1), At(70)));
  ASSERT_TRUE(acts.Retry(M(1), At(71)));
  const auto woken = Must(OperatorRequests(*database).WokenDestinations());
  ASSERT_THAT(woken, SizeIs(1));
  EXPECT_EQ(woken[0].destination, (DestinationName{DestinationKind::mailbox, "main"}));
  EXPECT_EQ(woken[0].times, 2);
}

TEST_F(ActsTest, ARetriedDeliveryIsAnsweredAnew) {
  const std::int64_t instance = ReceiveOne();
  Refuse({instance, InstanceOutcome::accepted});
  const auto first = ClaimReceipts();
  ASSERT_THAT(first, SizeIs(1));
  ASSERT_TRUE(ledger->receipts.RecordSent(first[0].id, "250", At(310)));
  EXPECT_EQ(first[0].disposition, Disposition::deleted);
  EXPECT_EQ(Must(acts.Retry(D(1), At(400))).items, 1u);
  EXPECT_THAT(ClaimReceipts(At(401)), IsEmpty());
  EXPECT_TRUE(Must(ledger->deliveries.RecordDelivered(1, 0, At(410))));
  const auto second = ClaimReceipts(At(420));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].disposition, Disposition::displayed);
  EXPECT_NE(second[0].request.message_id, first[0].request.message_id);
}

TEST_F(ActsTest, RetryAllTakesEveryKind) {
  CloseOne(1);
  SealAll();
  FailSending(1, std::nullopt);
  Refuse({ReceiveOne(), InstanceOutcome::accepted});
  ASSERT_TRUE(ledger->receipts.RecordFailure(1, Permanent("x"), std::nullopt));
  const std::int64_t mail = AddMail();
  ASSERT_TRUE(ledger->open_queue.RecordFailure(mail, Transient("x"), At(9000)));
  // Nobody would claim what goes to a name that the configuration does not have.
  EXPECT_EQ(Must(acts.RetryAll({{"a"}, {}, {"second"}}, At(390))).items, 0u);
  EXPECT_EQ(Must(operators->List({.kind = ItemKind::message})).at(0).state, KindState(MessageState::failed));
  // The receipt waits for its delivery again.
  EXPECT_EQ(Must(acts.RetryAll({{"a", "b"}, {"main"}, {"main"}}, At(400))).items, 3u);
  EXPECT_THAT(Must(ledger->open_queue.Claim(9, At(400), kLease)), SizeIs(1));
}

TEST_F(ActsTest, ACancelledShipmentIsNeverSent) {
  CloseOne(3);
  SealAll();
  ASSERT_TRUE(Must(ledger->send_queue.RecordFailure(1, IdOf(1), Transient("x"), std::nullopt)));
  const auto cancelled = Must(acts.Cancel(S(1), At(70)));
  EXPECT_EQ(cancelled.items, 3u);
  EXPECT_THAT(cancelled.message_keys, ElementsAre("eml-1", "eml-2", "eml-3"));
  EXPECT_EQ(State(S(1)), "cancelled");
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(9000), kLease)), IsEmpty());
  // Its files go as if it had been sent.
  EXPECT_THAT(Must(ledger->file_retention.ForgetSent(At(71), 9)).instances, SizeIs(3));
  EXPECT_EQ(WhyNot(acts.Cancel(S(1), At(72))),
            (Refusal{.why = WhyRefused::wrong_state, .item = S(1), .state = ShipmentState::cancelled}));
}

TEST_F(ActsTest, WhatWasSentStaysSent) {
  CloseOne(2);
  SealAll(ReceiptMode::mdn);
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
  EXPECT_EQ(Must(acts.Cancel(S(1), At(70))).items, 1u);
  EXPECT_EQ(State(M(1)), "sent");
  EXPECT_EQ(State(M(2)), "cancelled");
  EXPECT_EQ(State(S(1)), "cancelled");
  EXPECT_EQ(WhyNot(acts.Cancel(M(1), At(70))),
            (Refusal{.why = WhyRefused::wrong_state, .item = M(1), .state = MessageState::sent}));
  // One that a worker had in hand has left all the same.
  ASSERT_TRUE(ledger->send_queue.RecordSent(2, IdOf(2), "250", At(71)));
  EXPECT_EQ(State(M(2)), "sent");
  EXPECT_EQ(State(S(1)), "sent");
}

TEST_F(ActsTest, AnOpenShipmentIsCancelledWithAllItHas) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1", "1.9"), {To("b")}));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("2", "1.9"), {To("b")}));
  EXPECT_EQ(Must(acts.Cancel(S(1), At(70))).items, 2u);
  EXPECT_EQ(State(S(1)), "cancelled");
  EXPECT_EQ(Must(ledger->intake.AddInstance(MakeInstance("3", "1.9"), {To("b")})).shipments.front(), 2);
  // A person may change his mind.
  EXPECT_EQ(Must(ledger->shipments.Resend(S(1), false, At(80))).messages, 2u);
  EXPECT_EQ(State(S(1)), "closed");
}

TEST_F(ActsTest, ACancelledDeliveryIsRefused) {
  const std::int64_t instance = ReceiveOne();
  const auto cancelled = Must(acts.Cancel(D(1), At(150)));
  EXPECT_THAT(cancelled.instance_keys, SizeIs(1));
  EXPECT_EQ(State({ItemKind::instance, instance}), "dropped");
  EXPECT_THAT(Dispositions(), testing::Contains(testing::Pair(mail, "deleted")));
  EXPECT_EQ(acts.Cancel(D(1), At(151)).error().code, "wrong-state");
  // The PACS had it already.
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(160)));
  EXPECT_EQ(State({ItemKind::instance, instance}), "stored");
}

TEST_F(ActsTest, WhatIsHeldWaitsForItsRelease) {
  CloseOne(2);
  SealAll();
  EXPECT_EQ(Must(acts.Hold(M(1), At(60))).items, 1u);
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(61), Milliseconds(-1))), SizeIs(1));
  EXPECT_EQ(State(M(1)), "held");
  EXPECT_TRUE(Message(1).holds.value().item);
  EXPECT_FALSE(Message(1).holds->shipment || Message(1).holds->destination);
  EXPECT_EQ(WhyNot(acts.Hold(M(1), At(60))), (Refusal{.why = WhyRefused::held_already, .item = M(1)}));
  Reopen();
  EXPECT_EQ(Must(OperatorActs(*database).Release(M(1), At(5000))).items, 1u);
  const auto claimed = Must(ledger->send_queue.Claim("main", 9, At(5000), kLease));
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].created, At(5000));  // else a long hold would count as a long failure
  EXPECT_EQ(WhyNot(OperatorActs(*database).Release(M(1), At(5001))),
            (Refusal{.why = WhyRefused::not_held, .item = M(1), .state = MessageState::sealed}));
}

TEST_F(ActsTest, AHeldShipmentHoldsWhatIsSealedForItLater) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1", "1.9"), {To("b")}));
  ASSERT_TRUE(acts.Hold(S(1), At(50)));
  ASSERT_TRUE(Must(ledger->shipments.Close(1, {{1}}, At(60))));
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(61), kLease)), IsEmpty());
  EXPECT_TRUE(Message(1).holds.value().shipment);
  EXPECT_FALSE(Message(1).holds->item || Message(1).holds->destination);
  EXPECT_EQ(WhyNot(acts.Release(M(1), At(62))),
            (Refusal{.why = WhyRefused::held_by_another, .item = M(1), .holder = S(1)}));
  EXPECT_EQ(Must(acts.Release(S(1), At(63))).items, 1u);
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(64), kLease)), SizeIs(1));
}

TEST_F(ActsTest, AHeldPartnerGetsNothing) {
  CloseOne(2);
  ReceiveOne();
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(150)));
  EXPECT_EQ(Must(acts.HoldDestination(kPartner, At(160))).items, 3u);
  CloseOne(1, "1.2.4");
  ReceiveOne();
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(2, 0, At(161)));
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(170), kLease)), IsEmpty());
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
  EXPECT_THAT(Must(operators->GetStatus()).held_destinations, ElementsAre(kPartner));
  EXPECT_EQ(Count("messages", "held"), 3);
  EXPECT_EQ(Count("receipts", "held"), 2);
  EXPECT_EQ(Must(acts.ReleaseDestination(kPartner, At(400))).items, 5u);
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(400), kLease)), SizeIs(3));
  EXPECT_THAT(ClaimReceipts(At(401)), SizeIs(2));
  EXPECT_EQ(WhyNot(acts.ReleaseDestination(kPartner, At(402))),
            (Refusal{.why = WhyRefused::not_held, .destination = kPartner}));
}

TEST_F(ActsTest, AHeldPacsGetsNothing) {
  ReceiveOne();
  EXPECT_EQ(Must(acts.HoldDestination(kPacs, At(160))).items, 1u);
  ReceiveOne();
  EXPECT_THAT(Must(ledger->deliveries.Claim("main", 9, At(170), kLease)), IsEmpty());
  ASSERT_TRUE(acts.Hold(D(2), At(171)));
  EXPECT_EQ(Must(acts.ReleaseDestination(kPacs, At(180))).items, 1u);
  EXPECT_EQ(State(D(2)), "held");
  EXPECT_EQ(Must(acts.Release(D(2), At(190))).items, 1u);
  EXPECT_THAT(Must(ledger->deliveries.Claim("main", 9, At(190), kLease)), SizeIs(2));
}

TEST_F(ActsTest, HoldsOfManyItemsAreWhole) {
  CloseOne(450);
  EXPECT_EQ(Must(acts.HoldDestination(kPartner, At(60))).items, 450u);
  EXPECT_EQ(Count("messages", "held"), 450);
  EXPECT_EQ(Must(acts.ReleaseDestination(kPartner, At(61))).items, 450u);
  EXPECT_EQ(Count("messages", "waiting"), 450);
}

// A report that comes while its message is held counts as it would have before.
TEST_F(ActsTest, AReceiptEndsAHold) {
  CloseOne(1);
  SealAll(ReceiptMode::mdn);
  SendAll();
  ASSERT_TRUE(ledger->shipments.Resend(M(1), false, At(70)));
  ASSERT_TRUE(acts.Hold(M(1), At(71)));
  Report report;
  report.partner = "b";
  report.message_ids = {IdOf(1)};
  report.answer = Answer::refused;
  EXPECT_FALSE(Must(ledger->reports.Record(report, AddMail(), 3, At(72), At(72))).changed);
  report.answer = Answer::delivered;
  EXPECT_TRUE(Must(ledger->reports.Record(report, AddMail(), 3, At(73), At(73))).changed);
  EXPECT_EQ(State(S(1)), "delivered");
  EXPECT_EQ(acts.Release(M(1), At(74)).error().code, "wrong-state");
}

// Its receipt will not come, a person knows: the alarm ends, and the files go. A late answer counts
// all the same.
TEST_F(ActsTest, AnOverdueShipmentCanBeGivenUp) {
  CloseOne(2);
  SealAll(ReceiptMode::mdn);
  SendAll();
  ASSERT_THAT(Must(ledger->reports.RecordOverdue(At(9000), 9, At(9001))), SizeIs(1));
  EXPECT_EQ(Must(acts.Cancel(S(1), At(9002))).items, 2u);
  EXPECT_EQ(State(S(1)), "cancelled");
  EXPECT_THAT(Must(ledger->file_retention.ForgetSent(At(9003), 9)).instances, SizeIs(2));
  Report report;
  report.partner = "b";
  report.message_ids = {IdOf(1)};
  report.answer = Answer::delivered;
  EXPECT_TRUE(Must(ledger->reports.Record(report, AddMail(), 3, At(9004), At(9004))).changed);
  EXPECT_EQ(State(M(1)), "delivered");
  EXPECT_EQ(State(M(2)), "cancelled");
}

// What a worker has in hand stays its own: nobody else sends the same mail meanwhile.
TEST_F(ActsTest, AHoldAndAReleaseLeaveTheClaimOfWhatIsBeingSent) {
  CloseOne(1);
  SealAll();
  ASSERT_THAT(Must(ledger->send_queue.Claim("main", 9, At(60), kLease)), SizeIs(1));
  ASSERT_TRUE(acts.Hold(M(1), At(61)));
  ASSERT_TRUE(acts.Release(M(1), At(62)));
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(63), kLease)), IsEmpty());
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(64)));
  EXPECT_EQ(State(M(1)), "sent");
}

TEST_F(ActsTest, WhatFailsWhileItIsHeldStaysHeld) {
  CloseOne(2);
  SealAll();
  ASSERT_THAT(Must(ledger->send_queue.Claim("main", 9, At(60), kLease)), SizeIs(2));
  ASSERT_TRUE(acts.Hold(S(1), At(61)));
  EXPECT_TRUE(Must(ledger->send_queue.RecordFailure(1, IdOf(1), Permanent("x"), std::nullopt)));
  EXPECT_TRUE(Must(ledger->send_queue.RecordFailure(2, IdOf(2), Transient("x"), At(9000))));
  EXPECT_EQ(State(M(1)), "held");
  EXPECT_EQ(State(M(2)), "held");
  EXPECT_EQ(Must(acts.Release(S(1), At(70))).items, 2u);
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(71), kLease)), SizeIs(2));
}

TEST_F(ActsTest, WhatIsSealedWhileItIsHeldIsSentAfterItsRelease) {
  CloseOne(2);
  ASSERT_THAT(Must(ledger->seal_queue.Claim(9, At(50), kLease)), SizeIs(2));
  ASSERT_TRUE(acts.HoldDestination(kPartner, At(51)));
  EXPECT_TRUE(Must(ledger->seal_queue.RecordSealed(1, MakeSealed("1"))));
  EXPECT_FALSE(Must(ledger->seal_queue.RecordSealed(1, MakeSealed("2"))));
  EXPECT_TRUE(Must(ledger->seal_queue.RecordFailure(2, Transient("x"), At(9000))));
  EXPECT_FALSE(Must(ledger->seal_queue.RecordFailure(1, Transient("x"), At(9000))));
  EXPECT_EQ(Count("messages", "held"), 2);
  EXPECT_EQ(Must(acts.ReleaseDestination(kPartner, At(60))).items, 2u);
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(61), kLease)), SizeIs(1));
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(61), kLease)), SizeIs(1));
}

TEST_F(ActsTest, WhatIsPutOffOrGivenBackWhileItIsHeldIsDueAtItsRelease) {
  CloseOne(2);
  SealAll();
  const auto claimed = Must(ledger->send_queue.Claim("main", 9, At(60), kLease));
  ASSERT_THAT(claimed, SizeIs(2));
  ASSERT_TRUE(acts.Hold(S(1), At(61)));
  ASSERT_TRUE(ledger->send_queue.Defer(claimed[0], "main", At(9000), At(62)));
  ASSERT_TRUE(ledger->send_queue.Unclaim({2}));
  ASSERT_TRUE(acts.Release(S(1), At(63)));
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(64), kLease)), SizeIs(2));
}

TEST_F(ActsTest, AStartVoidsTheClaimOfWhatIsHeld) {
  CloseOne(1);
  SealAll();
  ASSERT_THAT(Must(ledger->send_queue.Claim("main", 9, At(60), kLease)), SizeIs(1));
  ASSERT_TRUE(acts.Hold(M(1), At(61)));
  ASSERT_TRUE(ledger->claims.UnclaimOutbound());
  ASSERT_TRUE(acts.Release(M(1), At(62)));
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(63), kLease)), SizeIs(1));
}

TEST_F(ActsTest, ADeliveryInHandIsNotStoredByAnotherAfterARelease) {
  ReceiveOne();
  ASSERT_THAT(Must(ledger->deliveries.Claim("main", 9, At(150), kLease)), SizeIs(1));
  ASSERT_TRUE(acts.HoldDestination(kPacs, At(151)));
  ASSERT_TRUE(acts.ReleaseDestination(kPacs, At(152)));
  EXPECT_THAT(Must(ledger->deliveries.Claim("main", 9, At(153), kLease)), IsEmpty());
  ASSERT_TRUE(acts.Hold(D(1), At(154)));
  // It is not lost yet, and nobody is told that it is.
  EXPECT_FALSE(Must(ledger->deliveries.RecordFailure(1, Permanent("x"), std::nullopt, At(155))));
  EXPECT_EQ(State(D(1)), "held");
  ASSERT_TRUE(acts.Release(D(1), At(156)));
  EXPECT_THAT(Must(ledger->deliveries.Claim("main", 9, At(157), kLease)), SizeIs(1));
}

TEST_F(ActsTest, AReceiptInHandIsNotSentByAnotherAfterARelease) {
  ReceiveOne();
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(150)));
  ASSERT_THAT(ClaimReceipts(At(160)), SizeIs(1));
  ASSERT_TRUE(acts.HoldDestination(kPartner, At(161)));
  ASSERT_TRUE(acts.ReleaseDestination(kPartner, At(162)));
  EXPECT_THAT(ClaimReceipts(At(163)), IsEmpty());
  ASSERT_TRUE(acts.HoldDestination(kPartner, At(164)));
  ASSERT_TRUE(ledger->receipts.RecordFailure(1, Permanent("x"), std::nullopt));
  EXPECT_EQ(State(A(1)), "held");
  ASSERT_TRUE(acts.ReleaseDestination(kPartner, At(165)));
  EXPECT_THAT(ClaimReceipts(At(166)), SizeIs(1));
}

}  // namespace
}  // namespace gateway::ledger
