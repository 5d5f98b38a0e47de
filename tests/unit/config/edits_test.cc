// `edit:` of the rules.
#include <algorithm>

#include "attributes/attribute_path.h"
#include "fixture.h"

namespace gateway::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Edits : public ConfigTest {
 protected:
  void SetEdits(const std::string& edits) {
    Set("routes", "routes:\n  inbound:\n    - name: r\n      forward_to: [main]\n      edit:\n" + edits);
  }
  std::vector<Edit> Read(const std::string& edits) {
    SetEdits(edits);
    const Loaded loaded = LoadSections();
    EXPECT_THAT(Lines(loaded), IsEmpty());
    return loaded.settings.routes.inbound.empty() ? std::vector<Edit>() : loaded.settings.routes.inbound[0].edits;
  }
  // The line with the edit is the one with the mistake.
  void Expect(const std::string& edit, const std::string& part) {
    SetEdits("        - " + edit + " #!\n");
    SCOPED_TRACE(edit);
    ExpectMistake(part);
  }
};

TEST_F(Edits, AreReadInTheirOrder) {
  Write("stations.csv", "CT1,Room 1\nCT2,\"Room \"\"2\"\"\"\n");
  const std::vector<Edit> edits = Read(R"yaml(
        - set: { InstitutionName: "Klinikum A", "(0010,1010)": {
  age_at:
    StudyDate }
}
        - remove: [PatientAddress, "(0019,xx10 SIEMENS MR HEADER)"]
        - replace: { AccessionNumber: { pattern: '^A', with: 'EXT-A' } }
        - map: { StationName: { file: stations.csv, from: 1, to: 2, otherwise: keep } }
        - prefix: { PatientID: "KA-" }
        - suffix: { StudyID: "-X" }
        - copy: { IssuerOfPatientID: InstitutionName }
        - keep_only: [PatientID]
        - shift_dates: { by: -30d }
        - new_uids: all
        - set: { "(0009,xx01 OURS)": { vr: LO, value: x }, OtherPatientIDs: [a, b] }
)yaml");
  ASSERT_EQ(edits.size(), 13U);
  EXPECT_EQ(edits[0].text, "Klinikum A");
  EXPECT_EQ(edits[1].kind, EditKind::age);
  EXPECT_EQ(attributes::Text(edits[1].attribute), "PatientAge");
  EXPECT_EQ(attributes::Text(edits[2].attributes.at(1)), "(0019,xx10 SIEMENS MR HEADER)");
  EXPECT_EQ(edits[3].pattern, "^A");
  EXPECT_EQ(edits[4].table->at("CT2"), "Room \"2\"");
  EXPECT_EQ(edits[5].kind, EditKind::prefix);
  EXPECT_EQ(edits[7].kind, EditKind::copy);
  EXPECT_EQ(edits[9].days, -30);
  EXPECT_TRUE(edits[10].attributes.empty());
  EXPECT_EQ(edits[11].vr, Vr::LO);
  EXPECT_EQ(edits[12].text, "a\\b");
}

TEST_F(Edits, KeepTheOriginalAttributesUnlessTheRuleSaysNo) {
  Set("routes",
      "routes:\n  outbound:\n    - { name: r, send_to: [b], original_attributes: false }\n    - { name: s, "
      "send_to: [b] }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_FALSE(loaded.settings.routes.outbound[0].original_attributes);
  EXPECT_TRUE(loaded.settings.routes.outbound[1].original_attributes);
}

TEST_F(Edits, ThatCouldNeverBeMadeAreRefusedWithTheirLine) {
  Expect("set: { InstitutionNam: x }", "did you mean 'InstitutionName'");
  Expect("set: { StationName: 12345678901234567 }", "the value is longer than 16 characters (SH)");
  Expect("set: { StudyDate: 2026-11-30 }", "no date in the form YYYYMMDD");
  Expect("set: { Modality: ct }", "A-Z");
  Expect("set: { Rows: 70000 }", "from 0 to 65535");
  Expect("set: { PixelData: x }", "cannot be written as text");
  Expect("set: { PatientID: [a, b] }", "only one value");
  Expect("set: { SOPClassUID: '1.2' }", "what kind of instance");
  Expect("set: { StudyInstanceUID: '' }", "no instance can be without it");
  Expect("set: { SpecificCharacterSet: ISO_IR 100 }", "the gateway chooses the character set");
  Expect("set: { '(0009,xx01 OURS)': x }", "nobody knows its value representation");
  Expect("set: { PatientAge: { age_at: PatientID } }", "an attribute with a date");
  Expect("remove: [SOPInstanceUID]", "no instance can be without it");
  Expect("remove: ['(0002,0016)']", "File Meta Information");
  Expect("prefix: { StudyDate: X }", "no value with this before it fits");
  Expect("prefix: { Rows: '1' }", "is no text");
  Expect("replace: { PatientID: { pattern: '(', with: x } }", "the regular expression is wrong");
  Expect("replace: { PatientID: { pattern: x, with: $1 } }", "names group 1");
  Expect("shift_dates: { by: 30 }", "a number of days");
  Expect("new_uids: [PatientID]", "it is no UID");
  Expect("prefx: { PatientID: x }", "did you mean 'prefix'");
  Expect("map: { PatientID: { file: none.csv, from: 1, to: 2 } }", "none.csv");
}

TEST_F(Edits, NameTheLineOfABrokenTable) {
  const std::string map = "map: { StationName: { file: t.csv, from: old, to: new } }";
  const auto expect = [&](const std::string& table, const std::string& part) {
    Write("t.csv", table);
    Expect(map, part);
  };
  expect("old;new\na;b\nc\n", "t.csv:3: the row has 1 columns; 2 are needed");
  expect("old,new\na,\"b\n", "t.csv:2: the closing quote is missing");
  expect("old,new\na,b\na,c\n", "t.csv:3: an earlier row gives another value");
  expect("old,new\na,12345678901234567\n", "t.csv:2: the value is longer than 16 characters");
  expect("old,neu\n", "t.csv:1: no column is named 'new'");
  expect("old,new\na,\xFF\n", "t.csv:2: the text is no UTF-8");
}

TEST_F(Edits, TakeTheirSecretFromAFileOfTheirOwn) {
  Write("short", "short\n");
  std::filesystem::permissions(Path("short"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Expect("new_uids: { secret_file: short }", "fewer than 16 characters");
  Write("long", "0123456789abcdef\n");
  std::filesystem::permissions(Path("long"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(Read("        - new_uids: { secret_file: long }\n").at(0).secret, "0123456789abcdef");
}

// It goes to the open worker as text.
TEST_F(Edits, RefuseASecretThatIsNoText) {
  Write("bytes", "0123456789abcdef\xFF\n");
  std::filesystem::permissions(Path("bytes"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Expect("new_uids: { secret_file: bytes }", "the secret is no text");
}

}  // namespace
}  // namespace gateway::config
