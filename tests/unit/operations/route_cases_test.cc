#include "operations/route_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attributes/attribute_path.h"
#include "support/conditions.h"

namespace gateway::operations {
namespace {

using Op = gateway::Test::Op;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Tries one rule, which sends to partner b.
class RouteCases : public testing::Test {
 protected:
  RouteCases() {
    OutboundRuleSettings rule;
    rule.name = "rule";
    rule.send_to = {"b"};
    settings_.routes.outbound = {rule};
  }

  void When(std::string_view key, gateway::Test test) { Ask(settings_.routes.outbound[0].when, key, std::move(test)); }

  std::vector<std::string> Differences(RouteTest test) {
    const auto verdicts = RunRouteTests(settings_, {std::move(test)}, {});
    EXPECT_TRUE(verdicts.ok());
    return verdicts->at(0).differences;
  }

  // `keyword` is a path as the gateway writes it.
  bool Goes(const std::string& keyword, std::vector<std::string> values) {
    RouteTest test;
    test.attributes[attributes::Text(attributes::ParsePath(keyword).value())] = std::move(values);
    test.targets = {"b"};
    return Differences(std::move(test)).empty();
  }

  Settings settings_;
};

TEST_F(RouteCases, ChooseBySopClass) {
  When("SOPClassUID", {Op::patterns, {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"}, {}});
  EXPECT_TRUE(Goes("SOPClassUID", {"1.2.840.10008.5.1.4.1.1.2"}));
  EXPECT_FALSE(Goes("SOPClassUID", {"1.2.840.10008.5.1.4.1.1.88.67"}));
}

TEST_F(RouteCases, ChooseByModality) {
  When("Modality", {Op::none_of, {}, {{Op::patterns, {"SR", "PR"}, {}}}});
  EXPECT_TRUE(Goes("Modality", {"CT"}));
  EXPECT_FALSE(Goes("Modality", {"PR"}));
}

TEST_F(RouteCases, ChooseBySeriesDescription) {
  When("SeriesDescription", {Op::patterns, {"~(?i)topogram"}, {}});
  EXPECT_TRUE(Goes("SeriesDescription", {"Topogram 0.6"}));
  EXPECT_FALSE(Goes("SeriesDescription", {"Thorax 5.0"}));
  EXPECT_FALSE(Goes("SeriesDescription", {}));
}

TEST_F(RouteCases, ChooseBySingleValuesOfImageType) {
  When("ImageType", {Op::has, {"ORIGINAL"}, {}});
  EXPECT_TRUE(Goes("ImageType", {"ORIGINAL", "PRIMARY", "AXIAL"}));
  EXPECT_TRUE(Goes("ImageType", {"", "ORIGINAL"}));
  EXPECT_FALSE(Goes("ImageType", {"DERIVED", "SECONDARY"}));
  EXPECT_FALSE(Goes("ImageType", {"ORIGINAL PLUS"}));
}

TEST_F(RouteCases, ChooseByNumberOfFrames) {
  When("NumberOfFrames", {Op::range, {}, {{Op::at_least, {"2"}, {}}, {Op::at_most, {"500"}, {}}}});
  EXPECT_TRUE(Goes("NumberOfFrames", {"120"}));
  EXPECT_FALSE(Goes("NumberOfFrames", {"1"}));
  EXPECT_FALSE(Goes("NumberOfFrames", {"501"}));
  EXPECT_FALSE(Goes("NumberOfFrames", {}));
}

TEST_F(RouteCases, TellWhatARuleSkips) {
  OutboundRuleSettings skip;
  skip.name = "not-these";
  skip.skip = true;
  Ask(skip.when, "Modality", {Op::patterns, {"SR"}, {}});
  settings_.routes.outbound.insert(settings_.routes.outbound.begin(), skip);
  RouteTest test;
  test.attributes[attributes::Text(attributes::ParsePath("Modality").value())] = {"SR"};
  test.rules = {"not-these"};
  test.targets.emplace();
  test.skipped = true;
  EXPECT_THAT(Differences(test), IsEmpty());
  test.skipped = false;
  EXPECT_THAT(Differences(test), ElementsAre(HasSubstr("a rule skips it")));
}

}  // namespace
}  // namespace gateway::operations
