#include "routing/examination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/implication.h"
#include "support/conditions.h"

namespace gateway::routing {
namespace {

using Op = Test::Op;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Test One(Op op, std::vector<std::string> operands) {
  return {op, std::move(operands), {}};
}
Test Not(Test test) {
  return {Op::none_of, {}, {std::move(test)}};
}
Test Range(std::vector<Test> bounds) {
  return {Op::range, {}, std::move(bounds)};
}

Condition When(const std::vector<std::pair<std::string, Test>>& criteria) {
  Condition when;
  for (const auto& [key, test] : criteria) {
    when.parts.push_back({Condition::Kind::criterion, {}, CriterionFor(key, test)});
  }
  return when;
}
Condition When(const std::string& key, Patterns patterns) {
  return When({{key, One(Op::patterns, std::move(patterns))}});
}

OutboundRuleSettings Rule(const std::string& name, Condition when, std::vector<std::string> to, bool final = false) {
  OutboundRuleSettings rule;
  rule.name = name;
  rule.when = std::move(when);
  rule.send_to = std::move(to);
  rule.final = final;
  return rule;
}

// It changes the issuer of foreign Patient IDs.
InboundRuleSettings InboundRule(const std::string& name, std::vector<std::string> to) {
  InboundRuleSettings rule;
  rule.name = name;
  rule.forward_to = std::move(to);
  rule.edits.emplace_back().attribute.steps.push_back({0x00100021, {}, PathStep::kNoItem});
  return rule;
}

std::vector<std::string> MessagesIn(std::vector<InboundRuleSettings> rules, const std::vector<std::string>& pacs = {}) {
  RouteSettings routes;
  routes.inbound = std::move(rules);
  std::vector<std::string> messages;
  for (const Finding& finding : Examine(routes, {}, pacs)) messages.push_back(finding.message);
  return messages;
}

std::vector<std::string> Messages(std::vector<OutboundRuleSettings> rules) {
  RouteSettings routes;
  routes.outbound = std::move(rules);
  std::vector<std::string> messages;
  for (const Finding& finding : Examine(routes, {}, {})) messages.push_back(finding.message);
  return messages;
}

TEST(Implication, FollowsFromFewerTexts) {
  const Condition ct = When("modality", {"CT"}), both = When("modality", {"CT", "MR"});
  EXPECT_TRUE(Implies(ct, both));
  EXPECT_FALSE(Implies(both, ct));
  EXPECT_TRUE(Implies(ct, Condition()));
  EXPECT_FALSE(Implies(Condition(), ct));
  EXPECT_TRUE(Implies(ct, When("modality", {"~^C"})));
  EXPECT_TRUE(Implies(ct, When({{"modality", One(Op::is_any_case, {"ct"})}})));
  EXPECT_TRUE(Implies(ct, When({{"modality", One(Op::glob, {"?T"})}})));
  EXPECT_FALSE(Implies(ct, When({{"modality", One(Op::matches, {"^M"})}})));
  EXPECT_FALSE(Implies(ct, When("station", {"CT"})));
}

TEST(Implication, FollowsFromNarrowerRanges) {
  const auto rows = [](std::vector<gateway::Test> bounds) { return When({{"Rows", Range(std::move(bounds))}}); };
  EXPECT_TRUE(Implies(rows({One(Op::at_least, {"10"})}), rows({One(Op::above, {"5"})})));
  EXPECT_TRUE(Implies(rows({One(Op::above, {"5"}), One(Op::below, {"9"})}), rows({One(Op::at_least, {"5"})})));
  EXPECT_FALSE(Implies(rows({One(Op::at_least, {"5"})}), rows({One(Op::above, {"5"})})));
  EXPECT_FALSE(Implies(rows({One(Op::at_most, {"5"})}), rows({One(Op::at_least, {"1"})})));
  const auto days = [](const char* ms) { return When({{"StudyDate", Range({One(Op::within, {ms})})}}); };
  EXPECT_TRUE(Implies(days("86400000"), days("172800000")));
  EXPECT_FALSE(Implies(days("172800000"), days("86400000")));
}

TEST(Implication, FollowsThroughCombinations) {
  const Condition ct = When("Modality", {"CT"});
  EXPECT_TRUE(Implies(ct, When({{"Modality", One(Op::exists, {"true"})}})));
  EXPECT_TRUE(Implies(When({{"Modality", Not(One(Op::patterns, {"CT", "MR"}))}}),
                      When({{"Modality", Not(One(Op::patterns, {"CT"}))}})));
  EXPECT_FALSE(Implies(When({{"Modality", Not(One(Op::patterns, {"CT"}))}}),
                       When({{"Modality", Not(One(Op::patterns, {"CT", "MR"}))}})));
  const Condition any{Condition::Kind::any_of, {When("Modality", {"MR"}), When("Modality", {"CT", "CR"})}, {}};
  EXPECT_TRUE(Implies(ct, Condition{Condition::Kind::all_of, {any}, {}}));
}

TEST(Examination, FindsRulesThatNeverMatch) {
  EXPECT_THAT(Messages({Rule("r", When({{"Rows", Range({One(Op::above, {"9"}), One(Op::below, {"5"})})}}), {"b"})}),
              ElementsAre("rule r: it can never match: Rows: nothing is both above 9 and below 5"));
  EXPECT_THAT(
      Messages({Rule("r", When({{"called_ae", One(Op::patterns, {"A"})}, {"called_ae", One(Op::patterns, {"~^B"})}}),
                     {"b"})}),
      ElementsAre(HasSubstr("called_ae cannot be both A and ~^B")));
  EXPECT_THAT(
      Messages({Rule("r", When({{"Modality", One(Op::exists, {"false"})}, {"Modality", One(Op::is, {"CT"})}}), {"b"})}),
      ElementsAre(HasSubstr("Modality would need a value and have none")));
  EXPECT_THAT(Messages({Rule("r", When("AccessionNumber", {std::string(100, 'x')}), {"b"})}),
              ElementsAre(HasSubstr("no value of this attribute is longer than 16 characters")));
  // An attribute of several values can have both.
  EXPECT_THAT(
      Messages({Rule("r", When({{"ImageType", One(Op::has, {"A"})}, {"ImageType", One(Op::has, {"B"})}}), {"b"})}),
      IsEmpty());
}

TEST(Examination, FindsRulesBehindAFinalOne) {
  const Condition ct = When("modality", {"CT"});
  EXPECT_THAT(
      Messages({Rule("all-ct", ct, {"b"}, true),
                Rule("stroke", When({{"modality", One(Op::patterns, {"CT"})}, {"called_ae", One(Op::patterns, {"S"})}}),
                     {"c"}),
                Rule("mr", When("modality", {"MR"}), {"c"})}),
      ElementsAre("rule stroke: no instance reaches it: everything that it matches ends at the final rule all-ct "
                  "before it"));
}

TEST(Examination, FindsRulesThatAddNothing) {
  const Condition ct = When("modality", {"CT"});
  EXPECT_THAT(Messages({Rule("all", {}, {"b"}), Rule("ct", ct, {"b"})}),
              ElementsAre(StartsWith("rule ct: it adds nothing")));
  EXPECT_THAT(Messages({Rule("all", {}, {"b"}), Rule("ct", ct, {"b", "c"})}),
              ElementsAre(StartsWith("rule ct: for b it changes nothing: rule all")));
  EXPECT_THAT(Messages({Rule("ct", ct, {"b"}), Rule("all", {}, {"b"})}), IsEmpty());
}

TEST(Examination, FindsFinalRulesThatOverlap) {
  const auto called = When("called_ae", {"A", "B"});
  EXPECT_THAT(Messages({Rule("one", called, {"b"}, true), Rule("two", When("modality", {"CT"}), {"c"}, true)}),
              ElementsAre(HasSubstr("the final rule one before it matches as well")));
  EXPECT_THAT(Messages({Rule("one", called, {"b"}, true), Rule("two", When("called_ae", {"C"}), {"c"}, true)}),
              IsEmpty());
}

TEST(Examination, FindsRemovedValuesThatStillLeave) {
  for (const EditKind kind : {EditKind::remove, EditKind::keep_only}) {
    OutboundRuleSettings rule = Rule("r", {}, {"b"});
    rule.edits.emplace_back().kind = kind;
    EXPECT_THAT(Messages({rule}), ElementsAre(HasSubstr("in Original Attributes Sequence")));
    OutboundRuleSettings without = rule;
    without.original_attributes = false;
    EXPECT_THAT(Messages({without}), IsEmpty());
    rule.deidentify = std::make_shared<DeidentifySettings>();
    EXPECT_THAT(Messages({rule}), IsEmpty());
  }
  OutboundRuleSettings prefix = Rule("r", {}, {"b"});
  prefix.edits.emplace_back().kind = EditKind::prefix;
  EXPECT_THAT(Messages({prefix}), IsEmpty());
}

OutboundRuleSettings Falling(const std::string& name, Condition when, std::vector<std::string> to,
                             std::vector<std::string> fallback) {
  OutboundRuleSettings rule = Rule(name, std::move(when), std::move(to));
  rule.fallback.to = std::move(fallback);
  return rule;
}

TEST(Examination, FindsFallbacksInACircle) {
  const Condition a = When("called_ae", {"A"}), b = When("called_ae", {"B"});
  EXPECT_THAT(Messages({Falling("one", a, {"b"}, {"c"}), Falling("two", b, {"c"}, {"b"})}),
              ElementsAre(HasSubstr("the fallbacks go round in a circle: b, c, b")));
  EXPECT_THAT(Messages({Falling("one", a, {"b"}, {"c"}), Falling("two", b, {"c"}, {"d"})}), IsEmpty());
}

TEST(Examination, FindsFallbacksThatChangeNothing) {
  EXPECT_THAT(Messages({Rule("all", {}, {"c"}), Falling("ct", When("modality", {"CT"}), {"b"}, {"c"})}),
              ElementsAre(StartsWith("rule ct: its fallback to c changes nothing: rule all")));
  EXPECT_THAT(Messages({Falling("ct", When("modality", {"CT"}), {"b"}, {"c"}), Rule("all", {}, {"c"})}), IsEmpty());
}

TEST(Examination, KnowsThatFallbacksAreUsed) {
  RouteSettings routes;
  routes.outbound = {Falling("r", {}, {"b"}, {"c"})};
  for (const Finding& finding : Examine(routes, {"b", "c"}, {})) {
    EXPECT_THAT(finding.message, HasSubstr("no inbound rule"));
  }
}

TEST(Examination, FindsWhatNoRuleNames) {
  RouteSettings routes;
  routes.outbound = {Rule("r", {}, {"b"})};
  InboundRuleSettings& rule = routes.inbound.emplace_back(InboundRule("in", {"main"}));
  rule.when = When("partner", {"b"});
  std::vector<std::string> places, messages;
  for (const Finding& finding : Examine(routes, {"b", "c"}, {"main", "archive"})) {
    places.push_back(finding.place);
    messages.push_back(finding.message);
  }
  EXPECT_THAT(places, ElementsAre("partner c", "pacs archive", "partner c"));
  EXPECT_THAT(messages,
              ElementsAre("partner c: no outbound rule sends to it", "pacs archive: no inbound rule forwards to it",
                          "partner c: no inbound rule can match what it sends"));
}

TEST(Examination, FindsPatientIdsThatMayBeMistakenForOurs) {
  InboundRuleSettings rule = InboundRule("in", {"main"});
  EXPECT_THAT(MessagesIn({rule}), IsEmpty());
  rule.edits.clear();
  EXPECT_THAT(MessagesIn({rule}), ElementsAre(HasSubstr("it changes neither PatientID nor IssuerOfPatientID")));
  rule.edits.emplace_back().attribute.steps.push_back({0x00080080, {}, PathStep::kNoItem});
  EXPECT_THAT(MessagesIn({rule}), ElementsAre(HasSubstr("it changes neither")));
  rule.edits.emplace_back().attributes.push_back({{{0x00100020, {}, PathStep::kNoItem}}});
  EXPECT_THAT(MessagesIn({rule}), IsEmpty());
}

TEST(Examination, KnowsFallbackPacs) {
  InboundRuleSettings one = InboundRule("one", {"main"}), other = InboundRule("other", {"archive"});
  one.fallback = PacsFallback{{"archive", "third"}};
  EXPECT_THAT(MessagesIn({one}, {"main", "archive", "third"}), IsEmpty());
  other.fallback = PacsFallback{{"third"}};
  EXPECT_THAT(MessagesIn({one, other}), IsEmpty());
  other.fallback->to = {"main"};
  EXPECT_THAT(
      MessagesIn({one, other}),
      ElementsAre(HasSubstr("rule one: main falls back to archive, and by rule other archive falls back to main"),
                  HasSubstr("rule other: archive falls back to main")));
}

TEST(Examination, KnowsWhatSkipRulesAreFor) {
  OutboundRuleSettings skip = Rule("skip", When("modality", {"SR"}), {});
  skip.skip = true;
  EXPECT_THAT(Messages({skip, Rule("all", {}, {"b"}, true)}), IsEmpty());
  EXPECT_THAT(Messages({skip, Rule("reports", When("modality", {"SR"}), {"b"})}),
              ElementsAre(HasSubstr("ends at the skip rule skip before it")));
  EXPECT_THAT(Messages({Rule("all", {}, {"b"}, true), skip}),
              ElementsAre(HasSubstr("at the final rule all before it")));
}

}  // namespace
}  // namespace gateway::routing
