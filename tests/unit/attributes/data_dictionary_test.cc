#include "attributes/data_dictionary.h"

#include <gtest/gtest.h>

namespace gateway::attributes {
namespace {

TEST(DataDictionary, FindsAttributesByTagAndKeyword) {
  const DictionaryEntry* const name = FindTag(0x00100010);
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(name->keyword, "PatientName");
  EXPECT_EQ(name->vr, "PN");
  EXPECT_EQ(name->multiplicity, "1");
  EXPECT_EQ(name->name, "Patient's Name");
  EXPECT_EQ(FindKeyword("PatientName"), name);
  EXPECT_EQ(FindKeyword("patientname"), nullptr);
  EXPECT_EQ(FindTag(0x00100011), nullptr);
}

TEST(DataDictionary, FindsTheFirstAndTheLastAttribute) {
  EXPECT_EQ(FindTag(0x00020000)->keyword, "FileMetaInformationGroupLength");
  EXPECT_EQ(FindTag(0xFFFCFFFC)->keyword, "DataSetTrailingPadding");
}

TEST(DataDictionary, KnowsRepeatingGroups) {
  EXPECT_EQ(FindTag(0x60003000)->keyword, "OverlayData");
  EXPECT_EQ(FindTag(0x601E3000)->keyword, "OverlayData");
  EXPECT_EQ(FindTag(0x60013000), nullptr);  // a private group
  EXPECT_EQ(FindKeyword("OverlayRows")->tag, 0x60000010U);
}

TEST(DataDictionary, SuggestsTheNearestKeyword) {
  EXPECT_EQ(NearestKeyword("StudyDescripton"), "StudyDescription");
  EXPECT_EQ(NearestKeyword("patientname"), "PatientName");
  EXPECT_EQ(NearestKeyword("Zzzzzzzzzzzzzzzzzzzzz"), "");
}

TEST(DataDictionary, ReadsAndWritesVrs) {
  for (int vr = static_cast<int>(Vr::AE); vr <= static_cast<int>(Vr::UV); ++vr) {
    EXPECT_EQ(VrFrom(NameOf(static_cast<Vr>(vr))), static_cast<Vr>(vr));
  }
  EXPECT_EQ(VrFrom("XX"), Vr::none);
  EXPECT_EQ(VrFrom(""), Vr::none);
  EXPECT_EQ(VrOf(*FindKeyword("PixelPaddingValue")), Vr::US);  // US or SS
}

TEST(DataDictionary, ComparesByVr) {
  EXPECT_EQ(ComparisonOf(Vr::DS), Comparison::number);
  EXPECT_EQ(ComparisonOf(Vr::US), Comparison::number);
  EXPECT_EQ(ComparisonOf(Vr::DA), Comparison::date);
  EXPECT_EQ(ComparisonOf(Vr::TM), Comparison::time);
  EXPECT_EQ(ComparisonOf(Vr::DT), Comparison::date_time);
  EXPECT_EQ(ComparisonOf(Vr::AS), Comparison::age);
  EXPECT_EQ(ComparisonOf(Vr::LO), Comparison::text);
  EXPECT_EQ(ComparisonOf(Vr::SQ), Comparison::nothing);
  EXPECT_EQ(ComparisonOf(Vr::OB), Comparison::nothing);
}

}  // namespace
}  // namespace gateway::attributes
