// Data sets that break PS3.5 as real systems do, and that DCMTK and dcm4che read.
#include "base/files.h"
#include "dicom/header_reader.h"
#include "dicom/implicit_source.h"
#include "dicom/part10_header.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

constexpr char kExplicit[] = "1.2.840.10008.1.2.1";
constexpr char kImplicit[] = "1.2.840.10008.1.2";

void Put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}

std::string TagOf(unsigned group, unsigned element) {
  std::string out;
  Put16(out, group);
  Put16(out, element);
  return out;
}

std::string Length(std::uint32_t length) {
  std::string out;
  Put16(out, length & 0xFFFF);
  Put16(out, length >> 16);
  return out;
}

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

std::string Short(unsigned group, unsigned element, const std::string& vr, const std::string& value) {
  std::string out = TagOf(group, element) + vr;
  Put16(out, value.size());
  return out + value;
}
std::string Long(unsigned group, unsigned element, const std::string& vr, std::uint32_t length) {
  return TagOf(group, element) + vr + std::string(2, '\0') + Length(length);
}
// Without VR.
std::string Bare(unsigned group, unsigned element, const std::string& value) {
  return TagOf(group, element) + Length(static_cast<std::uint32_t>(value.size())) + value;
}

const std::string kItemStart = TagOf(0xFFFE, 0xE000) + Length(kUndefined);
const std::string kItemStop = TagOf(0xFFFE, 0xE00D) + Length(0);
const std::string kSequenceStop = TagOf(0xFFFE, 0xE0DD) + Length(0);
const std::string kUnknown = Long(0x0009, 0x1010, "UN", kUndefined);

const std::string kClass = Short(0x0008, 0x0016, "UI", "1.2\0");
const std::string kInstance = Short(0x0008, 0x0018, "UI", std::string("2.25.7", 6));
const std::string kDescription = Short(0x0008, 0x1030, "LO", "Kopf");
const std::string kStudy = Short(0x0020, 0x000D, "UI", std::string("2.25.77\0", 8));
const std::string kSeries = Short(0x0020, 0x000E, "UI", std::string("2.25.78\0", 8));
const std::string kPixels = Long(0x7FE0, 0x0010, "OW", 4) + "abcd";

Result<InstanceHeader> Read(const std::string& dataset, const std::string& syntax = kExplicit) {
  const TempDirectory directory;
  InstanceHeader meta;
  meta.sop_class_uid = "1.2";
  meta.sop_instance_uid = "2.25.7";
  meta.transfer_syntax_uid = syntax;
  WriteFile(directory / "file", Part10Header(meta) + dataset);
  return ReadHeader(directory / "file");
}

void ExpectWhole(const Result<InstanceHeader>& header, const std::string& what) {
  ASSERT_TRUE(header) << what << ": " << header.error().code << ' ' << header.error().detail;
  EXPECT_EQ(header->sop_instance_uid, "2.25.7") << what;
  EXPECT_EQ(header->study_instance_uid, "2.25.77") << what;
  EXPECT_EQ(header->series_instance_uid, "2.25.78") << what;
  EXPECT_EQ(header->study_description, "Kopf") << what;
}

TEST(OddDataset, ItsElementsStandInAnyOrder) {
  ExpectWhole(Read(kSeries + kStudy + kDescription + kInstance + kClass + kPixels), "backwards");
  ExpectWhole(
      Read(Short(0x0029, 0x0010, "LO", "ACME") + kClass + kInstance + kStudy + kSeries + kDescription + kPixels),
      "group 0029 first");
  ExpectWhole(Read(kClass + kInstance + kDescription + Short(0x0029, 0x0010, "LO", "ACME") +
                   Short(0x0020, 0x0013, "IS", "1 ") + kStudy + kSeries),
              "without pixel data");
  ExpectWhole(Read(kClass + kInstance + kStudy + kSeries + Long(0x0029, 0x1010, "SQ", kUndefined) + kItemStart +
                   Short(0x0008, 0x1030, "LO", "Fuss") + kItemStop + kSequenceStop + kDescription),
              "what is in a sequence is no attribute of the data set");
}

TEST(OddDataset, WhatStandsBehindThePixelsIsNotLookedAt) {
  EXPECT_THAT(Read(kClass + kInstance + kPixels + kStudy + kSeries), FailsWith("dicom-incomplete"));
}

TEST(OddDataset, TheFirstOfTwoCounts) {
  ExpectWhole(Read(kClass + kInstance + kDescription + Short(0x0008, 0x1030, "LO", "Fuss") + kStudy + kSeries +
                   Short(0x0020, 0x000D, "UI", "9.9.9.")),
              "twice");
}

TEST(OddDataset, StrayDelimitersArePassedOver) {
  for (const std::string& stray :
       {kItemStop, kSequenceStop, kItemStop + kSequenceStop, kItemStart, TagOf(0xFFFE, 0xE000) + Length(0),
        TagOf(0xFFFE, 0xE000) + Length(static_cast<std::uint32_t>(kDescription.size())) + kDescription}) {
    ExpectWhole(Read(kClass + kInstance + stray + kDescription + kStudy + kSeries + kPixels), "stray");
    ExpectWhole(Read(stray + kClass + kInstance + kDescription + stray + kStudy + stray + kSeries + kPixels), "strays");
  }
  ExpectWhole(Read(kClass + kInstance + Long(0x0009, 0x1010, "SQ", kUndefined) + kItemStart + kItemStop + kItemStop +
                   kSequenceStop + kDescription + kStudy + kSeries),
              "the end of an item twice");
  ExpectWhole(Read(kClass + kInstance + Long(0x0009, 0x1010, "SQ", kUndefined) + kItemStart + kSequenceStop +
                   kDescription + kStudy + kSeries),
              "the end of an item left out");
}

TEST(OddDataset, GroupLengthsAreElements) {
  ExpectWhole(Read(Short(0x0008, 0x0000, "UL", Length(1)) + kClass + kInstance + kDescription +
                   Short(0x0020, 0x0000, "UL", Length(9)) + kStudy + kSeries),
              "group lengths");
}

TEST(OddDataset, UnknownOfUndefinedLengthHoldsEitherEncoding) {
  const std::string explicit_content = Short(0x0009, 0x1001, "LO", "ABCD");
  const std::string implicit_content = Bare(0x0009, 0x1001, "ABCD");
  const std::string inner = TagOf(0x0009, 0x1002) + "SQ" + std::string(2, '\0') + Length(kUndefined) + kItemStart +
                            explicit_content + kItemStop + kSequenceStop;
  for (const std::string& content :
       {std::string(), explicit_content, implicit_content, explicit_content + inner,
        explicit_content + kUnknown + kItemStart + implicit_content + kItemStop + kSequenceStop + explicit_content}) {
    ExpectWhole(Read(kClass + kInstance + kUnknown + kItemStart + content + kItemStop + kSequenceStop + kDescription +
                     kStudy + kSeries + kPixels),
                "UN");
  }
  ExpectWhole(Read(kClass + kInstance + kUnknown + kSequenceStop + kDescription + kStudy + kSeries), "empty UN");
}

TEST(OddDataset, AnElementWithoutVrIsImplicit) {
  const std::string description = Bare(0x0008, 0x1030, "Kopf");
  ExpectWhole(Read(kClass + kInstance + description + kStudy + kSeries + kPixels), "in the middle");
  ExpectWhole(Read(Bare(0x0008, 0x0000, Length(9)) + kClass + kInstance + kDescription + kStudy + kSeries), "first");
  ExpectWhole(Read(kClass + Bare(0x0008, 0x0018, "2.25.7") + kDescription + Bare(0x0020, 0x000D, "2.25.77 ") + kSeries),
              "identifiers");
  ExpectWhole(Read(kClass + kInstance + TagOf(0x0009, 0x1010) + Length(kUndefined) + kItemStart +
                   Short(0x0009, 0x1001, "LO", "ABCD") + kItemStop + kSequenceStop + kDescription + kStudy + kSeries),
              "a sequence");
  ExpectWhole(Read(Bare(0x0008, 0x0016, "1.2 ") + Bare(0x0008, 0x0018, "2.25.7") + description +
                   Bare(0x0020, 0x000D, "2.25.77 ") + Bare(0x0020, 0x000E, "2.25.78 ")),
              "all of them");
  ExpectWhole(Read(kClass + kInstance + kDescription + kStudy + kSeries, kImplicit), "explicit that is named implicit");
}

// Zeros in place of a VR, with a length of 16 bits, and with one of 32 as UN has it.
std::string ZeroShort(unsigned group, unsigned element, const std::string& value) {
  return Short(group, element, std::string(2, '\0'), value);
}
std::string ZeroLong(unsigned group, unsigned element, const std::string& value) {
  return Long(group, element, std::string(2, '\0'), static_cast<std::uint32_t>(value.size())) + value;
}

TEST(OddDataset, TwoZeroBytesForAVrHaveTheLengthThatFits) {
  const std::string large = Long(0x7FE0, 0x0010, "OW", 1 << 20) + std::string(1 << 20, '\1');
  const std::string blob(1 << 16, 'K');
  for (const auto& zero : {ZeroShort, ZeroLong}) {
    const std::string name = zero(0x0009, 0x1010, "").size() == 8 ? "16 bits" : "32 bits";
    for (const std::string& end : {std::string(), kPixels, large}) {
      ExpectWhole(Read(kClass + kInstance + zero(0x0008, 0x1030, "Kopf") + kStudy + kSeries + end), name);
      ExpectWhole(Read(kClass + zero(0x0008, 0x0018, "2.25.7") + kDescription + zero(0x0009, 0x1010, "") +
                       zero(0x0020, 0x000D, "2.25.77 ") + zero(0x0020, 0x000E, "2.25.78 ") + end),
                  name + ", all of them");
      ExpectWhole(Read(kClass + kInstance + zero(0x0008, 0x1030, "Kopf") + zero(0x0009, 0x1010, "ABCD") +
                       zero(0x0009, 0x1011, std::string(6, '\0')) + zero(0x0009, 0x1012, "") + kStudy + kSeries + end),
                  name + ", one behind the other");
      ExpectWhole(Read(kClass + kInstance + kDescription + Long(0x0009, 0x1010, "SQ", kUndefined) + kItemStart +
                       zero(0x0009, 0x1001, "ABCD") + kItemStop + kSequenceStop + kStudy + kSeries + end),
                  name + ", in an item");
    }
  }
  ExpectWhole(Read(kClass + kInstance + kDescription + kStudy + kSeries + ZeroShort(0x0029, 0x1010, "ABCD")), "last");
  ExpectWhole(Read(kClass + kInstance + Bare(0x0009, 0x1010, blob) + kDescription + kStudy + kSeries + large),
              "65536 bytes without VR");
  ExpectWhole(Read(kClass + kInstance + Long(0x0009, 0x1010, std::string(2, '\0'), kUndefined) + kItemStart +
                   Short(0x0009, 0x1001, "LO", "ABCD") + kItemStop + kSequenceStop + kDescription + kStudy + kSeries),
              "a sequence");
}

TEST(OddDataset, TwoZeroBytesForAVrBecomeImplicitAsTheyAreRead) {
  const TempDirectory directory;
  const std::string dataset = kInstance + ZeroShort(0x0009, 0x1010, "ABCD") + ZeroLong(0x0009, 0x1011, "EFGHIJ") +
                              ZeroShort(0x0009, 0x1012, "") + kDescription;
  WriteFile(directory / "file", dataset);
  const UniqueFd file(OpenForReading(directory / "file").value());
  const auto source = MakeImplicit(file.get(), 0, kExplicit);
  ASSERT_TRUE(source);
  std::string implicit(1000, '\0');
  implicit.resize((*source)->Read(implicit).value());
  std::string more(1000, '\0');
  while (const std::size_t count = (*source)->Read(more).value()) implicit += more.substr(0, count);
  EXPECT_EQ(implicit, Bare(0x0008, 0x0018, "2.25.7") + Bare(0x0009, 0x1010, "ABCD") + Bare(0x0009, 0x1011, "EFGHIJ") +
                          Bare(0x0009, 0x1012, "") + Bare(0x0008, 0x1030, "Kopf"));
}

TEST(OddDataset, TwoZeroBytesForAVrThatFitNothingAreDamage) {
  EXPECT_THAT(Read(kClass + kInstance + kStudy + TagOf(0x0029, 0x1010) + std::string(3, '\0') + "\x7F" + "short"),
              FailsWith("dicom-damaged"));
}

TEST(OddDataset, LengthsAreWhatTheySay) {
  ExpectWhole(Read(kClass + Short(0x0008, 0x0018, "UI", "2.25.7\0") + Short(0x0008, 0x0020, "DA", "2024010") +
                   Short(0x0028, 0x0002, "US", "abcdef") + kDescription + kStudy + kSeries),
              "odd, and other than the VR's");
}

TEST(OddDataset, UidsThatAreTooLongAreNamed) {
  const auto of = [](std::size_t size) { return "2.25." + std::string(size - 5, '1'); };
  for (const std::size_t size : {65U, 66U, 128U}) {
    const auto read = Read(kClass + Short(0x0008, 0x0018, "UI", of(size)) + kStudy + kSeries);
    ASSERT_THAT(read, FailsWith("uid-too-long"));
    EXPECT_THAT(read.error().detail, testing::HasSubstr("SOP Instance UID has " + std::to_string(size)));
  }
  EXPECT_THAT(Read(Short(0x0008, 0x0016, "UI", of(65)) + kInstance + kStudy), FailsWith("uid-too-long"));
  EXPECT_THAT(Read(kClass + kInstance + Short(0x0020, 0x000D, "UI", of(129))), FailsWith("uid-too-long"));
  EXPECT_EQ(Read(kClass + Short(0x0008, 0x0018, "UI", of(64) + "\0\0") + kStudy)->sop_instance_uid, of(64));
}

TEST(OddDataset, StudiesAndSeriesMayHaveSomewhatLongerUids) {
  const std::string uid = "2.25." + std::string(65, '1');
  const auto header = Read(kClass + kInstance + Short(0x0020, 0x000D, "UI", uid) + Short(0x0020, 0x000E, "UI", uid));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->study_instance_uid, uid);
  EXPECT_EQ(header->series_instance_uid, uid);
}

}  // namespace
}  // namespace gateway::dicom
