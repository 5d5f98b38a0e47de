// Each criterion and each operator of a `when:`.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "routing/router.h"
#include "support/conditions.h"

namespace gateway::routing {
namespace {

using Op = gateway::Test::Op;
using State = AttributeValue::State;

gateway::Test One(Op op, std::vector<std::string> operands) {
  return {op, std::move(operands), {}};
}
gateway::Test Of(Op op, std::vector<gateway::Test> parts) {
  return {op, {}, std::move(parts)};
}

class Criteria : public testing::Test {
 protected:
  Criteria() {
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
  }
  ~Criteria() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

  void Has(const std::string& path, Vr vr, std::vector<std::string> values) {
    header_.asked[path] = {values.empty() ? State::empty : State::values, vr, std::move(values)};
  }
  void Lacks(const std::string& path) { header_.asked[path] = {}; }
  void CannotRead(const std::string& path) { header_.asked[path] = {State::unreadable, Vr::none, {}}; }

  // Returns whether an outbound rule with this condition matches.
  bool Matches(const Condition& when) {
    RouteSettings settings;
    settings.outbound.push_back({.name = "r", .when = when, .send_to = {"b"}});
    settings.holidays = {"2026-12-25", "01-06"};
    return !Router::Create(settings).value().Outbound(Facts()).empty();
  }
  bool Matches(const std::string& key, const gateway::Test& test) {
    Condition when;
    Ask(when, key, test);
    return Matches(when);
  }
  // Returns the answers of a test and of its `not`.
  std::pair<bool, bool> BothWays(const std::string& key, const gateway::Test& test) {
    return {Matches(key, test), Matches(key, Of(Op::none_of, {test}))};
  }
  OutboundFacts Facts() {
    return {.header = header_,
            .calling_ae = "PACS_A",
            .called_ae = "TO_B",
            .caller = caller_,
            .port = port_,
            .study = study_,
            .now = now_};
  }
  // Local time in Berlin, in winter.
  void Now(int year, unsigned month, unsigned day, int hour, int minute) {
    now_ = Time(std::chrono::sys_days(std::chrono::year(year) / month / day) + std::chrono::hours(hour - 1) +
                std::chrono::minutes(minute));
  }

  InstanceHeader header_;
  std::string caller_ = "192.0.2.7";
  std::uint16_t port_ = 11112;
  std::optional<StudySoFar> study_;
  Time now_{};
};

constexpr std::pair kYes{true, false};
constexpr std::pair kNo{false, true};
constexpr std::pair kUnknown{false, false};

TEST_F(Criteria, CompareTexts) {
  Has("SeriesDescription", Vr::LO, {"Topogram 0.6 T20f"});
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::is, {"Topogram 0.6 T20f"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::is, {"topogram 0.6 t20f"})), kNo);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::is_any_case, {"x", "TOPOGRAM 0.6 t20f"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::glob, {"Topo*T2?f"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::glob, {"Topo*T2?"})), kNo);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::matches, {"(?i)^TOPO"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::patterns, {"~(?i)TOPOGRAM"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::patterns, {"~TOPOGRAM"})), kNo);
}

TEST_F(Criteria, FoldCaseBeyondAscii) {
  Has("SeriesDescription", Vr::LO, {"SCHÄDEL"});
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::is_any_case, {"Schädel"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::matches, {"(?i)ä\\w"})), kYes);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::glob, {"SCH?DEL"})), kYes);
}

TEST_F(Criteria, LookAtEachValue) {
  Has("ImageType", Vr::CS, {"ORIGINAL", "PRIMARY", "AXIAL"});
  EXPECT_EQ(BothWays("ImageType", One(Op::has, {"PRIMARY"})), kYes);
  EXPECT_EQ(BothWays("ImageType", One(Op::has, {"~^AX"})), kYes);
  EXPECT_EQ(BothWays("ImageType", One(Op::has, {"DERIVED"})), kNo);
  EXPECT_EQ(BothWays("ImageType", One(Op::is, {"ORIGINAL\\PRIMARY\\AXIAL"})), kYes);
  EXPECT_EQ(BothWays("ImageType", One(Op::has, {"ORIGINAL\\PRIMARY\\AXIAL"})), kNo);
  EXPECT_EQ(BothWays("ImageType", One(Op::patterns, {"DERIVED", "AXIAL"})), kYes);
}

TEST_F(Criteria, CompareNumbers) {
  Has("SliceThickness", Vr::DS, {" 1.50"});
  EXPECT_EQ(BothWays("SliceThickness", One(Op::at_least, {"1.5"})), kYes);
  EXPECT_EQ(BothWays("SliceThickness", One(Op::above, {"1.5"})), kNo);
  EXPECT_EQ(BothWays("SliceThickness", One(Op::at_most, {"1.5"})), kYes);
  EXPECT_EQ(BothWays("SliceThickness", One(Op::below, {"1.5"})), kNo);
  EXPECT_EQ(BothWays("SliceThickness", One(Op::patterns, {"1.5"})), kYes);  // 1.50 is 1.5
  EXPECT_EQ(BothWays("SliceThickness", One(Op::patterns, {"2", "1.51"})), kNo);
  Has("SliceThickness", Vr::DS, {"thin"});
  EXPECT_EQ(BothWays("SliceThickness", One(Op::at_least, {"1.5"})), kUnknown);
  EXPECT_EQ(BothWays("SliceThickness", One(Op::patterns, {"1.5"})), kUnknown);
}

TEST_F(Criteria, WantOneValueBetweenAllBounds) {
  const gateway::Test between = Of(Op::range, {One(Op::at_least, {"5"}), One(Op::at_most, {"10"})});
  Has("PixelSpacing", Vr::DS, {"1", "20"});
  EXPECT_EQ(BothWays("PixelSpacing", between), kNo);  // not one of them for each bound
  Has("PixelSpacing", Vr::DS, {"1", "7"});
  EXPECT_EQ(BothWays("PixelSpacing", between), kYes);
}

TEST_F(Criteria, CompareDates) {
  Has("StudyDate", Vr::DA, {"20261130"});
  EXPECT_EQ(BothWays("StudyDate", One(Op::at_least, {"2026-11-30"})), kYes);
  EXPECT_EQ(BothWays("StudyDate", One(Op::below, {"20261130"})), kNo);
  EXPECT_EQ(BothWays("StudyDate", One(Op::patterns, {"2026-11-30"})), kYes);
  Has("StudyDate", Vr::DA, {"30.11.2026"});
  EXPECT_EQ(BothWays("StudyDate", One(Op::at_least, {"2026-11-30"})), kUnknown);
}

TEST_F(Criteria, CompareDatesWithToday) {
  Now(2026, 11, 30, 0, 30);  // still the 29th in UTC
  const std::string week = std::to_string(7 * 86'400'000LL);
  Has("StudyDate", Vr::DA, {"20261123"});
  EXPECT_EQ(BothWays("StudyDate", One(Op::within, {week})), kYes);
  EXPECT_EQ(BothWays("StudyDate", One(Op::older_than, {week})), kNo);
  EXPECT_EQ(BothWays("StudyDate", One(Op::at_least, {"today-7d"})), kYes);
  Has("StudyDate", Vr::DA, {"20261122"});
  EXPECT_EQ(BothWays("StudyDate", One(Op::within, {week})), kNo);
  EXPECT_EQ(BothWays("StudyDate", One(Op::older_than, {week})), kYes);
  EXPECT_EQ(BothWays("StudyDate", One(Op::at_least, {"today-7d"})), kNo);
  Has("StudyDate", Vr::DA, {"20261201"});  // another clock
  EXPECT_EQ(BothWays("StudyDate", One(Op::within, {week})), kYes);
}

TEST_F(Criteria, CompareTimesDateTimesAndAges) {
  Now(2026, 11, 30, 12, 0);
  Has("StudyTime", Vr::TM, {"183000"});
  EXPECT_EQ(BothWays("StudyTime", One(Op::at_least, {"18:00"})), kYes);
  EXPECT_EQ(BothWays("StudyTime", One(Op::below, {"18:30"})), kNo);
  Has("AcquisitionDateTime", Vr::DT, {"20261130100000"});
  EXPECT_EQ(BothWays("AcquisitionDateTime", One(Op::within, {"7200000"})), kYes);
  EXPECT_EQ(BothWays("AcquisitionDateTime", One(Op::older_than, {"7199999"})), kYes);
  EXPECT_EQ(BothWays("AcquisitionDateTime", One(Op::at_least, {"now-1h"})), kNo);
  Has("PatientAge", Vr::AS, {"011M"});
  EXPECT_EQ(BothWays("PatientAge", One(Op::below, {"18Y"})), kYes);
  EXPECT_EQ(BothWays("PatientAge", One(Op::at_least, {"12M"})), kNo);
}

TEST_F(Criteria, AskWhetherThereIsAValue) {
  const gateway::Test exists = One(Op::exists, {"true"}), missing = One(Op::exists, {"false"});
  const gateway::Test empty = One(Op::empty, {"true"}), filled = One(Op::empty, {"false"});
  Has("AccessionNumber", Vr::SH, {"1"});
  EXPECT_EQ(BothWays("AccessionNumber", exists), kYes);
  EXPECT_EQ(BothWays("AccessionNumber", empty), kNo);
  EXPECT_EQ(BothWays("AccessionNumber", filled), kYes);
  Has("AccessionNumber", Vr::SH, {});
  EXPECT_EQ(BothWays("AccessionNumber", exists), kYes);
  EXPECT_EQ(BothWays("AccessionNumber", empty), kYes);
  Lacks("AccessionNumber");
  EXPECT_EQ(BothWays("AccessionNumber", missing), kYes);
  EXPECT_EQ(BothWays("AccessionNumber", empty), kYes);
  EXPECT_EQ(BothWays("AccessionNumber", filled), kNo);
  CannotRead("AccessionNumber");
  EXPECT_EQ(BothWays("AccessionNumber", exists), kYes);
  EXPECT_EQ(BothWays("AccessionNumber", empty), kNo);
}

TEST_F(Criteria, MatchNothingThatIsNotKnown) {
  CannotRead("SeriesDescription");
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::patterns, {"~.*"})), kUnknown);
  header_.asked.clear();  // nobody read it
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::patterns, {"~.*"})), kUnknown);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::exists, {"true"})), kUnknown);
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::empty, {"true"})), kUnknown);
  EXPECT_EQ(BothWays("instances", One(Op::at_least, {"1"})), kUnknown);
}

TEST_F(Criteria, TakeAnAttributeThatIsAbsentForNoValue) {
  Lacks("SeriesDescription");
  EXPECT_EQ(BothWays("SeriesDescription", One(Op::patterns, {"~(?i)topogram"})), kNo);
  Lacks("SliceThickness");
  EXPECT_EQ(BothWays("SliceThickness", One(Op::at_least, {"1"})), kNo);
}

TEST_F(Criteria, CombineTests) {
  Has("SeriesNumber", Vr::IS, {"5"});
  const gateway::Test five = One(Op::patterns, {"5"}), six = One(Op::patterns, {"6"});
  EXPECT_EQ(BothWays("SeriesNumber", Of(Op::any_of, {five, six})), kYes);
  EXPECT_EQ(BothWays("SeriesNumber", Of(Op::all_of, {five, six})), kNo);
  EXPECT_EQ(BothWays("SeriesNumber", Of(Op::none_of, {Of(Op::all_of, {five, six})})), kYes);
}

TEST_F(Criteria, CombineConditions) {
  Has("Modality", Vr::CS, {"CT"});
  CannotRead("BodyPartExamined");
  Condition ct, head;
  Ask(ct, "Modality", Patterns{"CT"});
  Ask(head, "BodyPartExamined", Patterns{"HEAD"});
  const auto combined = [](Condition::Kind kind, std::vector<Condition> parts) {
    return Condition{Condition::Kind::all_of, {{kind, std::move(parts), {}}}, {}};
  };
  EXPECT_TRUE(Matches(combined(Condition::Kind::any_of, {head, ct})));
  EXPECT_FALSE(Matches(combined(Condition::Kind::all_of, {head, ct})));
  EXPECT_FALSE(Matches(combined(Condition::Kind::none_of, {ct})));
  EXPECT_FALSE(Matches(combined(Condition::Kind::none_of, {head})));  // nobody knows
  EXPECT_FALSE(Matches(combined(Condition::Kind::any_of, {head})));
}

TEST_F(Criteria, CompareNamesByTheirParts) {
  Has("PatientName", Vr::PN, {"Yamada^Tarou=山田^太郎=やまだ^たろう"});
  EXPECT_EQ(BothWays("PatientName", One(Op::patterns, {"山田^太郎"})), kYes);
  EXPECT_EQ(BothWays("PatientName", One(Op::is, {"Yamada^Tarou^^^"})), kYes);
  EXPECT_EQ(BothWays("PatientName", One(Op::is, {"Yamada"})), kNo);
}

TEST_F(Criteria, KnowPrivateAttributesByTheirCreator) {
  const std::string path = "(0019,xx10 SIEMENS MR HEADER)";
  Has(path, Vr::none, {"5.5"});
  EXPECT_EQ(BothWays(path, One(Op::at_least, {"5"})), kYes);
  EXPECT_EQ(BothWays(path, One(Op::patterns, {"5.5"})), kYes);
  Has(path, Vr::DA, {"20261130"});
  EXPECT_EQ(BothWays(path, One(Op::at_least, {"2026-11-01"})), kYes);
  Has(path, Vr::LO, {"some text"});
  EXPECT_EQ(BothWays(path, One(Op::at_least, {"5"})), kUnknown);
}

TEST_F(Criteria, KnowTheTransferSyntax) {
  header_.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  EXPECT_EQ(BothWays("TransferSyntaxUID", One(Op::patterns, {"1.2.840.10008.1.2.1"})), kYes);
  EXPECT_EQ(BothWays("TransferSyntaxUID", One(Op::patterns, {"~^1.2.840.10008.1.2.4"})), kNo);
}

TEST_F(Criteria, AskForTheCallerAndThePort) {
  EXPECT_EQ(BothWays("caller", One(Op::patterns, {"198.51.100.0/24", "192.0.2.0/24"})), kYes);
  EXPECT_EQ(BothWays("caller", One(Op::patterns, {"192.0.2.8"})), kNo);
  caller_ = "::ffff:192.0.2.7";
  EXPECT_EQ(BothWays("caller", One(Op::patterns, {"192.0.2.7"})), kYes);
  caller_.clear();
  EXPECT_EQ(BothWays("caller", One(Op::patterns, {"192.0.2.7"})), kUnknown);
  EXPECT_EQ(BothWays("port", One(Op::patterns, {"104", "11112"})), kYes);
  EXPECT_EQ(BothWays("port", One(Op::above, {"11112"})), kNo);
}

TEST_F(Criteria, AskForTheStudySoFar) {
  study_ = {3000, 1'500'000'000};
  EXPECT_EQ(BothWays("instances", One(Op::at_most, {"3000"})), kYes);
  EXPECT_EQ(BothWays("instances", One(Op::below, {"3000"})), kNo);
  EXPECT_EQ(BothWays("bytes", One(Op::at_least, {"1500000000"})), kYes);
}

TEST_F(Criteria, AskForTheTimeAndTheDay) {
  const gateway::Test night =
      Of(Op::any_of, {Of(Op::range, {One(Op::at_least, {"18:00"})}), Of(Op::range, {One(Op::below, {"07:00"})})});
  Now(2026, 11, 30, 17, 59);
  EXPECT_EQ(BothWays("time", night), kNo);
  Now(2026, 11, 30, 18, 0);
  EXPECT_EQ(BothWays("time", night), kYes);
  Now(2026, 11, 30, 6, 59);
  EXPECT_EQ(BothWays("time", night), kYes);
  EXPECT_EQ(BothWays("days", One(Op::patterns, {"sun", "mon"})), kYes);  // a Monday
  EXPECT_EQ(BothWays("days", One(Op::patterns, {"holiday"})), kNo);
  Now(2026, 12, 25, 12, 0);
  EXPECT_EQ(BothWays("days", One(Op::patterns, {"holiday"})), kYes);
  EXPECT_EQ(BothWays("days", One(Op::patterns, {"fri"})), kYes);
  Now(2027, 1, 6, 0, 0);  // each year
  EXPECT_EQ(BothWays("days", One(Op::patterns, {"holiday"})), kYes);
}

TEST_F(Criteria, AskInboundForSetAndPriority) {
  Condition when;
  Ask(when, "set", Patterns{"~^20261130"});
  Ask(when, "mail_priority", Patterns{"emergency"});
  RouteSettings settings;
  InboundRuleSettings& rule = settings.inbound.emplace_back();
  rule.name = "r";
  rule.when = when;
  rule.forward_to = {"main"};
  const Router router = Router::Create(settings).value();
  InboundFacts facts{.header = &header_, .partner = "b", .set = "20261130.1", .mail_priority = Priority::emergency};
  EXPECT_EQ(router.Inbound(facts).size(), 1U);
  facts.mail_priority = Priority::normal;
  EXPECT_EQ(router.Inbound(facts).size(), 0U);
  facts.mail_priority.reset();
  EXPECT_EQ(router.Inbound(facts).size(), 0U);
}

TEST_F(Criteria, AskInboundForTheService) {
  Condition when;
  Ask(when, "service", Patterns{"ai"});
  RouteSettings settings;
  InboundRuleSettings& rule = settings.inbound.emplace_back();
  rule.name = "r";
  rule.when = when;
  rule.forward_to = {"main"};
  const Router router = Router::Create(settings).value();
  InboundFacts facts{.header = &header_, .partner = "b", .service = "ai"};
  EXPECT_EQ(router.Inbound(facts).size(), 1U);
  facts.service = "";
  EXPECT_EQ(router.Inbound(facts).size(), 0U);
  facts.service.reset();
  EXPECT_EQ(router.Inbound(facts).size(), 0U);
}

TEST_F(Criteria, TellWhatTheReaderMustRead) {
  RouteSettings settings;
  Condition when;
  Ask(when, "Modality", Patterns{"CT"});
  Ask(when, "TransferSyntaxUID", Patterns{"~."});
  Ask(when, "modality", Patterns{"CT"});
  settings.outbound.push_back({.name = "r", .when = when, .send_to = {"b"}});
  Ask(when, "instances", One(Op::at_most, {"5"}));
  settings.outbound.push_back({.name = "s", .when = when, .send_to = {"b"}});
  const Router router = Router::Create(settings).value();
  ASSERT_EQ(router.AskedByOutboundRules().size(), 1U);
  EXPECT_EQ(attributes::Text(router.AskedByOutboundRules().front()), "Modality");
  EXPECT_TRUE(router.AskedByInboundRules().empty());
  EXPECT_TRUE(router.AsksForStudy());
}

}  // namespace
}  // namespace gateway::routing
