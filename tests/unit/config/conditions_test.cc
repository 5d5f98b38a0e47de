// Reads the `when:` of rules: attributes of DICOM, operators, combinations, and their mistakes.
#include "support/conditions.h"

#include "attributes/attribute_path.h"
#include "fixture.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Op = gateway::Test::Op;

class Conditions : public ConfigTest {
 protected:
  // `when` stands below the key, indented by eight.
  void SetWhen(const std::string& when) {
    Set("routes", "routes:\n  outbound:\n    - name: r\n      send_to: b\n      when:\n        " + when + "\n");
  }
  Condition Read(const std::string& when) {
    SetWhen(when);
    const Loaded loaded = LoadSections();
    EXPECT_THAT(Lines(loaded), IsEmpty()) << when;
    return loaded.settings.routes.outbound.empty() ? Condition() : loaded.settings.routes.outbound.front().when;
  }
  gateway::Test ReadOne(const std::string& when) {
    const Condition condition = Read(when);
    return condition.parts.empty() ? gateway::Test() : condition.parts.front().criterion.test;
  }
  std::string MistakeIn(const std::string& when) {
    SetWhen(when + " #!");
    const Loaded loaded = LoadSections();
    return loaded.mistakes.empty() ? std::string() : Format(loaded.mistakes.front());
  }
};

gateway::Test Bound(Op op, const std::string& operand) {
  return {op, {operand}, {}};
}

TEST_F(Conditions, NameAttributesOfDicom) {
  const Condition when = Read(
      "StudyDate: { within: 7d }\n        (0019,xx10 SIEMENS MR HEADER): [a]\n        "
      "RequestAttributesSequence[0].ScheduledProcedureStepID: x\n        modality: CT");
  ASSERT_EQ(when.parts.size(), 4U);
  EXPECT_EQ(when.parts[0].criterion.attribute->key, "modality");  // fast comparisons come first
  EXPECT_EQ(attributes::Text(when.parts[1].criterion.path), "StudyDate");
  EXPECT_EQ(attributes::Text(when.parts[2].criterion.path), "(0019,xx10 SIEMENS MR HEADER)");
  EXPECT_EQ(attributes::Text(when.parts[3].criterion.path), "RequestAttributesSequence[0].ScheduledProcedureStepID");
  EXPECT_EQ(when.parts[1].criterion.test, (gateway::Test{Op::range, {}, {Bound(Op::within, "604800000")}}));
}

TEST_F(Conditions, TakeEachOperator) {
  EXPECT_EQ(ReadOne("StationName: CT1"), (gateway::Test{Op::patterns, {"CT1"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { is: [CT1, ~x] }"), (gateway::Test{Op::is, {"CT1", "~x"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { is_any_case: ct1 }"), (gateway::Test{Op::is_any_case, {"ct1"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { glob: 'CT*' }"), (gateway::Test{Op::glob, {"CT*"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { matches: '^CT' }"), (gateway::Test{Op::matches, {"^CT"}, {}}));
  EXPECT_EQ(ReadOne("ImageType: { has: ORIGINAL }"), (gateway::Test{Op::has, {"ORIGINAL"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { exists: true }"), (gateway::Test{Op::exists, {"true"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { empty: false }"), (gateway::Test{Op::empty, {"false"}, {}}));
  EXPECT_EQ(ReadOne("StationName: { not: '~x' }"), (gateway::Test{Op::none_of, {}, {{Op::patterns, {"~x"}, {}}}}));
  EXPECT_EQ(ReadOne("Rows: { above: 5, below: 9 }"),
            (gateway::Test{Op::range, {}, {Bound(Op::above, "5"), Bound(Op::below, "9")}}));
  EXPECT_EQ(ReadOne("StudyDate: { from: 2026-01-01, to: today }"),
            (gateway::Test{Op::range, {}, {Bound(Op::at_least, "2026-01-01"), Bound(Op::at_most, "today")}}));
  EXPECT_EQ(ReadOne("StudyDate: { older_than: 30d }"),
            (gateway::Test{Op::range, {}, {Bound(Op::older_than, "2592000000")}}));
  EXPECT_EQ(ReadOne("Rows: { any_of: [5, { above: 9 }] }"),
            (gateway::Test{Op::any_of, {}, {{Op::patterns, {"5"}, {}}, {Op::range, {}, {Bound(Op::above, "9")}}}}));
  EXPECT_EQ(ReadOne("Rows: [5, { above: 9 }]"), ReadOne("Rows: { any_of: [5, { above: 9 }] }"));
  EXPECT_EQ(ReadOne("StationName: { is: A, not: B }"),
            (gateway::Test{Op::all_of, {}, {{Op::is, {"A"}, {}}, {Op::none_of, {}, {{Op::patterns, {"B"}, {}}}}}}));
}

TEST_F(Conditions, TakeOurOwnCriteria) {
  EXPECT_EQ(ReadOne("caller: [192.0.2.0/24, '2001:db8::1']"),
            (gateway::Test{Op::patterns, {"192.0.2.0/24", "2001:db8::1"}, {}}));
  EXPECT_EQ(ReadOne("port: 11112"), (gateway::Test{Op::patterns, {"11112"}, {}}));
  EXPECT_EQ(ReadOne("days: [sat, sun, holiday]"), (gateway::Test{Op::patterns, {"sat", "sun", "holiday"}, {}}));
  EXPECT_EQ(ReadOne("instances: { at_most: 3000 }"), (gateway::Test{Op::range, {}, {Bound(Op::at_most, "3000")}}));
  EXPECT_EQ(ReadOne("bytes: { above: 2GB }"), (gateway::Test{Op::range, {}, {Bound(Op::above, "2000000000")}}));
  EXPECT_EQ(ReadOne("time: '07:00-18:00'"),
            (gateway::Test{Op::range, {}, {Bound(Op::at_least, "07:00"), Bound(Op::below, "18:00")}}));
  EXPECT_EQ(
      ReadOne("time: '18:00-07:00'"),
      (gateway::Test{Op::any_of,
                     {},
                     {{Op::range, {}, {Bound(Op::at_least, "18:00")}}, {Op::range, {}, {Bound(Op::below, "07:00")}}}}));
}

TEST_F(Conditions, Combine) {
  const Condition when = Read(
      "any_of:\n          - { InstitutionName: \"~^Klinikum\" }\n          - { time: '18:00-07:00', days: sat }\n      "
      "  "
      "not: { modality: SR }");
  ASSERT_EQ(when.parts.size(), 2U);
  EXPECT_EQ(when.parts[0].kind, Condition::Kind::any_of);
  EXPECT_EQ(when.parts[0].parts.size(), 2U);
  EXPECT_EQ(when.parts[0].parts[1].parts.size(), 2U);
  EXPECT_EQ(when.parts[1].kind, Condition::Kind::none_of);
}

TEST_F(Conditions, ReadHolidays) {
  Set("routes", "routes:\n  holidays: [2026-12-25, 01-06]\n");
  const Loaded loaded = LoadSections();
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.routes.holidays, ElementsAre("2026-12-25", "01-06"));
  for (const char* wrong : {"2026-02-30", "13-01", "Christmas", "2026-1-1"}) {
    Set("routes", "routes:\n  holidays: [" + std::string(wrong) + "] #!\n");
    EXPECT_THAT(Lines(LoadSections()), testing::SizeIs(1)) << wrong;
  }
}

TEST_F(Conditions, NameTheMistake) {
  EXPECT_THAT(MistakeIn("StudyDescripton: x"), HasSubstr("did you mean 'StudyDescription'?"));
  EXPECT_THAT(MistakeIn("studydate: x"), HasSubstr("unknown key 'studydate'"));
  EXPECT_THAT(MistakeIn("modalty: x"), HasSubstr("did you mean 'modality'?"));
  EXPECT_THAT(MistakeIn("patientname: x"), HasSubstr("did you mean the attribute 'PatientName'?"));
  EXPECT_THAT(MistakeIn("(0019,1010 SIEMENS): x"), HasSubstr("a private attribute is named by its creator"));
  EXPECT_THAT(MistakeIn("SeriesDescription: { at_least: 5 }"), HasSubstr("the attribute is text (LO)"));
  EXPECT_THAT(MistakeIn("Rows: { within: 7d }"), HasSubstr("this compares dates, but the attribute is a number (US)"));
  EXPECT_THAT(MistakeIn("Rows: many"), HasSubstr("expected a number, not 'many'"));
  EXPECT_THAT(MistakeIn("StudyDate: 30.11.2026"), HasSubstr("expected a date, as 2026-11-30"));
  EXPECT_THAT(MistakeIn("StudyDate: { within: 12h }"), HasSubstr("expected whole days, as 7d"));
  EXPECT_THAT(MistakeIn("StudyDate: { withn: 7d }"), HasSubstr("did you mean 'within'?"));
  EXPECT_THAT(MistakeIn("RequestAttributesSequence: x"), HasSubstr("a sequence (SQ), so a rule can only ask"));
  EXPECT_THAT(MistakeIn("PixelData: { exists: true }"), HasSubstr("rules do not look at pixel data"));
  EXPECT_THAT(MistakeIn("StationName: { matches: 'CT(' }"), HasSubstr("the regular expression 'CT(' is wrong"));
  EXPECT_THAT(MistakeIn("StationName: {}"), HasSubstr("expected an operator"));
  EXPECT_THAT(MistakeIn("StationName: { exists: maybe }"), HasSubstr("not 'maybe'"));
  EXPECT_THAT(MistakeIn("StationName: { is: [] }"), HasSubstr("the list is empty"));
  EXPECT_THAT(MistakeIn("any_of: { modality: CT }"), HasSubstr("expected a list (- item)"));
  EXPECT_THAT(MistakeIn("not: [CT]"), HasSubstr("expected a map of keys"));
  EXPECT_THAT(MistakeIn("caller: pacs.example"), HasSubstr("expected an address or a network"));
  EXPECT_THAT(MistakeIn("time: 18:00"), HasSubstr("expected a span of time, as 18:00-07:00"));
  EXPECT_THAT(MistakeIn("days: saturday"), HasSubstr("expected mon, tue"));
  EXPECT_THAT(MistakeIn("instances: ~5"), HasSubstr("expected a number"));
  EXPECT_THAT(MistakeIn("mail_priority: emergency"), HasSubstr("unknown key 'mail_priority'"));
}

TEST_F(Conditions, StayWithinBounds) {
  std::string deep = "StationName: ";
  for (int i = 0; i < 40; ++i) deep += "{ not: ";
  deep += "x";
  for (int i = 0; i < 40; ++i) deep += " }";
  EXPECT_THAT(MistakeIn(deep), HasSubstr("nested at most"));
  // Aliases make millions of criteria of a few lines.
  std::string bomb = "StationName:\n          any_of:\n            - &n0 { any_of: [x, x, x, x, x, x, x, x, x, x] }\n";
  for (int i = 1; i < 7; ++i) {
    const std::string before = "*n" + std::to_string(i - 1) + " ";
    bomb += "            - &n" + std::to_string(i) + " { any_of: [" + before + ", " + before + ", " + before + ", " +
            before + ", " + before + ", " + before + ", " + before + ", " + before + "] }\n";
  }
  SetWhen(bomb);
  const auto mistakes = LoadSections().mistakes;
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_THAT(mistakes.front().message, HasSubstr("a rule asks at most"));
}

}  // namespace
}  // namespace gateway::config
