// The attributes that rules ask for, in data sets of every encoding.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "attributes/attribute_path.h"
#include "dicom/header_reader.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

using State = AttributeValue::State;
using testing::ElementsAre;

// Writes data elements by hand, so that tests decide about each byte.
class Elements {
 public:
  explicit Elements(bool explicit_vr = true) : explicit_(explicit_vr) {}
  Elements& Add(std::uint16_t group, std::uint16_t element, const std::string& vr, std::string value) {
    if (value.size() % 2 == 1) value += vr == "UI" ? '\0' : ' ';
    return Raw(group, element, vr, static_cast<std::uint32_t>(value.size()), value);
  }
  Elements& Raw(std::uint16_t group, std::uint16_t element, const std::string& vr, std::uint32_t length,
                const std::string& value) {
    Short(group);
    Short(element);
    const bool wide = vr == "SQ" || vr == "UN" || vr == "OB" || vr == "UT" || vr == "UC";
    if (explicit_ && !vr.empty()) bytes_ += vr;
    if (explicit_ && !vr.empty() && wide) Short(0);
    if (explicit_ && !vr.empty() && !wide) {
      Short(static_cast<std::uint16_t>(length));
    } else {
      Short(static_cast<std::uint16_t>(length & 0xFFFF));
      Short(static_cast<std::uint16_t>(length >> 16));
    }
    bytes_ += value;
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void Short(std::uint16_t number) {
    bytes_ += static_cast<char>(number & 0xFF);
    bytes_ += static_cast<char>(number >> 8);
  }
  bool explicit_;
  std::string bytes_;
};

enum class Lengths { defined, undefined };

std::string Item(const Elements& elements, Lengths lengths) {
  Elements item(false);
  const bool open = lengths == Lengths::undefined;
  item.Raw(0xFFFE, 0xE000, "", open ? 0xFFFFFFFF : static_cast<std::uint32_t>(elements.bytes().size()),
           elements.bytes());
  if (open) item.Raw(0xFFFE, 0xE00D, "", 0, "");
  return item.bytes();
}

void AddSequence(Elements& to, std::uint16_t group, std::uint16_t element, const std::vector<Elements>& items,
                 Lengths lengths, const std::string& vr = "SQ") {
  std::string value;
  for (const Elements& item : items) value += Item(item, lengths);
  if (lengths == Lengths::undefined) value += Elements(false).Raw(0xFFFE, 0xE0DD, "", 0, "").bytes();
  to.Raw(group, element, vr, lengths == Lengths::undefined ? 0xFFFFFFFF : static_cast<std::uint32_t>(value.size()),
         value);
}

Elements Start(bool explicit_vr = true, const std::string& set = "ISO_IR 100") {
  Elements elements(explicit_vr);
  elements.Add(0x0008, 0x0005, "CS", set).Add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
  elements.Add(0x0008, 0x0018, "UI", "1.2.3").Add(0x0008, 0x0020, "DA", "20261130");
  return elements;
}

Elements& Finish(Elements& elements) {
  return elements.Add(0x0020, 0x000D, "UI", "1.2.3.4").Add(0x0020, 0x000E, "UI", "1.2.3.4.5");
}

AskedAttributes Ask(const std::string& bytes, const std::vector<std::string>& names) {
  const TempDirectory directory;
  std::ofstream(directory / "file", std::ios::binary) << bytes;
  std::vector<AttributePath> paths;
  for (const std::string& name : names) paths.push_back(attributes::ParsePath(name).value());
  return ReadHeader(directory / "file", kUsualCharacterSet, AttributeQuery(paths)).value().asked;
}

TEST(AskedAttributes, AreReadByKeywordAndTag) {
  for (const bool explicit_vr : {true, false}) {
    Elements elements = Start(explicit_vr);
    elements
        .Add(0x0008, 0x103E, "LO",
             "Sch\xE4"
             "del ")
        .Add(0x0008, 0x0008, "CS", "A");
    Finish(elements).Add(0x0020, 0x4000, "LT", " two\\values ").Add(0x0028, 0x0010, "US", std::string("\x00\x02", 2));
    const auto asked = Ask(elements.bytes(), {"StudyDate", "(0008,103E)", "ImageComments", "Rows", "PatientName"});
    ASSERT_EQ(asked.size(), 5U);
    EXPECT_EQ(asked.at("StudyDate"), (AttributeValue{State::values, Vr::DA, {"20261130"}}));
    EXPECT_EQ(asked.at("SeriesDescription"), (AttributeValue{State::values, Vr::LO, {"Schädel"}}));
    EXPECT_EQ(asked.at("ImageComments"), (AttributeValue{State::values, Vr::LT, {"two\\values"}}));
    EXPECT_EQ(asked.at("Rows"), (AttributeValue{State::values, Vr::US, {"512"}}));
    EXPECT_EQ(asked.at("PatientName").state, State::absent);
  }
}

TEST(AskedAttributes, HaveSeveralValuesOrNone) {
  Elements elements = Start();
  elements.Add(0x0008, 0x0050, "SH", "");
  Finish(elements)
      .Add(0x0028, 0x0030, "DS", "0.5\\ 0.25")
      .Add(0x0028, 0x0106, "SS", std::string("\xFF\xFF\x01\x00", 4));
  const auto asked = Ask(elements.bytes(), {"AccessionNumber", "PixelSpacing", "SmallestImagePixelValue"});
  EXPECT_EQ(asked.at("AccessionNumber").state, State::empty);
  EXPECT_THAT(asked.at("PixelSpacing").values, ElementsAre("0.5", "0.25"));
  EXPECT_THAT(asked.at("SmallestImagePixelValue").values, ElementsAre("-1", "1"));
}

TEST(AskedAttributes, StandInSequences) {
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined}) {
    for (const bool explicit_vr : {true, false}) {
      Elements elements = Start(explicit_vr);
      Finish(elements);
      Elements first(explicit_vr), second(explicit_vr), code(explicit_vr);
      code.Add(0x0008, 0x0100, "SH", "T-D1100");
      first.Add(0x0040, 0x0009, "SH", "S1");
      AddSequence(first, 0x0040, 0x0008, {code}, lengths);
      second.Add(0x0040, 0x0009, "SH", "S2");
      AddSequence(elements, 0x0040, 0x0275, {first, second}, lengths);
      elements.Add(0x0040, 0x2017, "LO", "behind");
      const std::string sequence = "RequestAttributesSequence";
      const auto asked =
          Ask(elements.bytes(),
              {sequence, sequence + "[1]", sequence + "[2]", sequence + "[0].ScheduledProcedureStepID",
               sequence + ".ScheduledProcedureStepID", sequence + "[1].ScheduledProcedureStepID",
               sequence + ".ScheduledProtocolCodeSequence[0].CodeValue", "FillerOrderNumberImagingServiceRequest"});
      EXPECT_EQ(asked.at(sequence).state, State::values);
      EXPECT_EQ(asked.at(sequence + "[1]").state, State::values);
      EXPECT_EQ(asked.at(sequence + "[2]").state, State::absent);
      EXPECT_THAT(asked.at(sequence + "[0].ScheduledProcedureStepID").values, ElementsAre("S1"));
      EXPECT_THAT(asked.at(sequence + "[1].ScheduledProcedureStepID").values, ElementsAre("S2"));
      EXPECT_THAT(asked.at(sequence + "[*].ScheduledProcedureStepID").values, ElementsAre("S1", "S2"));
      EXPECT_THAT(asked.at(sequence + "[*].ScheduledProtocolCodeSequence[0].CodeValue").values, ElementsAre("T-D1100"));
      EXPECT_THAT(asked.at("FillerOrderNumberImagingServiceRequest").values, ElementsAre("behind"));
    }
  }
}

TEST(AskedAttributes, MayBePrivateAndInAnyBlock) {
  for (const char block : {'\x10', '\x77'}) {
    for (const bool explicit_vr : {true, false}) {
      Elements elements = Start(explicit_vr);
      const auto at = static_cast<std::uint16_t>(static_cast<unsigned char>(block) << 8);
      elements.Add(0x0019, static_cast<std::uint16_t>(block == '\x10' ? 0x11 : 0x10), "LO", "OTHER");
      elements.Add(0x0019, static_cast<std::uint16_t>(at >> 8), "LO", "SIEMENS MR HEADER ");
      elements.Add(0x0019, static_cast<std::uint16_t>(at | 0x0A), "LO",
                   "B\xE4"
                   "r");
      Finish(elements);
      const std::string name = "(0019,xx0A SIEMENS MR HEADER)";
      const auto asked = Ask(elements.bytes(), {name, "(0019,xx0A OTHER)", "(0019,xx0B SIEMENS MR HEADER)"});
      EXPECT_THAT(asked.at(name).values, ElementsAre("Bär"));
      EXPECT_EQ(asked.at("(0019,xx0A OTHER)").state, State::absent);
      EXPECT_EQ(asked.at("(0019,xx0B SIEMENS MR HEADER)").state, State::absent);
    }
  }
}

TEST(AskedAttributes, HaveTheCharacterSetOfTheirItem) {
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined}) {
    Elements elements = Start(true, "ISO_IR 100");
    Elements greek, latin;
    greek.Add(0x0008, 0x0005, "CS", "ISO_IR 126").Add(0x0008, 0x0104, "LO", "\xE1");
    latin.Add(0x0008, 0x0104, "LO", "\xE1");
    AddSequence(elements, 0x0008, 0x1032, {greek, latin}, lengths);
    Finish(elements);
    const auto asked = Ask(elements.bytes(), {"ProcedureCodeSequence.CodeMeaning"});
    EXPECT_THAT(asked.at("ProcedureCodeSequence[*].CodeMeaning").values, ElementsAre("α", "á"));
  }
}

TEST(AskedAttributes, TakeUnknownVrForTheDictionarys) {
  Elements elements = Start();
  Elements code;
  code.Add(0x0008, 0x0100, "SH", "X");
  AddSequence(elements, 0x0008, 0x1032, {code}, Lengths::undefined, "UN");
  elements.Add(0x0008, 0x103E, "UN", "text");
  Finish(elements);
  const auto asked = Ask(elements.bytes(), {"SeriesDescription", "ProcedureCodeSequence.CodeValue"});
  EXPECT_EQ(asked.at("SeriesDescription"), (AttributeValue{State::values, Vr::LO, {"text"}}));
  EXPECT_THAT(asked.at("ProcedureCodeSequence[*].CodeValue").values, ElementsAre("X"));
}

TEST(AskedAttributes, AreUnreadableBeyondTheBounds) {
  Elements elements = Start();
  Finish(elements);
  elements.Add(0x0020, 0x4000, "LT", std::string(4096, 'x'));
  for (std::uint16_t i = 0; i < 8; ++i) {
    elements.Add(0x0029, static_cast<std::uint16_t>(0x1000 + i), "UT", std::string(4000, 'y'));
  }
  elements.Add(0x0032, 0x4000, "LT", std::string(4098, 'z'));
  const auto asked = Ask(elements.bytes(), {"ImageComments", "StudyComments", "(0029,1000)", "(0029,1007)"});
  EXPECT_EQ(asked.at("ImageComments").values.front().size(), 4096U);
  EXPECT_EQ(asked.at("StudyComments").state, State::unreadable);
  EXPECT_EQ(asked.at("(0029,1000)").state, State::values);
  EXPECT_EQ(asked.at("(0029,1007)").state, State::values);  // only what is asked for counts
  std::vector<std::string> all;
  for (int i = 0; i < 8; ++i) all.push_back("(0029,100" + std::to_string(i) + ")");
  EXPECT_EQ(Ask(elements.bytes(), all).at("(0029,1007)").state, State::unreadable);
}

TEST(AskedAttributes, AreUnreadableBehindDamage) {
  Elements elements = Start();
  Finish(elements).Raw(0x0028, 0x0010, "US", 2, std::string("\x00\x02", 2)).Raw(0x0028, 0x0011, "US", 200, "x");
  const auto asked = Ask(elements.bytes(), {"StudyDate", "Rows", "BitsStored"});
  EXPECT_THAT(asked.at("Rows").values, ElementsAre("512"));
  EXPECT_EQ(asked.at("BitsStored").state, State::unreadable);
}

TEST(AskedAttributes, AreUnreadableIfTheyAreNoValuesOfTheirVr) {
  Elements elements = Start();
  Finish(elements).Add(0x0028, 0x0010, "UL", "12").Add(0x0029, 0x1001, "UN", std::string("\x01\x02", 2));
  const auto asked = Ask(elements.bytes(), {"Rows", "(0029,1001)"});
  EXPECT_EQ(asked.at("Rows").state, State::unreadable);
  EXPECT_EQ(asked.at("(0029,1001)").state, State::unreadable);
}

TEST(AskedAttributes, CostNothingWhereNobodyAsks) {
  Elements elements = Start();
  Finish(elements);
  EXPECT_TRUE(Ask(elements.bytes(), {}).empty());
}

// Compares with pydicom, which somebody else wrote: all texts and numbers of its odd files, in all
// their character sets, also inside sequences.
TEST(AskedAttributes, AreWhatPydicomReads) {
  std::vector<std::string> arguments{"/usr/bin/python3", REPOSITORY_DIR "/tests/unit/dicom/asked_oracle.py"};
  for (const std::filesystem::path& file : ReadablePydicomFiles()) arguments.push_back(file);
  std::map<std::string, std::map<std::string, std::vector<std::string>>> files;
  std::istringstream lines(RunTool(arguments).output);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) fields.push_back(cell);
    if (fields.size() >= 3) files[fields[0]][fields[1]] = {fields.begin() + 2, fields.end()};
  }
  std::size_t compared = 0;
  for (const auto& [file, expected] : files) {
    std::vector<AttributePath> paths;
    for (const auto& [name, values] : expected) paths.push_back(attributes::ParsePath(name).value());
    const InstanceHeader header =
        ReadHeader(std::filesystem::path(file), kUsualCharacterSet, AttributeQuery(paths)).value();
    for (const auto& [name, values] : expected) {
      EXPECT_EQ(header.asked.at(name).values, values) << file << ' ' << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 2000U);
}

}  // namespace
}  // namespace gateway::dicom
