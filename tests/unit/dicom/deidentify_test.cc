// What becomes of each attribute: the codes of PS3.15 table E.1-1, and what the profile does not
// name.
#include "dicom/deidentify/deidentify.h"

#include <array>
#include <set>
#include <utility>

#include "deidentify_kit.h"
#include "dicom/edit/element_bytes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using Option = DeidentifyOption;

constexpr std::uint32_t kPatientName = Tag(0x0010, 0x0010);
constexpr std::uint32_t kPatientId = Tag(0x0010, 0x0020);

std::string Patient(const std::string& id = "4711", const std::string& name = "Muster^Eva") {
  return ElementOf(kPatientName, "PN", name) + ElementOf(kPatientId, "LO", id);
}

TEST_F(DeidentifyTest, RemovesWhatTheProfileMarksX) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x0010, 0x1040), "LO", "Street 1"));
  EXPECT_THAT(values, Not(Contains(Key("00101040"))));
}

TEST_F(DeidentifyTest, EmptiesWhatTheProfileMarksZ) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x0010, 0x0030), "DA", "19701231"));
  EXPECT_THAT(values, Contains(Pair("00100030", "")));
}

TEST_F(DeidentifyTest, PutsADummyWhereTheProfileMarksD) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x3006, 0x0002), "SH", "Dr Who"));
  EXPECT_THAT(values, Contains(Pair("30060002", "REMOVED")));
}

TEST_F(DeidentifyTest, KeepsWhatTheProfileDoesNotName) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x0018, 0x0060), "DS", "120"));
  EXPECT_THAT(values, Contains(Pair("00180060", "120")));
}

TEST_F(DeidentifyTest, ReplacesUidsByOthersThatAreAlwaysTheSame) {
  const std::string frame = ElementOf(Tag(0x0020, 0x0052), "UI", "1.2.3.1");
  const auto values = Deidentified(kCt, Patient() + frame);
  const std::string fresh = values.at("00080018");
  EXPECT_THAT(fresh, StartsWith("2.25."));
  EXPECT_LE(fresh.size(), 44U);
  EXPECT_EQ(values.at("00200052"), fresh);
  EXPECT_NE(values.at("0020000D"), fresh);
  EXPECT_THAT(replaced_, Contains(testing::AllOf(testing::Field(&ReplacedIdentifier::old_value, "1.2.3.1"),
                                                 testing::Field(&ReplacedIdentifier::new_value, fresh))));
}

TEST_F(DeidentifyTest, NotesWhatItReplacedInUtf8) {
  const auto note = [&](const std::string& terms, std::uint32_t tag, const char* vr, const std::string& value) {
    (void)Deidentified(kCt, ElementOf(kSpecificCharacterSet, "CS", terms) + ElementOf(tag, vr, value));
    std::set<std::string> old;
    for (const ReplacedIdentifier& one : replaced_) old.insert(one.old_value);
    return old;
  };
  EXPECT_THAT(note("\\ISO 2022 IR 87", kPatientName, "PN", "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B"),
              Contains("Yamada^Tarou=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E"));
  EXPECT_THAT(note("ISO_IR 100", kPatientName, "PN", "M\xFCller^Eva"), Contains("M\xC3\xBCller^Eva"));
  EXPECT_THAT(note("ISO_IR 100", kPatientId, "LO", "47\xFC"), Contains("47\xC3\xBC"));
  EXPECT_THAT(note("ISO_IR 100", Tag(0x0008, 0x0050), "SH", "A\x1B\xFC"), Contains(testing::StartsWith("A?")));
  EXPECT_THAT(note("", Tag(0x0020, 0x0052), "UI", "1.2.\x01.3"), Contains("1.2.?.3"));
}

TEST_F(DeidentifyTest, LeavesUidsThatTheStandardDefines) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x0020, 0x0052), "UI", "1.2.840.10008.1.4.1.1"));
  EXPECT_EQ(values.at("00200052"), "1.2.840.10008.1.4.1.1");
  EXPECT_EQ(values.at("00080016"), kCt);
}

TEST_F(DeidentifyTest, CorrectsTheMetaHeaderAndThePreamble) {
  const auto file = FileOf(kCt, Patient());
  std::string bytes = ReadAll(file);
  bytes.replace(0, 4, "II*x");
  WriteFile(file, bytes);
  const auto copy = Deidentify(file);
  ASSERT_TRUE(copy);
  EXPECT_EQ(ReadAll(*copy).substr(0, 128), std::string(128, '\0'));
  EXPECT_EQ(ReadAll(*copy).find("1.2.3.1"), std::string::npos);
}

// PS3.15 section E.1.1: the attribute's type in the IOD decides about compound codes.
TEST_F(DeidentifyTest, DecidesCompoundCodesByTheTypeInTheIod) {
  const std::string elements = Patient() + ElementOf(Tag(0x0008, 0x0080), "LO", "Klinikum") +  // X/Z/D
                               ElementOf(Tag(0x0008, 0x0023), "DA", "20200101") +              // Z/D
                               ElementOf(Tag(0x0018, 0x700A), "SH", "DET1") +                  // X/D
                               ElementOf(Tag(0x0040, 0x0555), "SQ", "");                       // X/Z
  const auto ct = Deidentified(kCt, elements);                                                 // types 3, 2, 3, 3
  EXPECT_THAT(ct, Not(Contains(Key("00080080"))));
  EXPECT_THAT(ct, Contains(Pair("00080023", "")));
  EXPECT_THAT(ct, Not(Contains(Key("0018700A"))));
  EXPECT_THAT(ct, Not(Contains(Key("00400555"))));
  const auto mammography = Deidentified(kMammography, elements);  // types 1, 2, 1, 2
  EXPECT_THAT(mammography, Contains(Pair("00080080", "REMOVED")));
  EXPECT_THAT(mammography, Contains(Pair("00080023", "")));
  EXPECT_THAT(mammography, Contains(Pair("0018700A", "REMOVED")));
  EXPECT_THAT(mammography, Contains(Key("00400555")));
  EXPECT_THAT(Deidentified(kEnhancedCt, elements), Contains(Pair("00080023", "19000101")));  // type 1
}

TEST_F(DeidentifyTest, TakesTheLastCodeIfTheSopClassIsNotKnown) {
  const auto values = Deidentified(kUnknownClass, Patient() + ElementOf(Tag(0x0008, 0x0080), "LO", "Klinikum") +
                                                      ElementOf(Tag(0x0008, 0x0023), "DA", "20200101"));
  EXPECT_THAT(values, Contains(Pair("00080080", "REMOVED")));
  EXPECT_THAT(values, Contains(Pair("00080023", "19000101")));
}

TEST_F(DeidentifyTest, ReplacesUidsInSequencesThatMustStay) {
  const std::string reference = SequenceOf(Tag(0x0008, 0x1140), {ElementOf(Tag(0x0008, 0x1150), "UI", kCt) +
                                                                 ElementOf(Tag(0x0008, 0x1155), "UI", "1.2.3.9")});
  EXPECT_THAT(Deidentified(kCt, Patient() + reference), Not(Contains(Key("00081140"))));
  const auto needed = Deidentified("1.2.840.10008.5.1.4.1.1.12.1", Patient() + reference);
  EXPECT_THAT(needed, Contains(Pair("00081140[0].00081150", kCt)));
  EXPECT_THAT(needed, Contains(Pair("00081140[0].00081155", StartsWith("2.25."))));
}

TEST_F(DeidentifyTest, GoesIntoSequencesThatTheProfileDoesNotName) {
  const std::string inner = ElementOf(Tag(0x0008, 0x0081), "ST", "Street") + ElementOf(Tag(0x0018, 0x0060), "DS", "1");
  const auto values = Deidentified(
      kCt, Patient() + SequenceOf(Tag(0x0018, 0x9345 - 1), {inner}) + SequenceOf(Tag(0x0018, 0xA001), {inner, inner}));
  EXPECT_THAT(values, Contains(Pair("0018A001", "2")));
  EXPECT_THAT(values, Contains(Pair("0018A001[1].00180060", "1")));
  EXPECT_THAT(values, Not(Contains(Key("0018A001[1].00080081"))));
}

TEST_F(DeidentifyTest, RemovesWhatItDoesNotKnow) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x0009, 0x0010), "LO", "MAKER") +
                                            ElementOf(Tag(0x0009, 0x1001), "LO", "Muster") +
                                            ElementOf(Tag(0x0010, 0x9ABC), "LO", "new in a later edition") +
                                            ElementOf(Tag(0x0014, 0x1020), "DA", "20200101") +
                                            ElementOf(Tag(0x0008, 0x1190), "UR", "http://pacs/Muster") +
                                            ElementOf(Tag(0x0028, 0x0010), "LO", "no number of rows"));
  for (const char* const tag : {"00090010", "00091001", "00109ABC", "00141020", "00081190", "00280010"}) {
    EXPECT_THAT(values, Not(Contains(Key(tag)))) << tag;
  }
}

TEST_F(DeidentifyTest, RemovesOverlaysAndCurvesWhole) {
  const auto values = Deidentified(kCt, Patient() + ElementOf(Tag(0x5000, 0x0010), "US", U16(2)) +
                                            ElementOf(Tag(0x6002, 0x0010), "US", U16(8)) +
                                            ElementOf(Tag(0x6002, 0x3000), "OW", std::string(8, '\1')));
  for (const auto& [path, value] : values) EXPECT_FALSE(path.starts_with("50") || path.starts_with("60")) << path;
}

TEST_F(DeidentifyTest, SaysThatAndHowItWasDone) {
  const auto values = Deidentified(
      kCt,
      Patient() + ElementOf(Tag(0x0012, 0x0062), "CS", "NO") + ElementOf(Tag(0x0012, 0x0063), "LO", "by Dr Muster"),
      WithOptions({Option::clean_descriptors, Option::retain_uids}));
  EXPECT_THAT(values, Contains(Pair("00120062", "YES")));
  EXPECT_THAT(values, Contains(Pair("00120063", "DICOM PS3.15 2024b basic profile, dicom-mail-gateway")));
  EXPECT_THAT(values, Contains(Pair("00120064", "3")));
  EXPECT_THAT(values, Contains(Pair("00120064[0].00080100", "113100")));
  EXPECT_THAT(values, Contains(Pair("00120064[1].00080100", "113105")));
  EXPECT_THAT(values, Contains(Pair("00120064[2].00080100", "113110")));
  EXPECT_THAT(values, Contains(Pair("00280303", "REMOVED")));
}

TEST_F(DeidentifyTest, RefusesStructuredContentDocumentsAndVoices) {
  const std::string report = "1.2.840.10008.5.1.4.1.1.88.11";
  const std::string content = SequenceOf(Tag(0x0040, 0xA730), {ElementOf(Tag(0x0040, 0xA160), "UT", "Eva has")});
  EXPECT_EQ(ErrorOf(report, Patient() + content), "deidentify-content");
  EXPECT_EQ(ErrorOf("1.2.840.10008.5.1.4.1.1.104.1", Patient() + ElementOf(Tag(0x0042, 0x0011), "OB", "%PDF")),
            "deidentify-content");
  EXPECT_EQ(ErrorOf("1.2.840.10008.5.1.4.1.1.9.4.1", Patient()), "deidentify-content");
}

TEST_F(DeidentifyTest, RefusesAnInstanceThatNamesItsPatientTwice) {
  EXPECT_EQ(ErrorOf(kCt, Patient() + ElementOf(kPatientId, "LO", "other")), "deidentify-unknown");
}

TEST_F(DeidentifyTest, RefusesBytesThatBelongToNoAttribute) {
  const auto file = FileOf(kCt, Patient());
  WriteFile(file, ReadAll(file) + EncodeItem("Muster^Eva", {}) + ElementOf(Tag(0x0040, 0x0007), "LO", "x"));
  EXPECT_THAT(Deidentify(file), FailsWith("deidentify-unknown"));
}

TEST_F(DeidentifyTest, LeavesNothingBehindTheLastElement) {
  const auto file = FileOf(kCt, Patient() + ElementOf(kPixelData, "OW", "abcd"));
  WriteFile(file, ReadAll(file) + std::string(1000, '\0'));
  const auto copy = Deidentify(file);
  ASSERT_TRUE(copy);
  EXPECT_TRUE(ReadAll(*copy).ends_with("abcd"));
}

TEST_F(DeidentifyTest, RefusesASecretThatCanBeGuessed) {
  const auto copy = Deidentify(FileOf(kCt, Patient()), {}, "short");
  EXPECT_THAT(copy, FailsWith("deidentify-secret-short"));
}

TEST_F(DeidentifyTest, NamesAPatientAlwaysTheSameAndOnlyByTheSecret) {
  const auto one = Deidentified(kCt, Patient("4711", "Muster^Eva"));
  const auto again = Deidentified(kMammography, Patient("4711 ", "MUSTER^EVA"));
  const auto other = Deidentified(kCt, Patient("4712"));
  EXPECT_EQ(one.at("00100020").size(), 16U);
  EXPECT_EQ(one.at("00100020"), again.at("00100020"));
  EXPECT_EQ(one.at("00100010"), one.at("00100020"));
  EXPECT_NE(one.at("00100020"), other.at("00100020"));
  const auto copy = Deidentify(FileOf(kCt, Patient()), {}, "another secret of the test");
  ASSERT_TRUE(copy);
  EXPECT_NE(ValuesOf(*copy).at("00100020"), one.at("00100020"));
}

TEST_F(DeidentifyTest, KeepsPatientsOfTwoIssuersApart) {
  const auto issued = [&](const std::string& issuer) {
    return Deidentified(kCt, Patient() + ElementOf(Tag(0x0010, 0x0021), "LO", issuer)).at("00100020");
  };
  EXPECT_NE(issued("A"), issued("B"));
}

TEST_F(DeidentifyTest, TakesPseudonymsFromATable) {
  DeidentifySettings settings;
  settings.has_table = true;
  settings.patients = {{"4711", "", "TRIAL-1", "Subject^One"}, {"4712", "", "TRIAL-2", ""}};
  const auto one = Deidentified(kCt, Patient("4711"), settings);
  EXPECT_EQ(one.at("00100020"), "TRIAL-1");
  EXPECT_EQ(one.at("00100010"), "Subject^One");
  EXPECT_EQ(Deidentified(kCt, Patient("4712"), settings).at("00100010"), "TRIAL-2");
  EXPECT_EQ(ErrorOf(kCt, Patient("4713"), settings), "deidentify-patient-unknown");
}

TEST_F(DeidentifyTest, PrefersTheLineOfTheTableWithThePatientsIssuer) {
  const auto id = [&](const DeidentifySettings& settings, const std::string& issuer) {
    return Deidentified(kCt, Patient() + ElementOf(Tag(0x0010, 0x0021), "LO", issuer), settings).at("00100020");
  };
  DeidentifySettings settings;
  settings.has_table = true;
  settings.patients = {{"4711", "", "T1", ""}, {"4711", "KLINIKUM_A", "T2", ""}};
  for (int order = 0; order < 2; ++order) {
    EXPECT_EQ(id(settings, "KLINIKUM_A"), "T2");
    EXPECT_EQ(id(settings, "KLINIKUM_B"), "T1");
    EXPECT_EQ(id(settings, ""), "T1");
    std::swap(settings.patients[0], settings.patients[1]);
  }
}

TEST_F(DeidentifyTest, KnowsAPatientInEachCharacterSet) {
  // "MÜ1", issued by "KÖ": in Latin-1, in UTF-8, and in UTF-8 with umlauts of two code points.
  const std::array<std::array<std::string, 3>, 3> sets = {{{"ISO_IR 100",
                                                            "M\xDC"
                                                            "1",
                                                            "K\xD6"},
                                                           {"ISO_IR 192",
                                                            "M\xC3\x9C"
                                                            "1",
                                                            "K\xC3\x96"},
                                                           {"ISO_IR 192",
                                                            "MU\xCC\x88"
                                                            "1",
                                                            "KO\xCC\x88"}}};
  DeidentifySettings table;
  table.has_table = true;
  table.patients = {
      {"M\xC3\x9C"
       "1",
       "K\xC3\x96", "T1", ""}};
  std::set<std::string> ids;
  std::set<std::string> numbers;
  for (const auto& [terms, id, issuer] : sets) {
    const std::string elements = ElementOf(kSpecificCharacterSet, "CS", terms) + Patient(id) +
                                 ElementOf(Tag(0x0010, 0x0021), "LO", issuer) +
                                 ElementOf(Tag(0x0008, 0x0050), "SH", id);
    const auto values = Deidentified(kCt, elements);
    ids.insert(values.at("00100020"));
    numbers.insert(values.at("00080050"));
    EXPECT_EQ(Deidentified(kCt, elements, table).at("00100020"), "T1") << terms;
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(numbers.size(), 1U);
}

TEST_F(DeidentifyTest, KeepsPatientsApartWhoseIdsCannotBeRead) {
  const auto id = [&](const std::string& value) {
    return Deidentified(kCt, ElementOf(kSpecificCharacterSet, "CS", "ISO_IR 192") + Patient(value)).at("00100020");
  };
  EXPECT_NE(id("1\x1B\xFD"), id("1\x1B\xFE"));
  EXPECT_NE(id("1\x01"), id("1\x02"));
}

TEST_F(DeidentifyTest, ReplacesTheAccessionNumberConsistently) {
  const std::string number = ElementOf(Tag(0x0008, 0x0050), "SH", "A 12");
  const auto values = Deidentified(kCt, Patient() + number);
  EXPECT_EQ(values.at("00080050").size(), 16U);
  EXPECT_EQ(values.at("00080050"), Deidentified(kMammography, Patient("1") + number).at("00080050"));
  EXPECT_EQ(Deidentified(kCt, Patient() + ElementOf(Tag(0x0008, 0x0050), "SH", "")).at("00080050"), "");
}

}  // namespace
}  // namespace gateway::dicom
