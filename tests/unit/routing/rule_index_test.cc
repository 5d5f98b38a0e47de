// The router with its index decides as one that tries rule after rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "routing/router.h"
#include "support/conditions.h"

namespace gateway::routing {
namespace {

class RandomTable {
 public:
  explicit RandomTable(unsigned seed) : random_(seed) {}

  RouteSettings Settings() {
    RouteSettings settings;
    const int rules = Number(1, 60);
    for (int i = 0; i < rules; ++i) {
      OutboundRuleSettings rule;
      rule.name = "r" + std::to_string(i);
      rule.when = When(0);
      rule.send_to = {"p" + std::to_string(Number(0, 20))};
      rule.final = Number(0, 9) == 0;
      settings.outbound.push_back(std::move(rule));
    }
    return settings;
  }

  InstanceHeader Header() {
    InstanceHeader header;
    header.modality = Text();
    header.station_name = Number(0, 3) == 0 ? Text() + "\\" + Text() : Text();
    header.referring_physician = Text() + "^" + Text() + (Number(0, 1) == 0 ? "^^" : "");
    AttributeValue value;
    value.state = static_cast<AttributeValue::State>(Number(0, 3));
    if (value.state == AttributeValue::State::values) value.values = {Text(), Text()};
    if (Number(0, 4) > 0) header.asked["BodyPartExamined"] = value;
    return header;
  }
  std::string Text() { return std::string(1, static_cast<char>('A' + Number(0, 4))); }

 private:
  int Number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  Condition When(int depth) {
    Condition when{static_cast<Condition::Kind>(depth == 0 ? 0 : Number(0, 2)), {}, {}};
    const int parts = Number(depth == 0 ? 0 : 1, 3);
    for (int i = 0; i < parts; ++i) {
      if (depth < 2 && Number(0, 3) == 0) {
        when.parts.push_back(When(depth + 1));
      } else {
        constexpr std::array kKeys{"called_ae", "modality", "station", "referring_physician", "BodyPartExamined"};
        Condition one{
            Condition::Kind::criterion, {}, CriterionFor(kKeys.at(static_cast<std::size_t>(Number(0, 4))), Asks())};
        when.parts.push_back(std::move(one));
      }
    }
    return when;
  }
  Test Asks() {
    switch (Number(0, 5)) {
      case 0:
        return {Test::Op::patterns, {"~" + Text()}, {}};
      case 1:
        return {Test::Op::none_of, {}, {{Test::Op::patterns, {Text()}, {}}}};
      case 2:
        return {Test::Op::has, {Text(), Text()}, {}};
      case 3:
        return {Test::Op::is, {Text() + "^" + Text()}, {}};
      default:
        return {Test::Op::patterns, {Text(), Text()}, {}};
    }
  }

  std::mt19937 random_;
};

std::vector<std::string> OneByOne(const std::vector<RuleTrace>& traces) {
  std::vector<std::string> rules;
  for (const RuleTrace& trace : traces) {
    if (trace.tried && trace.truth == Truth::yes) rules.push_back(trace.rule);
  }
  return rules;
}

TEST(RuleIndex, FindsTheSameRulesAsOneByOne) {
  std::size_t matched = 0;
  for (unsigned seed = 0; seed < 80; ++seed) {
    RandomTable table(seed);
    const Router router = Router::Create(table.Settings()).value();
    for (int i = 0; i < 20; ++i) {
      const InstanceHeader header = table.Header();
      const OutboundFacts facts{.header = header, .calling_ae = "X", .called_ae = table.Text()};
      std::vector<std::string> found;
      for (const OutboundRuleSettings* rule : router.OutboundRules(facts)) found.push_back(rule->name);
      ASSERT_EQ(found, OneByOne(router.ExplainOutbound(facts))) << "seed " << seed;
      matched += found.size();
    }
  }
  EXPECT_GT(matched, 300U);
}

TEST(RuleIndex, ExplainsEachCriterion) {
  RouteSettings settings;
  Condition when;
  Ask(when, "modality", Patterns{"CT", "MR"});
  Ask(when, "BodyPartExamined", Patterns{"HEAD"});
  settings.outbound.push_back({.name = "r", .when = when, .send_to = {"b"}});
  settings.outbound.back().final = true;
  settings.outbound.push_back({.name = "rest", .when = {}, .send_to = {"c"}});
  const Router router = Router::Create(settings).value();
  InstanceHeader header;
  header.modality = "CT";
  const auto traces = router.ExplainOutbound({.header = header});
  ASSERT_EQ(traces.size(), 2U);
  EXPECT_EQ(traces[0].truth, Truth::unknown);
  ASSERT_EQ(traces[0].criteria.size(), 2U);
  EXPECT_EQ(traces[0].criteria[0].subject, "modality");
  EXPECT_EQ(traces[0].criteria[0].test, "CT, MR");
  EXPECT_EQ(traces[0].criteria[0].truth, Truth::yes);
  EXPECT_THAT(traces[0].criteria[0].values, testing::ElementsAre("CT"));
  EXPECT_EQ(traces[0].criteria[1].truth, Truth::unknown);
  EXPECT_EQ(traces[0].criteria[1].state, "not known");
  EXPECT_EQ(traces[1].truth, Truth::yes);
  EXPECT_TRUE(traces[1].tried);
  header.asked["BodyPartExamined"] = {AttributeValue::State::values, Vr::CS, {"HEAD"}};
  EXPECT_FALSE(router.ExplainOutbound({.header = header})[1].tried);  // behind a final rule
}

}  // namespace
}  // namespace gateway::routing
