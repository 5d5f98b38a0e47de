#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ShipmentsTest : public LedgerTest {};

TEST_F(ShipmentsTest, CollectsAStudyInOneShipment) {
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b")}).value();
  const auto second = ledger->intake.AddInstance(MakeInstance("2", "1.2.3", At(5)), {To("b")}).value();
  EXPECT_EQ(first.shipments, second.shipments);
  EXPECT_THAT(ledger->shipments.Quiet(At(4), 10).value(), IsEmpty());
  const auto quiet = ledger->shipments.Quiet(At(5), 10).value();
  ASSERT_THAT(quiet, SizeIs(1));
  EXPECT_EQ(quiet[0].partner, "b");
  ASSERT_THAT(quiet[0].items, SizeIs(2));
  EXPECT_EQ(quiet[0].items[0].instance, first.instance);
  EXPECT_EQ(quiet[0].items[1].instance, second.instance);
  EXPECT_EQ(quiet[0].items[1].size, 1000u);
  EXPECT_EQ(ledger->shipments.OldestOpen().value(), At(5));
}

TEST_F(ShipmentsTest, KeepsStudiesPartnersAndRulesApart) {
  Assignment other_rule = To("b");
  other_rule.rule = "other";
  const auto added = ledger->intake.AddInstance(MakeInstance("1"), {To("b"), To("c"), other_rule}).value();
  const auto other_study = ledger->intake.AddInstance(MakeInstance("2", "1.2.4"), {To("b")}).value();
  EXPECT_THAT(added.shipments, SizeIs(3));
  EXPECT_EQ(Count("shipments", "open"), 4);
  EXPECT_EQ(std::count(added.shipments.begin(), added.shipments.end(), other_study.shipments[0]), 0);
}

TEST_F(ShipmentsTest, LearnWhileTheyAreOpenThatTheirRuleChangesInstances) {
  Assignment changing = To("b");
  changing.changes = true;
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b")}).value();
  const auto second = ledger->intake.AddInstance(MakeInstance("2"), {changing}).value();
  const auto third = ledger->intake.AddInstance(MakeInstance("3"), {To("b")}).value();
  const std::int64_t shipment = first.shipments.at(0);
  ASSERT_THAT(second.shipments, ElementsAre(shipment));
  ASSERT_THAT(third.shipments, ElementsAre(shipment));
  const auto plain = ledger->intake.AddInstance(MakeInstance("4", "1.2.4"), {To("b")}).value();
  ASSERT_TRUE(ledger->shipments.Close(shipment, {{first.instance, second.instance, third.instance}}, At(9)).value());
  ASSERT_TRUE(ledger->shipments.Close(plain.shipments.at(0), {{plain.instance}}, At(9)).value());
  const auto claimed = Must(ledger->seal_queue.Claim(9, At(9), kLease));
  ASSERT_THAT(claimed, SizeIs(2));
  for (const MessageToSeal& message : claimed) EXPECT_EQ(message.changes, message.shipment == shipment);
}

TEST_F(ShipmentsTest, HoldsTheSameInstanceOnceInAShipment) {
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b")}).value();
  NewInstance again = MakeInstance("1", "1.2.3", At(9));
  again.spool_key = "second-file";
  const auto second = ledger->intake.AddInstance(again, {To("b")}).value();
  EXPECT_EQ(first.shipments, second.shipments);
  EXPECT_THAT(ledger->shipments.Quiet(At(9), 10).value()[0].items, SizeIs(1));
  // Its file has nobody to wait for.
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(10), 10).value().instances, ElementsAre("second-file"));
}

TEST_F(ShipmentsTest, KeepsBothVersionsOfAChangedInstance) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1"), {To("b")}));
  NewInstance changed = MakeInstance("1");
  changed.header.dataset_sha256 = "another";
  ASSERT_TRUE(ledger->intake.AddInstance(changed, {To("b")}));
  EXPECT_THAT(ledger->shipments.Quiet(At(9), 10).value()[0].items, SizeIs(2));
}

TEST_F(ShipmentsTest, OpensANewShipmentAfterOneClosed) {
  const std::int64_t closed = CloseOne(1);
  const auto late = ledger->intake.AddInstance(MakeInstance("late"), {To("b")}).value();
  EXPECT_NE(late.shipments[0], closed);
  EXPECT_EQ(Count("shipments", "open"), 1);
  EXPECT_EQ(Count("shipments", "closed"), 1);
}

TEST_F(ShipmentsTest, ClosesOnlyAroundExactlyItsInstances) {
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b")}).value();
  const auto second = ledger->intake.AddInstance(MakeInstance("2"), {To("b")}).value();
  const std::int64_t shipment = first.shipments[0];
  EXPECT_FALSE(ledger->shipments.Close(shipment, {{first.instance}}, At(1)).value());
  EXPECT_FALSE(ledger->shipments.Close(shipment, {{first.instance}, {first.instance}}, At(1)).value());
  EXPECT_EQ(Count("messages", "waiting"), 0);
  EXPECT_TRUE(ledger->shipments.Close(shipment, {{second.instance}, {first.instance}}, At(1)).value());
  EXPECT_FALSE(ledger->shipments.Close(shipment, {{second.instance}, {first.instance}}, At(1)).value());
  EXPECT_EQ(Count("messages", "waiting"), 2);
}

TEST_F(ShipmentsTest, GivesMessagesTheirPartOfTheSet) {
  const std::int64_t shipment = CloseOne(3);
  const auto messages = ledger->seal_queue.Claim(10, At(50), kLease).value();
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[1].shipment, shipment);
  EXPECT_EQ(messages[1].set.id, "set-of-b");
  EXPECT_EQ(messages[1].set.part, 2u);
  EXPECT_EQ(messages[1].set.total, 3u);
  EXPECT_EQ(messages[1].created, At(40));
  ASSERT_THAT(messages[1].items, SizeIs(1));
  EXPECT_EQ(messages[1].items[0].spool_key, "key-of-1.2.3.1");
}

TEST_F(ShipmentsTest, ReleasesAnInstanceAtOnceWhenTheRuleSaysSo) {
  const auto added = ledger->intake.AddInstance(MakeInstance("1"), {To("b", Bundling::instance)}).value();
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("2"), {To("b", Bundling::instance)}));
  const auto messages = ledger->seal_queue.Claim(10, At(1), kLease).value();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].shipment, added.shipments[0]);
  EXPECT_NE(messages[1].shipment, added.shipments[0]);
  EXPECT_EQ(messages[0].set.part, 1u);
  EXPECT_EQ(messages[0].set.total, 1u);
}

TEST_F(ShipmentsTest, AStudyThatIsNeverQuietIsClosedByItsAge) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1", "1.2.3", At(1)), {To("b")}));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("2", "1.2.3", At(100)), {To("b")}));
  EXPECT_THAT(ledger->shipments.Quiet(At(99), 10, At(0)).value(), IsEmpty());
  const auto old = ledger->shipments.Quiet(At(99), 10, At(1)).value();
  ASSERT_THAT(old, SizeIs(1));
  EXPECT_TRUE(old[0].never_quiet);
  EXPECT_FALSE(ledger->shipments.Quiet(At(100), 10, At(1)).value()[0].never_quiet);
}

TEST_F(ShipmentsTest, WhatComesWhileAShipmentIsClosedOpensASupplementaryOne) {
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b")}).value();
  const auto second = ledger->intake.AddInstance(MakeInstance("2"), {To("b")}).value();
  const auto third = ledger->intake.AddInstance(MakeInstance("3"), {To("b")}).value();
  const std::int64_t shipment = first.shipments[0];
  EXPECT_FALSE(ledger->shipments.Close(shipment, {{first.instance}}, At(5)).value());
  EXPECT_TRUE(ledger->shipments.Close(shipment, {{first.instance}}, At(5), "rest").value());
  EXPECT_EQ(Count("shipments", "closed"), 1);
  EXPECT_EQ(Count("shipments", "open"), 1);
  const auto rest = ledger->shipments.Quiet(At(5), 10).value();
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_NE(rest[0].id, shipment);
  ASSERT_THAT(rest[0].items, SizeIs(2));
  EXPECT_EQ(rest[0].items[0].instance, second.instance);
  EXPECT_EQ(rest[0].items[1].instance, third.instance);
  const auto fourth = ledger->intake.AddInstance(MakeInstance("4"), {To("b")}).value();
  EXPECT_THAT(fourth.shipments, ElementsAre(rest[0].id));
  EXPECT_TRUE(ledger->shipments.Close(rest[0].id, {{second.instance, third.instance, fourth.instance}}, At(6)).value());
}

TEST_F(ShipmentsTest, HoldsWhatHasNoRouteUntilItIsAssigned) {
  const auto added = ledger->intake.AddInstance(MakeInstance("1"), {}).value();
  EXPECT_THAT(added.shipments, IsEmpty());
  EXPECT_EQ(Count("instances_out", "held"), 1);
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(1000), 10).value().instances, IsEmpty());
  EXPECT_TRUE(ledger->intake.AssignHeld(added.instance, {To("b")}, At(9)).value());
  EXPECT_FALSE(ledger->intake.AssignHeld(added.instance, {To("b")}, At(9)).value());
  EXPECT_EQ(Count("instances_out", "routed"), 1);
  EXPECT_EQ(ledger->shipments.OldestOpen().value(), At(9));
}

TEST_F(ShipmentsTest, ClaimsByPriorityThenAge) {
  CloseOne(1, "1.1", Priority::bulk);
  CloseOne(1, "1.2", Priority::normal);
  CloseOne(1, "1.3", Priority::emergency);
  CloseOne(1, "1.4", Priority::emergency);
  std::vector<std::string> keys;
  for (const auto& message : Must(ledger->seal_queue.Claim(3, At(50), kLease))) {
    keys.push_back(message.items[0].spool_key);
  }
  EXPECT_THAT(keys, ElementsAre("key-of-1.3.0", "key-of-1.4.0", "key-of-1.2.0"));
}

TEST_F(ShipmentsTest, LeasesRunOut) {
  CloseOne(1);
  EXPECT_THAT(ledger->seal_queue.Claim(10, At(50), kLease).value(), SizeIs(1));
  EXPECT_THAT(ledger->seal_queue.Claim(10, At(110), kLease).value(), IsEmpty());
  EXPECT_THAT(ledger->seal_queue.Claim(10, At(111), kLease).value(), SizeIs(1));
}

TEST_F(ShipmentsTest, ClaimsAreGivenBack) {
  CloseOne(2);
  const auto claimed = ledger->seal_queue.Claim(10, At(50), kLease).value();
  ASSERT_TRUE(ledger->send_queue.Unclaim({claimed[0].id}));
  EXPECT_THAT(ledger->seal_queue.Claim(10, At(50), kLease).value(), SizeIs(1));
  ASSERT_TRUE(ledger->claims.UnclaimOutbound());
  const auto again = ledger->seal_queue.Claim(10, At(50), kLease).value();
  ASSERT_THAT(again, SizeIs(2));
  EXPECT_EQ(again[0].tries, 0u);
}

TEST_F(ShipmentsTest, SealedMessagesGoToTheirMailbox) {
  CloseOne(1);
  SealAll();
  EXPECT_THAT(ledger->send_queue.Claim("other", 10, At(60), kLease).value(), IsEmpty());
  const auto messages = ledger->send_queue.Claim("main", 10, At(60), kLease).value();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].partner, "b");
  EXPECT_EQ(messages[0].sealed.message_id, messages[0].sealed.spool_key + "@a.example");
  EXPECT_EQ(messages[0].sealed.size, 900u);
  EXPECT_EQ(messages[0].sealed.date, At(50));
  EXPECT_EQ(messages[0].sealed.partial_id, "");
  EXPECT_THAT(messages[0].sealed.fragments, IsEmpty());
  EXPECT_THAT(ledger->send_queue.Claim("main", 10, At(60), kLease).value(), IsEmpty());
}

TEST_F(ShipmentsTest, FirstOfTwoSealedFilesCounts) {
  CloseOne(1);
  SealAll();
  const auto message = ledger->send_queue.Claim("main", 1, At(60), kLease).value()[0];
  EXPECT_FALSE(ledger->seal_queue.RecordSealed(message.id, MakeSealed("late")).value());
  EXPECT_TRUE(operators->HasMessage(message.sealed.spool_key).value());
  EXPECT_FALSE(operators->HasMessage("late").value());
}

TEST_F(ShipmentsTest, SentFragmentsAreNotSentAgain) {
  CloseOne(1);
  const std::int64_t id = ledger->seal_queue.Claim(1, At(50), kLease).value()[0].id;
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(id, MakeSealed("eml", 3)));
  ASSERT_TRUE(ledger->send_queue.RecordFragmentSent(id, "eml.2@a.example", "250 ok", At(61)));
  ASSERT_TRUE(ledger->send_queue.RecordFragmentSent(id, "eml.2@a.example", "250 ok", At(62)));
  const auto message = ledger->send_queue.Claim("main", 1, At(63), kLease).value()[0];
  ASSERT_THAT(message.sealed.fragments, SizeIs(2));
  EXPECT_EQ(message.sealed.fragments[0].number, 1u);
  EXPECT_EQ(message.sealed.fragments[1].number, 3u);
  EXPECT_EQ(message.sealed.fragments[1].total, 3u);
  EXPECT_EQ(message.sealed.fragments[1].range.offset, 600u);
  EXPECT_EQ(message.sealed.fragments[1].message_id, "eml.3@a.example");
}

TEST_F(ShipmentsTest, ShipmentIsSentWithItsLastMessage) {
  CloseOne(2);
  SealAll();
  const auto messages = ledger->send_queue.Claim("main", 10, At(60), kLease).value();
  EXPECT_FALSE(ledger->send_queue.RecordSent(messages[1].id, messages[1].sealed.message_id, "250 ok", At(61)).value());
  EXPECT_EQ(Count("shipments", "closed"), 1);
  EXPECT_TRUE(ledger->send_queue.RecordSent(messages[0].id, messages[0].sealed.message_id, "250 ok", At(62)).value());
  EXPECT_EQ(Count("shipments", "sent"), 1);
  EXPECT_EQ(Count("messages", "sent"), 2);
  EXPECT_FALSE(operators->HasMessage(messages[0].sealed.spool_key).value());
}

TEST_F(ShipmentsTest, SentTwiceCountsOnce) {
  CloseOne(2);
  SealAll();
  const auto messages = ledger->send_queue.Claim("main", 10, At(60), kLease).value();
  EXPECT_FALSE(ledger->send_queue.RecordSent(messages[0].id, messages[0].sealed.message_id, "250 ok", At(61)).value());
  EXPECT_FALSE(ledger->send_queue.RecordSent(messages[0].id, messages[0].sealed.message_id, "250 ok", At(61)).value());
  EXPECT_EQ(Count("shipments", "closed"), 1);
  EXPECT_TRUE(ledger->send_queue.RecordSent(messages[1].id, messages[1].sealed.message_id, "250 ok", At(61)).value());
}

TEST_F(ShipmentsTest, DeferredMessagesWaitForTheirTime) {
  CloseOne(1);
  SealAll();
  const std::int64_t id = ledger->send_queue.Claim("main", 10, At(60), kLease).value()[0].id;
  EXPECT_TRUE(ledger->send_queue.RecordFailure(id, IdOf(id), Transient("smtp-deferred", "451 later"), At(90)).value());
  EXPECT_THAT(ledger->send_queue.Claim("main", 10, At(89), kLease).value(), IsEmpty());
  const auto again = ledger->send_queue.Claim("main", 10, At(90), kLease).value();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].tries, 1u);
}

TEST_F(ShipmentsTest, OneFailedMessageFailsTheShipmentAndStopsNoOther) {
  CloseOne(2);
  const auto to_seal = ledger->seal_queue.Claim(10, At(50), kLease).value();
  ASSERT_TRUE(ledger->seal_queue.RecordFailure(to_seal[0].id, Permanent("no-key", ""), std::nullopt));
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(to_seal[1].id, MakeSealed("eml")));
  EXPECT_EQ(Count("messages", "failed"), 1);
  EXPECT_EQ(Count("shipments", "failed"), 1);
  const auto to_send = ledger->send_queue.Claim("main", 10, At(60), kLease).value();
  ASSERT_THAT(to_send, SizeIs(1));
  EXPECT_FALSE(ledger->send_queue.RecordSent(to_send[0].id, to_send[0].sealed.message_id, "250", At(61)).value());
  EXPECT_EQ(Count("shipments", "failed"), 1);
}

TEST_F(ShipmentsTest, LateFailureOfASentMessageChangesNothing) {
  CloseOne(1);
  SealAll();
  const std::int64_t id = ledger->send_queue.Claim("main", 10, At(60), kLease).value()[0].id;
  ASSERT_TRUE(ledger->send_queue.RecordSent(id, IdOf(id), "250", At(61)));
  EXPECT_FALSE(ledger->send_queue.RecordFailure(id, IdOf(id), Permanent("smtp-refused", ""), std::nullopt).value());
  EXPECT_EQ(Count("messages", "sent"), 1);
  EXPECT_EQ(Count("shipments", "sent"), 1);
}

TEST_F(ShipmentsTest, SendingAFailedMessageMendsItsShipment) {
  CloseOne(1);
  SealAll();
  const std::int64_t id = ledger->send_queue.Claim("main", 10, At(60), kLease).value()[0].id;
  ASSERT_TRUE(ledger->send_queue.RecordFailure(id, IdOf(id), Permanent("smtp-refused", ""), std::nullopt));
  EXPECT_EQ(Count("shipments", "failed"), 1);
  EXPECT_TRUE(ledger->send_queue.RecordSent(id, IdOf(id), "250", At(61)).value());
  EXPECT_EQ(Count("shipments", "sent"), 1);
}

TEST_F(ShipmentsTest, ForgetsFilesOnlyWhenEveryPartnerWasSentThem) {
  ASSERT_TRUE(
      ledger->intake.AddInstance(MakeInstance("1"), {To("b", Bundling::instance), To("c", Bundling::instance)}));
  SealAll();
  const auto messages = ledger->send_queue.Claim("main", 10, At(60), kLease).value();
  ASSERT_THAT(messages, SizeIs(2));
  ASSERT_TRUE(ledger->send_queue.RecordSent(messages[0].id, messages[0].sealed.message_id, "250", At(61)));
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(1000), 10).value().instances, IsEmpty());
  ASSERT_TRUE(ledger->send_queue.RecordSent(messages[1].id, messages[1].sealed.message_id, "250", At(70)));
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(70), 10).value().instances, IsEmpty());
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(71), 10).value().instances, ElementsAre("key-of-1"));
  EXPECT_THAT(ledger->file_retention.ForgetSent(At(71), 10).value().instances, IsEmpty());
  EXPECT_FALSE(operators->HasInstance("key-of-1").value());
}

TEST_F(ShipmentsTest, AnUnknownMessageIsAnError) {
  EXPECT_EQ(ledger->send_queue.RecordSent(99, "", "250", At(1)).error().code, "ledger-error");
  EXPECT_EQ(ledger->seal_queue.RecordSealed(99, MakeSealed("x")).error().code, "ledger-error");
}

TEST_F(ShipmentsTest, ErrorsHoldNoIdentifiers) {
  NewInstance instance = MakeInstance("1.2.777");
  ASSERT_TRUE(ledger->intake.AddInstance(instance, {To("b")}));
  const auto failed = ledger->shipments.Close(1, {{}}, At(1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().detail.find("777"), std::string::npos);
}

TEST_F(ShipmentsTest, CollectsEachSeriesByItself) {
  NewInstance other = MakeInstance("2");
  other.header.series_instance_uid = "1.2.3.2";
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b", Bundling::series)}).value();
  const auto second = ledger->intake.AddInstance(other, {To("b", Bundling::series)}).value();
  const auto third = ledger->intake.AddInstance(MakeInstance("3", "1.2.3", At(5)), {To("b", Bundling::series)}).value();
  EXPECT_EQ(first.shipments, third.shipments);
  EXPECT_NE(first.shipments, second.shipments);
  const auto quiet = ledger->shipments.Quiet(At(4), 10).value();
  ASSERT_THAT(quiet, SizeIs(1)) << "the other series still gets instances";
  EXPECT_EQ(quiet[0].id, second.shipments.at(0));
  ASSERT_TRUE(ledger->shipments.Close(quiet[0].id, {{second.instance}}, At(9)).value());
  EXPECT_EQ(Count("shipments", "open"), 1);
}

TEST_F(ShipmentsTest, KeepTheRestOfASeriesTogether) {
  const auto first = ledger->intake.AddInstance(MakeInstance("1"), {To("b", Bundling::series)}).value();
  const auto late = ledger->intake.AddInstance(MakeInstance("2"), {To("b", Bundling::series)}).value();
  ASSERT_TRUE(ledger->shipments.Close(first.shipments.at(0), {{first.instance}}, At(9), "rest").value());
  const auto later = ledger->intake.AddInstance(MakeInstance("3"), {To("b", Bundling::series)}).value();
  ASSERT_THAT(later.shipments, SizeIs(1));
  EXPECT_NE(later.shipments, late.shipments);
  EXPECT_EQ(Count("shipments", "open"), 1) << "what was left over and what comes later are one shipment";
}

TEST_F(ShipmentsTest, DoNotHoldWhatARuleSkips) {
  const std::int64_t skipped = ledger->intake.AddSkipped(MakeInstance("1")).value();
  EXPECT_EQ(Count("instances_out", "dropped"), 1);
  EXPECT_EQ(Count("instances_out", "held"), 0);
  EXPECT_TRUE(Must(operators->Show({ItemKind::instance, skipped})).has_value());
  EXPECT_EQ(ledger->intake.StudySoFar(MakeInstance("2").header).value().instances, 1u) << "it has come all the same";
}

}  // namespace
}  // namespace gateway::ledger
