#include "attributes/attribute_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway::attributes {
namespace {

using testing::HasSubstr;

TEST(AttributePath, IsWrittenInOneWay) {
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"StudyDate", "StudyDate"},
      {"(0008,0020)", "StudyDate"},
      {"(0019,xx10 SIEMENS MR HEADER)", "(0019,xx10 SIEMENS MR HEADER)"},
      {"(0019,XX0a  A (B) )", "(0019,xx0A A (B))"},
      {"(0019,1010)", "(0019,1010)"},
      {"(6002,3000)", "(6002,3000)"},
      {"RequestAttributesSequence[0].ScheduledProcedureStepID",
       "RequestAttributesSequence[0].ScheduledProcedureStepID"},
      {"RequestAttributesSequence.(0040,0009)", "RequestAttributesSequence[*].ScheduledProcedureStepID"},
      {"RequestAttributesSequence[*]", "RequestAttributesSequence[*]"},
      {"(0029,xx01 A.B[1]).(0029,xx02 C)", "(0029,xx01 A.B[1])[*].(0029,xx02 C)"},
  };
  for (const auto& [text, canonical] : texts) {
    const auto path = ParsePath(text);
    ASSERT_TRUE(path) << text << ": " << path.error().detail;
    EXPECT_EQ(Text(*path), canonical);
    EXPECT_EQ(*ParsePath(canonical), *path);
  }
}

TEST(AttributePath, RefusesWhatNamesNoAttribute) {
  for (const char* wrong :
       {"", "Nothing", "studydate", "(0008,0020", "(0008)", "(0008,00g0)", "(0019,xx10)", "(0018,xx10 SIEMENS)",
        "(0019,1010 SIEMENS)", "StudyDate[0]", "StudyDate.Modality", "RequestAttributesSequence[",
        "RequestAttributesSequence[-1]", "RequestAttributesSequence[a]", "RequestAttributesSequence[0]StudyDate",
        "RequestAttributesSequence[0].", ".StudyDate"}) {
    const auto path = ParsePath(wrong);
    ASSERT_FALSE(path) << wrong;
    EXPECT_EQ(path.error().code, "bad-attribute") << wrong;
  }
}

TEST(AttributePath, SuggestsAKeyword) {
  EXPECT_THAT(ParsePath("StudyDescripton").error().detail, HasSubstr("did you mean 'StudyDescription'?"));
}

TEST(AttributePath, KnowsTheVr) {
  EXPECT_EQ(VrOf(*ParsePath("StudyDate")), Vr::DA);
  EXPECT_EQ(VrOf(*ParsePath("RequestAttributesSequence")), Vr::SQ);
  EXPECT_EQ(VrOf(*ParsePath("RequestAttributesSequence[0]")), Vr::SQ);
  EXPECT_EQ(VrOf(*ParsePath("RequestAttributesSequence.ScheduledProcedureStepID")), Vr::SH);
  EXPECT_EQ(VrOf(*ParsePath("(0019,xx10 A)")), Vr::none);
}

TEST(AttributePath, IsTakenForAKeyByItsFirstCharacter) {
  EXPECT_TRUE(LooksLikePath("StudyDate"));
  EXPECT_TRUE(LooksLikePath("(0008,0020)"));
  EXPECT_FALSE(LooksLikePath("modality"));
  EXPECT_FALSE(LooksLikePath(""));
}

}  // namespace
}  // namespace gateway::attributes
