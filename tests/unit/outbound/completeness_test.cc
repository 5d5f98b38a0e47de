#include "outbound/completeness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/set_clock.h"
#include "unit/ledger/ledger_fixture.h"

namespace gateway::outbound {
namespace {

using ledger::At;
using ledger::MakeInstance;
using ledger::Must;

constexpr const char* kKeyObjects = "1.2.840.10008.5.1.4.1.1.88.59";

// One rule, and one study by it that has come at 0 s.
class CompletenessTest : public ledger::LedgerTest {
 protected:
  CompletenessTest() : LedgerTest(ledger::FastDirectory()) {
    dicom_.quiet_period = Milliseconds(30'000);
    dicom_.longest_wait = Milliseconds(600'000);
    OutboundRuleSettings rule;
    rule.name = "rule";
    rule.complete.emplace();
    routes_.outbound = {rule};
  }

  CompletionSettings& settings() { return *routes_.outbound[0].complete; }
  ledger::AddedInstance Add(const std::string& uid, Time when = At(0), const std::string& sop_class = "1.2.3") {
    ledger::NewInstance instance = MakeInstance(uid, "1.2.3", when);
    instance.header.sop_class_uid = sop_class;
    ledger::Assignment to = ledger::To("b");
    to.own_completion = true;
    return Must(ledger->intake.AddInstance(instance, {to}));
  }
  Completion After(std::int64_t seconds) {
    if (!made_) {
      counts_.emplace(std::vector<PacsSettings>(), routes_, clock_, [] {});
      made_.emplace(dicom_, routes_, associations_, *counts_, ledger->shipments);
    }
    const auto open = Must(ledger->shipments.WithOwnCompletion());
    return Must(made_->Of(open.at(0), At(seconds)));
  }

  DicomSettings dicom_;
  RouteSettings routes_;
  SetClock clock_;
  OpenAssociations associations_;
  std::optional<ArchiveCounts> counts_;
  std::optional<Completeness> made_;
};

TEST_F(CompletenessTest, WaitsForTheQuietPeriodUnlessTheRuleHasAnother) {
  Add("1");
  EXPECT_EQ(After(29), Completion::open);
  EXPECT_EQ(After(30), Completion::complete);
  made_.reset();
  settings().grace = Milliseconds(120'000);
  EXPECT_EQ(After(119), Completion::open);
  EXPECT_EQ(After(120), Completion::complete);
}

TEST_F(CompletenessTest, GivesUpAfterAtMost) {
  settings().at_most = Milliseconds(20'000);
  Add("1");
  EXPECT_EQ(After(19), Completion::open);
  EXPECT_EQ(After(20), Completion::overdue);
}

TEST_F(CompletenessTest, WaitsForTheEndOfEachAssociation) {
  settings().by = CompleteBy::association;
  associations_.Note(1, "1.2.3");
  associations_.Note(2, "1.2.3");
  associations_.Note(2, "1.2.4");
  Add("1");
  EXPECT_EQ(After(500), Completion::open);
  associations_.End(1, At(500));
  EXPECT_EQ(After(520), Completion::open) << "the other one still brings instances";
  associations_.End(2, At(530));
  EXPECT_EQ(After(539), Completion::open);
  EXPECT_EQ(After(540), Completion::complete);
}

TEST_F(CompletenessTest, TakesAssociationsForEndedAfterAStart) {
  settings().by = CompleteBy::association;
  Add("1");
  EXPECT_EQ(After(10), Completion::complete);
}

TEST_F(CompletenessTest, WaitsForAnInstanceOfAKind) {
  settings().by = CompleteBy::instance;
  settings().sop_classes = {"1.2.9", kKeyObjects};
  Add("1");
  EXPECT_EQ(After(599), Completion::open);
  EXPECT_EQ(After(600), Completion::overdue);
  Add("2", At(100), kKeyObjects);
  EXPECT_EQ(After(109), Completion::open);
  EXPECT_EQ(After(110), Completion::complete);
}

TEST_F(CompletenessTest, FallsBackToTheQuietPeriodWithoutACount) {
  settings().by = CompleteBy::count;
  settings().at = "gone";
  Add("1");
  EXPECT_EQ(After(29), Completion::open);
  EXPECT_EQ(After(30), Completion::complete);
}

TEST_F(CompletenessTest, TreatsAShipmentWithoutItsRuleAsQuiet) {
  settings().grace = Milliseconds(300'000);
  Add("1");
  routes_.outbound.clear();
  EXPECT_EQ(After(29), Completion::open);
  EXPECT_EQ(After(30), Completion::complete);
}

TEST_F(CompletenessTest, CountsWhatCameOfTheStudyWhereverItWent) {
  Add("1");
  Add("1", At(1));
  ledger::NewInstance other = MakeInstance("2");
  other.header.series_instance_uid = "1.2.3.9";
  Must(ledger->intake.AddSkipped(other));
  Must(ledger->intake.AddInstance(MakeInstance("3", "1.2.4"), {}));
  EXPECT_EQ(Must(ledger->shipments.CameOf("1.2.3", "")), 2u);
  EXPECT_EQ(Must(ledger->shipments.CameOf("1.2.3", "1.2.3.9")), 1u);
}

TEST_F(CompletenessTest, LeavesItsShipmentsToNobodyElse) {
  const auto added = Add("1");
  EXPECT_THAT(Must(ledger->shipments.Quiet(At(900), 9, At(900))), testing::IsEmpty());
  EXPECT_EQ(Must(ledger->shipments.OldestOpen()), std::nullopt);
  EXPECT_EQ(Must(ledger->shipments.ItemsOf(added.shipments.at(0))).size(), 1u);
  Must(ledger->shipments.Close(added.shipments.at(0), {{added.instance}}, At(9), "", true));
  EXPECT_EQ(Count("messages", "held"), 1) << "as if a person had held the shipment";
}

}  // namespace
}  // namespace gateway::outbound
