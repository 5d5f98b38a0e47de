// The options of PS3.15 section E.3, one by one.
#include <chrono>

#include "deidentify_kit.h"
#include "dicom/deidentify/known_words.h"
#include "dicom/deidentify/shifted_dates.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using Option = DeidentifyOption;

const std::string kPatient =
    ElementOf(Tag(0x0010, 0x0010), "PN", "Muster^Eva") + ElementOf(Tag(0x0010, 0x0020), "LO", "4711");
constexpr std::array kDa{'D', 'A'};
constexpr std::array kDt{'D', 'T'};
constexpr std::array kTm{'T', 'M'};

TEST_F(DeidentifyTest, RetainsUids) {
  const auto values = Deidentified(kCt, kPatient, WithOptions({Option::retain_uids}));
  EXPECT_THAT(values, Contains(Pair("00080018", "1.2.3.1")));
  EXPECT_THAT(values, Contains(Pair("0020000D", "1.2.3.2")));
}

TEST_F(DeidentifyTest, RetainsTheIdentityOfDevicesOnly) {
  const std::string elements = kPatient + ElementOf(Tag(0x0018, 0x1000), "LO", "SN1") +
                               ElementOf(Tag(0x0008, 0x1010), "SH", "CT1") +
                               ElementOf(Tag(0x0008, 0x0080), "LO", "Klinikum");
  const auto values = Deidentified(kMammography, elements, WithOptions({Option::retain_device_identity}));
  EXPECT_THAT(values, Contains(Pair("00181000", "SN1")));
  EXPECT_THAT(values, Contains(Pair("00081010", "CT1")));
  EXPECT_THAT(values, Contains(Pair("00080080", "REMOVED")));
}

TEST_F(DeidentifyTest, RetainsTheIdentityOfInstitutionsOnly) {
  const std::string elements = kPatient + ElementOf(Tag(0x0018, 0x1000), "LO", "SN1") +
                               ElementOf(Tag(0x0008, 0x0080), "LO", "Klinikum") +
                               ElementOf(Tag(0x0008, 0x0081), "ST", "Street 1");
  const auto values = Deidentified(kCt, elements, WithOptions({Option::retain_institution_identity}));
  EXPECT_THAT(values, Contains(Pair("00080080", "Klinikum")));
  EXPECT_THAT(values, Contains(Pair("00080081", "Street 1")));
  EXPECT_THAT(values, Not(Contains(Key("00181000"))));
}

TEST_F(DeidentifyTest, RetainsPatientCharacteristicsAndCleansTheirTexts) {
  const std::string elements = kPatient + ElementOf(Tag(0x0010, 0x0040), "CS", "F") +
                               ElementOf(Tag(0x0010, 0x1010), "AS", "051Y") +
                               ElementOf(Tag(0x0010, 0x2110), "LO", "Contrast medium Dr.Meyer");
  const auto values = Deidentified(kCt, elements, WithOptions({Option::retain_patient_characteristics}));
  EXPECT_THAT(values, Contains(Pair("00100040", "F")));
  EXPECT_THAT(values, Contains(Pair("00101010", "051Y")));
  EXPECT_THAT(values, Contains(Pair("00102110", "Contrast medium")));
  const auto without = Deidentified(kCt, elements);
  EXPECT_THAT(without, Contains(Pair("00100040", "")));
  EXPECT_THAT(without, Not(Contains(Key("00101010"))));
}

TEST_F(DeidentifyTest, RetainsFullDates) {
  const std::string elements =
      kPatient + ElementOf(Tag(0x0008, 0x0020), "DA", "20200301") + ElementOf(Tag(0x0008, 0x0030), "TM", "101112");
  const auto values = Deidentified(kCt, elements, WithOptions({Option::retain_longitudinal_full_dates}));
  EXPECT_THAT(values, Contains(Pair("00080020", "20200301")));
  EXPECT_THAT(values, Contains(Pair("00080030", "101112")));
  EXPECT_THAT(values, Contains(Pair("00280303", "UNMODIFIED")));
}

std::chrono::sys_days DayOf(const std::string& date) {
  return std::chrono::year(std::stoi(date.substr(0, 4))) / std::stoi(date.substr(4, 2)) / std::stoi(date.substr(6, 2));
}

TEST_F(DeidentifyTest, MovesAllDatesOfAPatientBackByTheSameDays) {
  DeidentifySettings settings = WithOptions({Option::retain_longitudinal_modified_dates});
  settings.shift_days = 30;
  const std::string elements =
      kPatient + ElementOf(Tag(0x0008, 0x0020), "DA", "20200301") + ElementOf(Tag(0x0008, 0x0021), "DA", "20200304") +
      ElementOf(Tag(0x0008, 0x0030), "TM", "101112.5") + ElementOf(Tag(0x0008, 0x002A), "DT", "20200301101112.5+0100") +
      ElementOf(Tag(0x0010, 0x0030), "DA", "19700101");
  const auto values = Deidentified(kCt, elements, settings);
  const auto moved = DayOf("20200301") - DayOf(values.at("00080020"));
  EXPECT_GE(moved.count(), 1);
  EXPECT_LE(moved.count(), 30);
  EXPECT_EQ(DayOf(values.at("00080021")) - DayOf(values.at("00080020")), std::chrono::days(3));
  EXPECT_EQ(values.at("00080030"), "101112.5");
  EXPECT_EQ(values.at("0008002A"), values.at("00080020") + "101112.5+0100");
  EXPECT_EQ(values.at("00100030"), "");
  EXPECT_EQ(values.at("00280303"), "MODIFIED");
}

TEST_F(DeidentifyTest, TreatsWhatIsNoDateAsWithoutTheOption) {
  const auto values = Deidentified(kCt, kPatient + ElementOf(Tag(0x0008, 0x0020), "DA", "unclear"),
                                   WithOptions({Option::retain_longitudinal_modified_dates}));
  EXPECT_THAT(values, Contains(Pair("00080020", "")));
}

TEST(ShiftedDates, KeepTheirFormAndTheTime) {
  EXPECT_EQ(Shifted("20200301", kDa, 1), "20200229");
  EXPECT_EQ(Shifted("2020.01.01", kDa, 1), "20191231");
  EXPECT_EQ(Shifted("20200102\\20200103 ", kDa, 1), "20200101\\20200102");
  EXPECT_EQ(Shifted("20200102235959.999999-0500", kDt, 2), "20191231235959.999999-0500");
  EXPECT_EQ(Shifted("", kDa, 1), "");
  EXPECT_EQ(Shifted("10:11:12", kTm, 1), "10:11:12");
}

TEST(ShiftedDates, RefuseWhatIsNoFullDate) {
  for (const char* const text : {"202003", "20200230", "2020-03-01", "20200301-20200302", "00010101", "Muster"}) {
    EXPECT_EQ(Shifted(text, kDa, 400), std::nullopt) << text;
  }
  EXPECT_EQ(Shifted("202003", kDt, 1), std::nullopt);
  EXPECT_EQ(Shifted("20200301Muster", kDt, 1), std::nullopt);
  EXPECT_EQ(Shifted("Muster", kTm, 1), std::nullopt);
  EXPECT_EQ(Shifted("20200301", {'L', 'O'}, 1), std::nullopt);
}

TEST_F(DeidentifyTest, CleansDescriptions) {
  const std::string elements = kPatient + ElementOf(Tag(0x0008, 0x1030), "LO", "CT Thorax Muster, Eva *12.03.1970") +
                               ElementOf(Tag(0x0008, 0x103E), "LO", "Muster");
  const auto values = Deidentified(kCt, elements, WithOptions({Option::clean_descriptors}));
  EXPECT_THAT(values, Contains(Pair("00081030", "CT Thorax")));
  EXPECT_THAT(values, Not(Contains(Key("0008103E"))));
  EXPECT_THAT(Deidentified(kCt, elements), Not(Contains(Key("00081030"))));
}

TEST_F(DeidentifyTest, CleansTheMeaningOfCodesThatItRetains) {
  const std::string code = ElementOf(Tag(0x0008, 0x0100), "SH", "123") + ElementOf(Tag(0x0008, 0x0102), "SH", "99X") +
                           ElementOf(Tag(0x0008, 0x0104), "LO", "Chest pain of Muster");
  const auto values =
      Deidentified(kCt, kPatient + SequenceOf(Tag(0x0008, 0x1084), {code}), WithOptions({Option::clean_descriptors}));
  EXPECT_THAT(values, Contains(Pair("00081084[0].00080100", "123")));
  EXPECT_THAT(values, Contains(Pair("00081084[0].00080104", "Chest of")));
}

TEST(KnownWords, KeepWhatDescribesExaminationsAndNothingElse) {
  const KnownWords words(
      {"Sch\xC3\xA4"
       "delbasis"});
  EXPECT_EQ(words.Clean("t2_tse_sag 3.0 mm L5/S1", ""), "t2 tse sag 3.0 mm L5 S1");
  EXPECT_EQ(words.Clean("Abdomen 3.0 B31f", ""), "Abdomen 3.0 B31f");
  EXPECT_EQ(words.Clean("12.03.1970 12/03 0151-123456 4711 20200301", ""), "");
  EXPECT_EQ(words.Clean("Dr. Meyer-Landrut", ""), "");
  EXPECT_EQ(words.Clean("Sch\xE4"
                        "delbasis M\xFCller",
                        "ISO_IR 100"),
            "Sch\xE4"
            "delbasis");
  EXPECT_EQ(words.Clean("Sch\xC3\xA4"
                        "delbasis",
                        "ISO_IR 192"),
            "Sch\xC3\xA4"
            "delbasis");
  EXPECT_EQ(words.Clean("chest \x1B$B;3ED\x1B(B", "\\ISO 2022 IR 87"), "");
  EXPECT_EQ(words.Clean("chest\\Muster", ""), "chest\\");
}

// People write identifiers, telephone numbers and dates of birth in groups.
TEST(KnownWords, KeepNoNumberOfALongerOne) {
  const KnownWords words({});
  for (const char* const number : {"12. 3. 71", "12 3 71", "12 . 3 . 71", "943 476 591 9", "030 123 45 67",
                                   "(030) 12 34", "12 / 3", "12 - 3", "12: 3", "(12) (3)", "4711 12", "12 4711",
                                   "1.2 3", "1, 2, 3", "943-476a 591 9", "12\t3", "12\\3\\71", "12\\3"}) {
    const std::string cleaned = words.Clean(std::string("CT Abdomen geb. ") + number, "");
    EXPECT_THAT(cleaned, StartsWith("CT Abdomen")) << number;
    EXPECT_EQ(cleaned.find_first_of("0123456789"), std::string::npos) << number;
  }
  EXPECT_EQ(words.Clean("chest\\12\\3\\71\\chest", ""), "chest\\\\\\\\chest");
}

TEST(KnownWords, KeepTheNumbersOfProtocols) {
  const KnownWords words({});
  EXPECT_EQ(words.Clean("2.5 mm", ""), "2.5 mm");
  EXPECT_EQ(words.Clean("T1 3D 3 mm", ""), "T1 3D 3 mm");
  EXPECT_EQ(words.Clean("1,5 T 3.0 mm", ""), "1,5 T 3.0 mm");
  EXPECT_EQ(words.Clean("Abdomen 5. 1", ""), "Abdomen 5 1");
  EXPECT_EQ(words.Clean("L5/S1 512 x 512", ""), "L5 S1 512 x 512");
  EXPECT_EQ(words.Clean("chest 3\\abdomen 5", ""), "chest 3\\abdomen 5");
  EXPECT_EQ(KnownWords({"1.5T"}).Clean("3 1.5T 2.0 mm", ""), "3 1.5T 2.0 mm");
}

TEST_F(DeidentifyTest, CleansStructuredContent) {
  const std::string name = SequenceOf(Tag(0x0040, 0xA043), {ElementOf(Tag(0x0008, 0x0100), "SH", "121071") +
                                                            ElementOf(Tag(0x0008, 0x0104), "LO", "Finding")});
  const std::string text = ElementOf(Tag(0x0040, 0xA040), "CS", "TEXT") + name +
                           ElementOf(Tag(0x0040, 0xA160), "UT", "Lung of Eva Muster without tumor");
  const std::string person =
      ElementOf(Tag(0x0040, 0xA040), "CS", "PNAME") + ElementOf(Tag(0x0040, 0xA123), "PN", "Muster^Eva");
  const auto values =
      Deidentified("1.2.840.10008.5.1.4.1.1.88.11", kPatient + SequenceOf(Tag(0x0040, 0xA730), {text, person}),
                   WithOptions({Option::clean_structured_content}));
  EXPECT_THAT(values, Contains(Pair("0040A730[0].0040A160", "Lung of without tumor")));
  EXPECT_THAT(values, Contains(Pair("0040A730[0].0040A043[0].00080104", "Finding")));
  EXPECT_THAT(values, Contains(Pair("0040A730[1].0040A123", "REMOVED")));
}

TEST_F(DeidentifyTest, CleansGraphics) {
  const std::string text = SequenceOf(Tag(0x0070, 0x0008), {ElementOf(Tag(0x0070, 0x0006), "ST", "Muster tumor")});
  const std::string graphics = SequenceOf(Tag(0x0070, 0x0001), {ElementOf(Tag(0x0070, 0x0002), "CS", "L1") + text});
  const std::string state = "1.2.840.10008.5.1.4.1.1.11.1";
  const auto values = Deidentified(state, kPatient + graphics, WithOptions({Option::clean_graphics}));
  EXPECT_THAT(values, Contains(Pair("00700001[0].00700008[0].00700006", "tumor")));
  EXPECT_THAT(Deidentified(state, kPatient + graphics), Not(Contains(Key("00700001"))));
}

TEST_F(DeidentifyTest, RetainsPrivateAttributesOfTheListOnly) {
  DeidentifySettings settings = WithOptions({Option::retain_safe_private});
  settings.safe_private = {{0x0019, 0x0C, "SIEMENS MR HEADER"}};
  const std::string elements =
      kPatient + ElementOf(Tag(0x0009, 0x0010), "LO", "OTHER") + ElementOf(Tag(0x0009, 0x100C), "LO", "secret") +
      ElementOf(Tag(0x0019, 0x0011), "LO", "SIEMENS MR HEADER") + ElementOf(Tag(0x0019, 0x110C), "IS", "1000") +
      ElementOf(Tag(0x0019, 0x110D), "LO", "secret");
  const auto values = Deidentified(kCt, elements, settings);
  EXPECT_THAT(values, Contains(Pair("0019110C", "1000")));
  EXPECT_THAT(values, Contains(Key("00190011")));
  for (const char* const tag : {"00090010", "0009100C", "0019110D"}) EXPECT_THAT(values, Not(Contains(Key(tag))));
}

}  // namespace
}  // namespace gateway::dicom
