// The recipes of rules concern some items and not others.
#include "transform/rule_transform.h"

#include <gtest/gtest.h>

#include "pipeline_fixture.h"
#include "support/errors.h"

namespace gateway::transform {
namespace {

class RuleTransformTest : public PipelineTest {
 protected:
  RuleTransformTest() {
    Recipe edits;
    edits.edits.resize(1);
    recipes.outbound = {{"changes", edits}, {"plain", {}}};
    recipes.inbound = {{"from-b", edits}};
  }
  bool Concerns(const Way& way) { return MakeTransform().Concerns(way); }
  static Way WayOf(const std::string& rule, bool asked = false, const std::string& pacs = {}) {
    return {.rule = rule, .partner = "klinikum-b", .pacs = pacs, .decoded = false, .asked = asked};
  }
  RuleTransform MakeTransform() { return {recipes, {"/nowhere"}, *state->spool, clock}; }

  Recipes recipes;
  SystemClock clock;
};

TEST_F(RuleTransformTest, ConcernsItemsOfARuleThatChanges) {
  EXPECT_TRUE(Concerns(WayOf("changes")));
  EXPECT_FALSE(Concerns(WayOf("plain")));
  EXPECT_TRUE(Concerns(WayOf("from-b", false, "main")));
  EXPECT_FALSE(Concerns(WayOf("")));
}

// A rule may get its edits while its items wait, or lose them: the configuration of now decides.
TEST_F(RuleTransformTest, AsksTheRuleAsItIsNow) {
  EXPECT_TRUE(Concerns(WayOf("changes", false)));
  EXPECT_FALSE(Concerns(WayOf("plain", true)));
}

TEST_F(RuleTransformTest, HoldsWhatARuleWasToChangeThatIsGone) {
  const Way way = WayOf("gone", true);
  EXPECT_TRUE(Concerns(way));
  const auto applied = MakeTransform().Apply(way, {}, directory / "copy");
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, "transform-failed");
  recipes = {};
  EXPECT_TRUE(Concerns(way));
}

// Such as a rule that was renamed, or a file that a person sends.
TEST_F(RuleTransformTest, LetsPassWhatNoRuleWasToChange) {
  EXPECT_FALSE(Concerns(WayOf("gone")));
  EXPECT_FALSE(Concerns(WayOf("send")));
}

}  // namespace
}  // namespace gateway::transform
