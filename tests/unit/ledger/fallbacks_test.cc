// A study goes to the fallback of its rule, once, if its partner does not take it.
#include "ledger/fallbacks.h"

#include "ledger/care/consistency.h"
#include "ledger/operator_acts.h"
#include "ledger/redirections.h"
#include "reports_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FallbacksTest : public ReportsTest {
 protected:
  FallbacksTest() : fallbacks(*database), acts(*database) {}

  static Assignment Falling(const std::string& partner) {
    Assignment to = To(partner);
    to.falls_back = true;
    return to;
  }
  // A closed shipment to b of two messages with one instance each.
  std::int64_t CloseFalling(const std::string& study = "1.2.3") {
    std::vector<std::vector<std::int64_t>> messages;
    std::int64_t shipment = 0;
    for (const char* const number : {".1", ".2"}) {
      const auto added = Must(ledger->intake.AddInstance(MakeInstance(study + number, study), {Falling("b")}));
      messages.push_back({added.instance});
      shipment = added.shipments.at(0);
    }
    EXPECT_TRUE(Must(ledger->shipments.Close(shipment, messages, At(40))));
    return shipment;
  }
  std::vector<std::int64_t> Due(std::int64_t before) {
    std::vector<std::int64_t> due;
    for (const FallbackCandidate& one : Must(fallbacks.Candidates(At(before)))) due.push_back(one.shipment);
    return due;
  }
  // Falls back to `partner` with all that it lacks. Returns the new shipment.
  std::optional<std::int64_t> FallBack(std::int64_t shipment, const std::string& partner = "c") {
    for (const FallbackCandidate& one : Must(fallbacks.Candidates(At(9999)))) {
      if (one.shipment != shipment) continue;
      std::vector<std::vector<std::int64_t>> messages;
      for (const auto& item : Must(fallbacks.ItemsFor(shipment, partner))) messages.push_back({item.instance});
      const auto made = Must(fallbacks.Record(one, {{partner, "main", "set-of-fallback", messages}}, At(80)));
      return made ? std::optional(made->at(0)) : std::nullopt;
    }
    return std::nullopt;
  }
  ShipmentDetails Shown(std::int64_t shipment) {
    return std::get<ShipmentDetails>(Must(operators->Show({ItemKind::shipment, shipment})).value());
  }
  void FailToSeal(std::int64_t message) {
    ASSERT_TRUE(Must(ledger->seal_queue.RecordFailure(message, Permanent("x", "no"), std::nullopt)));
  }
  void TearDown() override {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(99'999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }

  Fallbacks fallbacks;
  OperatorActs acts;
};

TEST_F(FallbacksTest, AFailedShipmentGoesToTheFallbackOnce) {
  const std::int64_t shipment = CloseFalling();
  EXPECT_THAT(Due(39), IsEmpty());
  FailToSeal(1);
  ASSERT_THAT(Due(0), ElementsAre(shipment));
  const auto made = FallBack(shipment);
  ASSERT_TRUE(made && *made != 0);
  EXPECT_THAT(Due(9999), IsEmpty());
  const ShipmentDetails fallback = Shown(*made);
  EXPECT_EQ(fallback.fallback_of, shipment);
  EXPECT_EQ(fallback.partner, "c");
  EXPECT_EQ(fallback.rule, "rule");
  EXPECT_EQ(fallback.state, ledger::ShipmentState::closed);
  EXPECT_EQ(fallback.instances, 2);
  EXPECT_THAT(fallback.messages, SizeIs(2));
  EXPECT_THAT(Shown(shipment).fallbacks, ElementsAre(*made));
}

TEST_F(FallbacksTest, AfterARestartItDoesNotFallBackAgain) {
  const std::int64_t shipment = CloseFalling();
  ASSERT_TRUE(FallBack(shipment));
  Reopen();
  EXPECT_THAT(Must(Fallbacks(*database).Candidates(At(9999))), IsEmpty());
}

TEST_F(FallbacksTest, WithoutAReceiptItFallsBackInTime) {
  const std::int64_t shipment = CloseFalling();
  SealAll(ReceiptMode::mdn);
  SendAll();
  EXPECT_THAT(Due(39), IsEmpty());
  EXPECT_THAT(Due(40), ElementsAre(shipment));
  Receive(Answer::delivered, 1);
  EXPECT_THAT(Due(40), ElementsAre(shipment));  // half of it is missing
  Receive(Answer::warning, 2);
  EXPECT_THAT(Due(9999), IsEmpty());
}

TEST_F(FallbacksTest, WhereNoReceiptIsAskedForSentIsEnough) {
  const std::int64_t shipment = CloseFalling();
  SealAll(ReceiptMode::none);
  SendAll();
  EXPECT_THAT(Due(9999), IsEmpty());
  Record(MakeReport(Answer::bounced, IdOf(1), ""));
  EXPECT_THAT(Due(0), ElementsAre(shipment));
}

TEST_F(FallbacksTest, ALateReceiptDoesNoHarm) {
  const std::int64_t shipment = CloseFalling();
  SealAll(ReceiptMode::mdn);
  SendAll();
  const auto made = FallBack(shipment);
  ASSERT_TRUE(made);
  Receive(Answer::delivered, 1);
  Receive(Answer::delivered, 2);
  EXPECT_EQ(ShipmentState(shipment), "delivered");
  EXPECT_EQ(ShipmentState(*made), "closed");
  EXPECT_THAT(ForgottenInstances(), IsEmpty());  // the fallback still needs them
}

TEST_F(FallbacksTest, WhatTheFirstPartnerHasIsNeededAgain) {
  const std::int64_t shipment = CloseFalling();
  SealAll(ReceiptMode::mdn);
  SendAll();
  Receive(Answer::delivered, 1);
  const auto made = FallBack(shipment);
  ASSERT_TRUE(made);
  EXPECT_EQ(Shown(*made).instances, 2);
  EXPECT_THAT(ForgottenInstances(), IsEmpty());
}

TEST_F(FallbacksTest, NothingOfACancelledShipmentFallsBack) {
  const std::int64_t shipment = CloseFalling();
  ASSERT_TRUE(acts.Cancel({ItemKind::shipment, shipment}, At(50)));
  EXPECT_THAT(Due(9999), IsEmpty());
  const std::int64_t other = CloseFalling("1.2.4");
  ASSERT_TRUE(acts.Cancel({ItemKind::message, Shown(other).messages[0].id}, At(50)));
  ASSERT_THAT(Due(9999), ElementsAre(other));
  EXPECT_THAT(Must(fallbacks.ItemsFor(other, "c")), SizeIs(1));
}

TEST_F(FallbacksTest, WhatAPersonHoldsWaitsAnewAfterTheRelease) {
  const std::int64_t shipment = CloseFalling();
  ASSERT_TRUE(acts.Hold({ItemKind::shipment, shipment}, At(50)));
  EXPECT_THAT(Due(9999), IsEmpty());
  ASSERT_TRUE(acts.Release({ItemKind::shipment, shipment}, At(500)));
  EXPECT_THAT(Due(499), IsEmpty());
  EXPECT_THAT(Due(500), ElementsAre(shipment));
}

TEST_F(FallbacksTest, APartnerGetsNothingTwice) {
  const auto added = Must(ledger->intake.AddInstance(MakeInstance("1.2.3.1"), {Falling("a"), Falling("b")}));
  for (const std::int64_t shipment : added.shipments) {
    ASSERT_TRUE(Must(ledger->shipments.Close(shipment, {{added.instance}}, At(40))));
  }
  EXPECT_NE(FallBack(added.shipments[0]), 0);
  EXPECT_EQ(FallBack(added.shipments[1]), 0);
  EXPECT_THAT(Due(9999), IsEmpty());
}

TEST_F(FallbacksTest, WhatChangedMeanwhileIsLookedAtAgain) {
  const std::int64_t shipment = CloseFalling();
  const FallbackCandidate seen = Must(fallbacks.Candidates(At(9999))).at(0);
  const auto items = Must(fallbacks.ItemsFor(shipment, "c"));
  const FallbackShipment half{"c", "main", "set", {{items.at(0).instance}}};
  EXPECT_EQ(Must(fallbacks.Record(seen, {half}, At(80))), std::nullopt);
  ASSERT_TRUE(acts.Cancel({ItemKind::shipment, shipment}, At(50)));
  const FallbackShipment whole{"c", "main", "set", {{items.at(0).instance, items.at(1).instance}}};
  EXPECT_EQ(Must(fallbacks.Record(seen, {whole}, At(80))), std::nullopt);
  EXPECT_EQ(Count("shipments", "closed"), 0);
}

TEST_F(FallbacksTest, WithoutAFallbackNothingIsDue) {
  CloseOne(1);
  FailToSeal(1);
  EXPECT_THAT(Due(9999), IsEmpty());
}

}  // namespace
}  // namespace gateway::ledger
