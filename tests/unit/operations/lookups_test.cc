#include "operations/lookups.h"

#include "operations_fixture.h"

namespace gateway::operations {
namespace {

using ledger::DestinationKind;
using ledger::DestinationName;
using ledger::MakeReceived;
using ledger::Must;
using testing::ElementsAre;
using testing::IsEmpty;

class LookupsTest : public OperationsTest {};

TEST_F(LookupsTest, AnItemNamesTheDestinationsThatTheConfigurationLacks) {
  AddOpened(1, {MakeReceived("1", {"other"}), MakeReceived("2")});
  const auto stranded = Must(Show(Context(), {ItemKind::delivery, 1}));
  ASSERT_TRUE(stranded);
  EXPECT_THAT(stranded->not_configured, ElementsAre(DestinationName{DestinationKind::pacs, "other"}));
  const auto known = Must(Show(Context(), {ItemKind::delivery, 2}));
  ASSERT_TRUE(known);
  EXPECT_THAT(known->not_configured, IsEmpty());
  EXPECT_FALSE(Must(Show(Context(), {ItemKind::delivery, 9})));
}

TEST_F(LookupsTest, AListKnowsTheDestinationsOfTheConfiguration) {
  AddOpened(1, {MakeReceived("1", {"other"})});
  ledger::ListFilter filter;
  filter.state = ledger::kStranded;
  EXPECT_EQ(Must(List(Context(), filter)).size(), 1u);
  settings.pacs[0].name = "other";
  EXPECT_THAT(Must(List(Context(), filter)), IsEmpty());
}

TEST_F(LookupsTest, AStudyIsShownByItsShipmentsAndSets) {
  CloseOne(1, "1.2.4");
  CloseOne(1, "1.2.5");
  const auto study = Must(ShowStudy(Context(), "1.2.4"));
  ASSERT_EQ(study.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<ledger::ShipmentDetails>(study[0]));
  EXPECT_THAT(Must(ShowStudy(Context(), "1.2.9")), IsEmpty());
}

}  // namespace
}  // namespace gateway::operations
