// Compares two data sets of one SOP Instance UID by hashes that are the same in every lossless
// transfer syntax. In this form the ledger remembers an instance long after its file is gone.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// These words say how the pixel data were hashed.
inline constexpr std::string_view kSamplesForm = "samples";  // the values of the pixels, however they were stored
inline constexpr std::string_view kNumbersForm = "numbers";  // floating point numbers, little endian
// The stored bytes, for a layout whose values are not compared.
inline constexpr std::string_view kNativeForm = "native";
inline constexpr std::string_view kNoPixelsForm = "none";  // there are no pixel data
// Any other form is the UID of a compressed transfer syntax: the compressed bytes were hashed.

struct InstanceDigest {
  std::string attributes;  // 64 hex digits
  std::string form;
  std::string pixels;  // 64 hex digits
  // Four hex digits for each of kNamedAttributes, and four for all other attributes together. They
  // depend on the pixels as well, so that nobody can guess a patient's birth date from what the
  // ledger holds. Empty without pixels.
  std::string named;
  // Stands for everything that a physician reads or hears besides the pixels. For each of
  // kContentKinds that is there, in their order, it has the kind's letter and 64 hex digits. It is
  // empty if there is none.
  std::string content;
};

// Returns "2 ATTRIBUTES FORM PIXELS NAMED CONTENT". The number names the rules by which the digest
// was made.
std::string ToText(const InstanceDigest& digest);
// Returns nullopt if `text` is no digest, or if other rules made it.
std::optional<InstanceDigest> InstanceDigestFrom(std::string_view text);

enum class Difference {
  none,        // attributes, content and pixels are the same, perhaps in another transfer syntax
  attributes,  // the attributes differ; the content and the pixels are the same
  content,     // the content differs, whatever the attributes do; no difference of the pixels is known
  pixels,      // the decoded pixels differ, whatever the attributes do
  unknown      // nobody can compare the pixels as they are; decoding one or both may help
};

Difference Compare(const InstanceDigest& one, const InstanceDigest& other);

// Returns the keywords of the attributes that differ, separated by commas. "other attributes" is
// one of them. Empty means that this is not known.
std::string NamesOfChanged(const InstanceDigest& one, const InstanceDigest& other);

// Returns the kinds of content that differ, in words and separated by commas. Empty means that none
// does.
std::string KindsOfChangedContent(const InstanceDigest& one, const InstanceDigest& other);

// These elements are content, as pixels are, although they stand elsewhere in the data set.
struct ContentKind {
  char letter;
  std::uint32_t tag;
  std::uint32_t mask;  // the bits of a tag that count: groups 60xx and 50xx repeat
  std::string_view words;
};

inline constexpr std::uint32_t kThisTag = 0xFFFFFFFF;
inline constexpr std::uint32_t kEachEvenGroup = 0xFF01FFFF;

// The kinds are in the order of their letters. Elements of one letter are one kind, and follow each
// other.
inline constexpr std::array<ContentKind, 24> kContentKinds{{
    {'a', 0x00420011, kThisTag, "the encapsulated document"},
    {'b', 0x0040A730, kThisTag, "the content of the report"},
    {'c', 0x54000100, kThisTag, "the waveforms"},
    {'d', 0x60003000, kEachEvenGroup, "the overlays"},
    {'e', 0x00281201, kThisTag, "the colour palette"},
    {'e', 0x00281202, kThisTag, "the colour palette"},
    {'e', 0x00281203, kThisTag, "the colour palette"},
    {'e', 0x00281221, kThisTag, "the colour palette"},
    {'e', 0x00281222, kThisTag, "the colour palette"},
    {'e', 0x00281223, kThisTag, "the colour palette"},
    {'f', 0x56000020, kThisTag, "the spectroscopy data"},
    {'g', 0x5000200C, kEachEvenGroup, "the audio"},
    {'h', 0x50003000, kEachEvenGroup, "the curves"},
    {'i', 0x00700001, kThisTag, "the graphic annotations"},
    {'j', 0x30060039, kThisTag, "the contours"},
    {'k', 0x300A0070, kThisTag, "the treatment plan"},  // Fraction Group Sequence
    {'k', 0x300A00B0, kThisTag, "the treatment plan"},  // Beam Sequence
    {'k', 0x300A0230, kThisTag, "the treatment plan"},  // Application Setup Sequence
    {'k', 0x300A03A2, kThisTag, "the treatment plan"},  // Ion Beam Sequence
    {'l', 0x30040050, kThisTag, "the dose-volume histograms"},
    {'m', 0x00660002, kThisTag, "the surfaces"},
    {'m', 0x00660101, kThisTag, "the surfaces"},  // Track Set Sequence
    {'n', 0x00700308, kThisTag, "the registration"},
    {'n', 0x00640002, kThisTag, "the registration"},  // Deformable Registration Sequence
}};

// Returns nullptr if the element is an attribute.
const ContentKind* ContentKindOf(std::uint32_t tag);

struct NamedAttribute {
  std::uint32_t tag;
  std::string_view keyword;
};

// The attributes are in the order of their digits in InstanceDigest::named.
inline constexpr std::array<NamedAttribute, 41> kNamedAttributes{{
    {0x00080008, "ImageType"},
    {0x00080016, "SOPClassUID"},
    {0x00080020, "StudyDate"},
    {0x00080021, "SeriesDate"},
    {0x00080022, "AcquisitionDate"},
    {0x00080023, "ContentDate"},
    {0x00080030, "StudyTime"},
    {0x00080050, "AccessionNumber"},
    {0x00080060, "Modality"},
    {0x00080070, "Manufacturer"},
    {0x00080080, "InstitutionName"},
    {0x00080081, "InstitutionAddress"},
    {0x00080090, "ReferringPhysicianName"},
    {0x00081010, "StationName"},
    {0x00081030, "StudyDescription"},
    {0x0008103E, "SeriesDescription"},
    {0x00081040, "InstitutionalDepartmentName"},
    {0x00081050, "PerformingPhysicianName"},
    {0x00081070, "OperatorsName"},
    {0x00100010, "PatientName"},
    {0x00100020, "PatientID"},
    {0x00100021, "IssuerOfPatientID"},
    {0x00100030, "PatientBirthDate"},
    {0x00100040, "PatientSex"},
    {0x00101000, "OtherPatientIDs"},
    {0x00101002, "OtherPatientIDsSequence"},
    {0x00104000, "PatientComments"},
    {0x00180015, "BodyPartExamined"},
    {0x0020000D, "StudyInstanceUID"},
    {0x0020000E, "SeriesInstanceUID"},
    {0x00200010, "StudyID"},
    {0x00200011, "SeriesNumber"},
    {0x00200013, "InstanceNumber"},
    {0x00200052, "FrameOfReferenceUID"},
    {0x00200062, "ImageLaterality"},
    {0x00204000, "ImageComments"},
    {0x00281050, "WindowCenter"},
    {0x00281051, "WindowWidth"},
    {0x00281052, "RescaleIntercept"},
    {0x00281053, "RescaleSlope"},
    {0x00400275, "RequestAttributesSequence"},
}};

inline constexpr std::size_t kNamedDigits = 4;

}  // namespace gateway
