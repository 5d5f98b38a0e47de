// Deliveries go to the fallback PACS of their rule, and never to both without a word.
#include "ledger/pacs_fallbacks.h"

#include "ledger/operator_acts.h"
#include "ledger/redeliveries.h"
#include "reception_fixture.h"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace gateway::ledger {
namespace {

const Error kRefused = ErrorNamed(Fault::permanent, "sop-class-refused", "MR");
const Error kAway = ErrorNamed(Fault::transient, "pacs-unreachable", "main");
constexpr Milliseconds kAfter{600'000};

class PacsFallbacksTest : public ReceptionTest {
 protected:
  PacsFallbacksTest() : fallbacks(*database) {}

  ReceivedInstance Take(const std::vector<std::string>& pacs = {"main"}) {
    return Open([&](OpenedMail& opened) {
             NewReceivedInstance instance = MakeReceived("1." + std::to_string(opened.mail), pacs);
             for (const std::string& name : pacs) instance.rules[name] = "from-b";
             opened.instances = {std::move(instance)};
           })
        .instances.at(0);
  }
  std::vector<std::int64_t> Claim(const std::string& pacs, Time now, Milliseconds lease = kLease) {
    std::vector<std::int64_t> deliveries;
    for (const DeliveryToMake& one : Must(ledger->deliveries.Claim(pacs, 99, now, lease))) deliveries.push_back(one.id);
    return deliveries;
  }
  std::vector<FellBack> FallBack(Time now, const std::string& rule = "from-b") {
    return Must(fallbacks.FallBackWaiting("main", rule, {"second"}, kAfter, now));
  }
  std::vector<std::string> StoreAt(const std::string& pacs, Time now) {
    std::vector<std::string> rules;
    for (const DeliveryToMake& one : Must(ledger->deliveries.Claim(pacs, 99, now, Milliseconds(-1)))) {
      rules.push_back(one.rule);
      EXPECT_TRUE(ledger->deliveries.RecordDelivered(one.id, 0, now));
    }
    return rules;
  }
  Time After(Milliseconds time) { return At(100) + time; }

  PacsFallbacks fallbacks;
};

TEST_F(PacsFallbacksTest, WhatThePacsRefusesGoesToTheOtherByTheSameRule) {
  const ReceivedInstance received = Take();
  const auto claimed = Claim("main", At(150));
  ASSERT_THAT(claimed, SizeIs(1));
  const auto fallen = Must(fallbacks.FallBackRefused(claimed[0], {"second"}, kRefused, At(160)));
  ASSERT_TRUE(fallen);
  EXPECT_EQ(fallen->instance, received.instance);
  EXPECT_FALSE(fallen->receipt_due);
  EXPECT_THAT(Dispositions(), IsEmpty());
  EXPECT_EQ(Count("deliveries", "cancelled"), 1);
  EXPECT_THAT(StoreAt("second", At(200)), ElementsAre("from-b"));
  EXPECT_EQ(Count("instances_in", "stored"), 1);
  EXPECT_EQ(Dispositions()[mail], "displayed");
}

TEST_F(PacsFallbacksTest, WaitsUntilThePacsHasBeenAwayForLong) {
  Take();
  ASSERT_TRUE(ledger->deliveries.away_destinations().RecordAway({DestinationKind::pacs, "main"}, kAway, At(100)));
  EXPECT_THAT(FallBack(After(kAfter - Milliseconds(1))), IsEmpty());
  EXPECT_THAT(FallBack(After(kAfter), "another-rule"), IsEmpty());
  const auto fallen = FallBack(After(kAfter));
  ASSERT_THAT(fallen, SizeIs(1));
  EXPECT_EQ(fallen[0].why.code, "pacs-unreachable");
  // What comes now does not wait for it any more.
  Take();
  EXPECT_THAT(FallBack(After(kAfter)), SizeIs(1));
  EXPECT_THAT(StoreAt("second", After(kAfter)), SizeIs(2));
}

TEST_F(PacsFallbacksTest, WaitsForAPacsThatWorks) {
  Take();
  EXPECT_THAT(FallBack(After(10 * kAfter)), IsEmpty());
  const auto claimed = Claim("main", After(Milliseconds(1)));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(claimed.at(0), Transient("pacs-busy"), After(Milliseconds(2)),
                                               After(Milliseconds(2))));
  EXPECT_THAT(FallBack(After(kAfter - Milliseconds(1))), IsEmpty());
  ASSERT_THAT(FallBack(After(kAfter)), SizeIs(1));
}

TEST_F(PacsFallbacksTest, WhatAWorkerOrAPersonHasStays) {
  Take();
  ASSERT_TRUE(ledger->deliveries.away_destinations().RecordAway({DestinationKind::pacs, "main"}, kAway, At(100)));
  const auto claimed = Claim("main", After(kAfter));
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_THAT(FallBack(After(kAfter)), IsEmpty());
  ASSERT_TRUE(ledger->deliveries.Unclaim(claimed));
  OperatorActs acts(*database);
  ASSERT_TRUE(acts.Hold({ItemKind::delivery, claimed[0]}, After(kAfter)));
  EXPECT_THAT(FallBack(After(kAfter)), IsEmpty());
  EXPECT_FALSE(Must(fallbacks.FallBackRefused(claimed[0], {"second"}, kRefused, After(kAfter))));
}

TEST_F(PacsFallbacksTest, ThePacsThatReturnsGetsNothingUnlessAPersonAsks) {
  const ReceivedInstance received = Take();
  const auto claimed = Claim("main", At(150));
  ASSERT_TRUE(Must(fallbacks.FallBackRefused(claimed.at(0), {"second"}, kRefused, At(160))));
  StoreAt("second", At(200));
  EXPECT_THAT(Claim("main", At(900)), IsEmpty());
  Redelivery redelivery;
  redelivery.item = ItemId{ItemKind::instance, received.instance};
  redelivery.pacs = "main";
  EXPECT_EQ(Redeliveries(*database).Redeliver(redelivery, At(900))->deliveries, 1U);
  EXPECT_THAT(StoreAt("main", At(901)), SizeIs(1));
}

TEST_F(PacsFallbacksTest, ThatTheOtherHasItAlreadyIsEnough) {
  Take({"main", "second"});
  StoreAt("second", At(150));
  const auto claimed = Claim("main", At(150));
  const auto fallen = Must(fallbacks.FallBackRefused(claimed.at(0), {"second"}, kRefused, At(160)));
  ASSERT_TRUE(fallen);
  EXPECT_TRUE(fallen->receipt_due);
  EXPECT_EQ(Count("instances_in", "stored"), 1);
  EXPECT_THAT(Claim("second", At(900)), IsEmpty());
  EXPECT_EQ(Dispositions()[mail], "displayed");
}

TEST_F(PacsFallbacksTest, ADeliveryInDoubtIsToldOf) {
  Take();
  const auto claimed = Claim("main", At(150));
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(claimed.at(0)));
  const auto fallen = Must(fallbacks.FallBackRefused(claimed.at(0), {"second"}, kRefused, At(160)));
  ASSERT_TRUE(fallen);
  EXPECT_TRUE(fallen->in_doubt);
}

}  // namespace
}  // namespace gateway::ledger
