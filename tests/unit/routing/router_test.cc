#include "routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/conditions.h"

namespace gateway::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InstanceHeader Header(const std::string& modality = "CT") {
  InstanceHeader header;
  header.modality = modality;
  header.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  header.institution_name = "Universitätsklinikum A";
  header.station_name = "CT1";
  header.study_description = "Schädel nativ";
  header.referring_physician = "Müller^Hans";
  return header;
}

OutboundRuleSettings Out(const std::string& name, Condition when, std::vector<std::string> send_to) {
  OutboundRuleSettings rule;
  rule.name = name;
  rule.when = std::move(when);
  rule.send_to = std::move(send_to);
  return rule;
}

InboundRuleSettings In(const std::string& name, Condition when, std::vector<std::string> forward_to) {
  InboundRuleSettings rule;
  rule.name = name;
  rule.when = std::move(when);
  rule.forward_to = std::move(forward_to);
  return rule;
}

Router Make(std::vector<OutboundRuleSettings> outbound, std::vector<InboundRuleSettings> inbound = {}) {
  RouteSettings settings;
  settings.outbound = std::move(outbound);
  settings.inbound = std::move(inbound);
  return Router::Create(settings).value();
}

std::vector<InboundTarget> From(const Router& router, const std::string& partner) {
  const InstanceHeader header = Header();
  return router.Inbound({.header = &header, .partner = partner});
}

std::vector<std::string> Partners(const Router& router, const InstanceHeader& header,
                                  const std::string& called = "TO_B") {
  std::vector<std::string> names;
  for (const OutboundTarget& target : router.Outbound({.header = header, .calling_ae = "PACS_A", .called_ae = called}))
    names.push_back(target.partner);
  return names;
}

// A rule with one list of patterns: does it match the header above, from PACS_A to TO_B?
bool Matches(std::string_view key, Patterns patterns) {
  Condition when;
  Ask(when, key, std::move(patterns));
  return !Partners(Make({Out("r", when, {"b"})}), Header()).empty();
}

TEST(Router, SendsNothingWithoutRules) {
  EXPECT_THAT(Make({}).Outbound({.header = Header(), .calling_ae = "A", .called_ae = "B"}), IsEmpty());
  EXPECT_THAT(From(Make({}), "b"), IsEmpty());
}

TEST(Router, MatchesAnythingWithoutConditions) {
  EXPECT_THAT(Partners(Make({Out("all", {}, {"b", "c"})}), InstanceHeader()), ElementsAre("b", "c"));
}

TEST(Router, ComparesEachAttribute) {
  EXPECT_TRUE(Matches("called_ae", {"TO_B"}));
  EXPECT_FALSE(Matches("called_ae", {"PACS_A"}));
  EXPECT_TRUE(Matches("calling_ae", {"PACS_A"}));
  EXPECT_FALSE(Matches("calling_ae", {"TO_B"}));
  EXPECT_TRUE(Matches("modality", {"CT"}));
  EXPECT_FALSE(Matches("modality", {"MR"}));
  EXPECT_TRUE(Matches("institution", {"Universitätsklinikum A"}));
  EXPECT_FALSE(Matches("institution", {"Universitätsklinikum"}));
  EXPECT_TRUE(Matches("station", {"CT1"}));
  EXPECT_FALSE(Matches("station", {"CT"}));
  EXPECT_TRUE(Matches("sop_class", {"1.2.840.10008.5.1.4.1.1.2"}));
  EXPECT_FALSE(Matches("sop_class", {"1.2.840.10008.5.1.4.1.1.4"}));
  EXPECT_TRUE(Matches("study_description", {"Schädel nativ"}));
  EXPECT_FALSE(Matches("study_description", {"Thorax"}));
  EXPECT_TRUE(Matches("referring_physician", {"Müller^Hans"}));
  EXPECT_FALSE(Matches("referring_physician", {"Meier^Hans"}));
}

TEST(Router, NeedsOneEntryOfEveryList) {
  Condition when;
  Ask(when, "modality", {"MR", "CT"});
  Ask(when, "called_ae", {"TO_B"});
  const Router router = Make({Out("r", when, {"b"})});
  EXPECT_THAT(Partners(router, Header("CT")), ElementsAre("b"));
  EXPECT_THAT(Partners(router, Header("US")), IsEmpty());
  EXPECT_THAT(Partners(router, Header("CT"), "TO_C"), IsEmpty());
}

TEST(Router, FindsExpressionsAnywhere) {
  EXPECT_TRUE(Matches("study_description", {"~del"}));
  EXPECT_TRUE(Matches("study_description", {"~^Sch.del"}));
  EXPECT_FALSE(Matches("study_description", {"~^del"}));
  EXPECT_TRUE(Matches("called_ae", {"~^TO_(B|C)$"}));
}

TEST(Router, AddsThePartnersOfEveryRuleThatMatches) {
  Condition mr;
  Ask(mr, "modality", {"MR"});
  const Router router = Make({Out("1", {}, {"b"}), Out("2", mr, {"c"}), Out("3", {}, {"d"})});
  EXPECT_THAT(Partners(router, Header("CT")), ElementsAre("b", "d"));
  EXPECT_THAT(Partners(router, Header("MR")), ElementsAre("b", "c", "d"));
}

TEST(Router, NamesAPartnerOnceByTheFirstRule) {
  auto stroke = Out("stroke", {}, {"b", "b"});
  stroke.priority = Priority::emergency;
  stroke.bundling = Bundling::instance;
  const auto targets =
      Make({stroke, Out("all", {}, {"b", "c"})}).Outbound({.header = Header(), .calling_ae = "A", .called_ae = "B"});
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].rule, "stroke");
  EXPECT_EQ(targets[0].priority, Priority::emergency);
  EXPECT_EQ(targets[0].bundling, Bundling::instance);
  EXPECT_EQ(targets[1].partner, "c");
  EXPECT_EQ(targets[1].rule, "all");
  EXPECT_EQ(targets[1].priority, Priority::normal);
}

// Words for people may be the same for two tests.
TEST(Router, TellsTestsApartThatReadTheSame) {
  const auto asks = [](gateway::Test test) {
    Condition when;
    Ask(when, "InstitutionName", std::move(test));
    return when;
  };
  const gateway::Test one{gateway::Test::Op::patterns, {"Praxis Meier, Berlin"}, {}};
  const gateway::Test two{gateway::Test::Op::patterns, {"Praxis Meier", "Berlin"}, {}};
  const auto partners = [](const Router& router, const std::string& institution) {
    InstanceHeader header = Header();
    header.asked["InstitutionName"] = {AttributeValue::State::values, Vr::LO, {institution}};
    return Partners(router, header);
  };
  const Router list = Make({Out("1", asks(one), {"b"}), Out("2", asks(two), {"c"})});
  EXPECT_THAT(partners(list, "Praxis Meier, Berlin"), ElementsAre("b"));
  EXPECT_THAT(partners(list, "Praxis Meier"), ElementsAre("c"));
  EXPECT_THAT(partners(list, "Berlin"), ElementsAre("c"));
  const Router parts = Make({Out("1", asks({gateway::Test::Op::none_of, {}, {one}}), {"b"}),
                             Out("2", asks({gateway::Test::Op::none_of, {}, {two}}), {"c"})});
  EXPECT_THAT(partners(parts, "Praxis Meier, Berlin"), ElementsAre("c"));
  EXPECT_THAT(partners(parts, "Berlin"), ElementsAre("b"));
}

TEST(Router, StopsAfterAFinalRuleThatMatches) {
  Condition mr;
  Ask(mr, "modality", {"MR"});
  auto final_rule = Out("1", mr, {"b"});
  final_rule.final = true;
  const Router router = Make({final_rule, Out("2", {}, {"c"})});
  EXPECT_THAT(Partners(router, Header("MR")), ElementsAre("b"));
  EXPECT_THAT(Partners(router, Header("CT")), ElementsAre("c"));
}

TEST(Router, ForwardsByPartner) {
  Condition from_b;
  Ask(from_b, "partner", {"b"});
  auto first = In("from-b", from_b, {"main"});
  first.final = true;
  const Router router = Make({}, {first, In("rest", {}, {"archive", "archive"})});
  const auto from = From(router, "b");
  ASSERT_EQ(from.size(), 1U);
  EXPECT_EQ(from[0].pacs, "main");
  EXPECT_EQ(from[0].rule, "from-b");
  const auto rest = From(router, "c");
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].pacs, "archive");
}

TEST(Router, ForwardsByAttributes) {
  Condition when;
  Ask(when, "partner", {"~^klinikum-"});
  Ask(when, "study_description", {"~Thorax"});
  const Router router = Make({}, {In("r", when, {"main"})});
  EXPECT_THAT(From(router, "klinikum-b"), IsEmpty());
  Ask(when, "study_description", {"~nativ"});
  EXPECT_EQ(From(Make({}, {In("r", when, {"main"})}), "klinikum-b").size(), 1U);
}

TEST(Router, KnowsTheCalledAeTitlesOfItsRules) {
  Condition to_b;
  Ask(to_b, "called_ae", {"TO_B", "~^STROKE_"});
  const Router router = Make({Out("1", to_b, {"b"})});
  EXPECT_TRUE(router.KnowsCalledAe("TO_B"));
  EXPECT_TRUE(router.KnowsCalledAe("STROKE_C"));
  EXPECT_FALSE(router.KnowsCalledAe("TO_C"));
  EXPECT_FALSE(router.KnowsCalledAe("to_b"));
  EXPECT_FALSE(router.KnowsCalledAe(""));
}

TEST(Router, KnowsEveryCalledAeTitleWhenARuleNamesNone) {
  Condition to_b;
  Ask(to_b, "called_ae", {"TO_B"});
  EXPECT_TRUE(Make({Out("1", to_b, {"b"}), Out("2", {}, {"c"})}).KnowsCalledAe("ANY"));
  EXPECT_TRUE(Make({}).KnowsCalledAe("ANY"));
}

TEST(Router, RefusesAnExpressionThatDoesNotCompileAndNamesIt) {
  Condition when;
  Ask(when, "station", {"~CT("});
  const auto outbound = Router::Create({{Out("one", when, {"b"})}, {}, Unrouted::hold, {}});
  ASSERT_FALSE(outbound);
  EXPECT_EQ(outbound.error().fault, Fault::config);
  EXPECT_EQ(outbound.error().code, "bad-pattern");
  EXPECT_THAT(outbound.error().detail, testing::StartsWith("route one: station \"~CT(\": "));
  EXPECT_FALSE(Router::Create({{}, {In("two", when, {"main"})}, Unrouted::hold, {}}));
}

TEST(Router, StaysUsableAfterAMove) {
  Router from = Make({Out("all", {}, {"b"})});
  const Router to = std::move(from);
  EXPECT_THAT(Partners(to, Header()), ElementsAre("b"));
}

InboundRuleSettings Files(const std::string& directory, Condition when) {
  InboundRuleSettings rule = In(directory, std::move(when), {});
  rule.file_documents_to = directory;
  return rule;
}

std::filesystem::path DirectoryOf(const Router& router, const InstanceHeader* header, const std::string& partner) {
  const InboundRuleSettings* const rule = router.DocumentRule({.header = header, .partner = partner});
  return rule == nullptr ? std::filesystem::path() : rule->file_documents_to;
}

TEST(Router, FilesDocumentsWhereTheFirstMatchingRuleSays) {
  Condition mr;
  Ask(mr, "modality", {"MR"});
  const Router router = Make({}, {In("pacs", {}, {"main"}), Files("/mr", mr), Files("/a", {}), Files("/b", {})});
  const InstanceHeader ct = Header();
  const InstanceHeader other = Header("MR");
  EXPECT_EQ(DirectoryOf(router, &ct, "a"), "/a");
  EXPECT_EQ(DirectoryOf(router, &other, "a"), "/mr");
}

TEST(Router, FilesDocumentsOfOnePartnerOnly) {
  Condition from_b;
  Ask(from_b, "partner", {"b"});
  const Router router = Make({}, {Files("/b", from_b)});
  const InstanceHeader header = Header();
  EXPECT_EQ(DirectoryOf(router, &header, "b"), "/b");
  EXPECT_EQ(DirectoryOf(router, &header, "c"), "");
  EXPECT_EQ(DirectoryOf(router, nullptr, "b"), "/b");
}

TEST(Router, FilesNoDocumentByAttributesThatNobodyKnows) {
  // Matches the empty text that an unknown attribute is.
  for (const RuleAttribute& attribute : kRuleAttributes) {
    if (attribute.of_instance == nullptr) continue;
    Condition when;
    Ask(when, attribute.key, {"~.*"});
    const Router router = Make({}, {Files("/a", when)});
    const InstanceHeader header = Header();
    EXPECT_EQ(DirectoryOf(router, &header, "b"), "/a");
    EXPECT_EQ(DirectoryOf(router, nullptr, "b"), "");
  }
}

TEST(Router, FilesNoDocumentBehindAFinalRule) {
  InboundRuleSettings final = In("pacs", {}, {"main"});
  final.final = true;
  const Router router = Make({}, {final, Files("/a", {})});
  const InstanceHeader header = Header();
  EXPECT_EQ(DirectoryOf(router, &header, "b"), "");
}

// Is a physician of this name matched by an entry?
bool NameMatches(const std::string& name, const std::string& entry) {
  InstanceHeader header = Header();
  header.referring_physician = name;
  Condition when;
  Ask(when, "referring_physician", {entry});
  return !Partners(Make({Out("r", when, {"b"})}), header).empty();
}

// PS3.5 section 6.2.1.
TEST(Router, ComparesNamesByWhatTheyMean) {
  for (const char* name : {"Müller^Hans", "Müller^Hans^^^", "Müller^Hans^^^==", "Müller^Hans=", "Müller ^ Hans^ ",
                           "Mu\xCC\x88ller^Hans", "Meier^Anna\\Müller^Hans", "Yamada=Müller^Hans^^"}) {
    EXPECT_TRUE(NameMatches(name, "Müller^Hans")) << name;
    EXPECT_TRUE(NameMatches(name, "Müller^Hans^^^")) << name;
    EXPECT_TRUE(NameMatches(name, "~^Müller\\^Hans$")) << name;
    EXPECT_TRUE(NameMatches(name, "Mu\xCC\x88ller^Hans")) << name;
  }
  for (const char* name : {"Müller", "Müller^Hans^Peter", "Müller^^Hans", "", "^^^", "=="}) {
    EXPECT_FALSE(NameMatches(name, "Müller^Hans")) << name;
  }
  EXPECT_TRUE(NameMatches("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田^太郎"));
  EXPECT_TRUE(NameMatches("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう"));
}

TEST(Router, ComparesEachValueAndUnicodeByMeaning) {
  InstanceHeader header = Header();
  header.institution_name = "Klinik\\Praxis am Wall";
  header.study_description =
      "Scha\xCC\x88"
      "del";
  Condition when;
  Ask(when, "institution", {"Praxis am Wall"});
  Ask(when, "study_description", {"Schädel"});
  EXPECT_FALSE(Partners(Make({Out("r", when, {"b"})}), header).empty());
  Ask(when, "institution", {"Klinik\\Praxis am Wall"});
  EXPECT_FALSE(Partners(Make({Out("r", when, {"b"})}), header).empty());
}

OutboundRuleSettings Skip(const std::string& name, Condition when) {
  OutboundRuleSettings rule = Out(name, std::move(when), {});
  rule.skip = true;
  return rule;
}

TEST(Router, EndsAtARuleThatSkips) {
  Condition ct;
  Ask(ct, "modality", {"CT"});
  const Router router = Make({Out("before", {}, {"a"}), Skip("no-ct", ct), Out("after", {}, {"b"})});
  EXPECT_THAT(Partners(router, Header("CT")), ElementsAre("a"));
  EXPECT_THAT(Partners(router, Header("MR")), ElementsAre("a", "b"));
  EXPECT_EQ(router.SkippedBy({.header = Header("CT"), .calling_ae = "A", .called_ae = "B"})->name, "no-ct");
  EXPECT_EQ(router.SkippedBy({.header = Header("MR"), .calling_ae = "A", .called_ae = "B"}), nullptr);
  const auto traces = router.ExplainOutbound({.header = Header("CT"), .calling_ae = "A", .called_ae = "B"});
  EXPECT_TRUE(traces.at(1).skips);
  EXPECT_FALSE(traces.at(2).tried);
}

TEST(Router, SkipsNothingBehindAFinalRule) {
  OutboundRuleSettings final = Out("final", {}, {"a"});
  final.final = true;
  const Router router = Make({final, Skip("skip", {})});
  EXPECT_EQ(router.SkippedBy({.header = Header(), .calling_ae = "A", .called_ae = "B"}), nullptr);
}

}  // namespace
}  // namespace gateway::routing
