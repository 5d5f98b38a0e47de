#include "dicom/deidentify/image_facts.h"

#include <charconv>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "dicom/character_set.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kLongestValue = 4096;

// The attributes of the data set itself that facts come from.
constexpr std::uint32_t kImageType = Tag(0x0008, 0x0008);
constexpr std::uint32_t kSopClass = Tag(0x0008, 0x0016);
constexpr std::uint32_t kModality = Tag(0x0008, 0x0060);
constexpr std::uint32_t kManufacturer = Tag(0x0008, 0x0070);
constexpr std::uint32_t kModel = Tag(0x0008, 0x1090);
constexpr std::uint32_t kPatientId = Tag(0x0010, 0x0020);
constexpr std::uint32_t kBirthDate = Tag(0x0010, 0x0030);
constexpr std::uint32_t kStudyDate = Tag(0x0008, 0x0020);
constexpr std::uint32_t kIssuer = Tag(0x0010, 0x0021);
constexpr std::uint32_t kSamples = Tag(0x0028, 0x0002);
constexpr std::uint32_t kPhotometric = Tag(0x0028, 0x0004);
constexpr std::uint32_t kPlanar = Tag(0x0028, 0x0006);
constexpr std::uint32_t kFrames = Tag(0x0028, 0x0008);
constexpr std::uint32_t kRows = Tag(0x0028, 0x0010);
constexpr std::uint32_t kColumns = Tag(0x0028, 0x0011);
constexpr std::uint32_t kBitsAllocated = Tag(0x0028, 0x0100);
constexpr std::uint32_t kBitsStored = Tag(0x0028, 0x0101);
constexpr std::uint32_t kBurnedIn = Tag(0x0028, 0x0301);
constexpr std::uint32_t kOverlayBitPosition = Tag(0x6000, 0x0102);
constexpr std::uint32_t kRepeating = 0xFF00FFFF;  // without the number of the overlay

bool IsFact(std::uint32_t tag) {
  switch (tag) {
    case kSpecificCharacterSet:
    case kImageType:
    case kSopClass:
    case kModality:
    case kManufacturer:
    case kModel:
    case kPatientId:
    case kBirthDate:
    case kStudyDate:
    case kIssuer:
    case kStudyInstanceUid:
    case kSamples:
    case kPhotometric:
    case kPlanar:
    case kFrames:
    case kRows:
    case kColumns:
    case kBitsAllocated:
    case kBitsStored:
    case kBurnedIn:
      return true;
    default:
      return false;
  }
}

// Changes nothing.
class FactReader : public ElementEditor {
 public:
  Result<Decision> Decide(const Place& place, const ElementView& element) override {
    if (!place.is_root()) return Decision::Keep();
    big_endian_ = place.encoding.big_endian;
    if (element.tag >= kFloatPixelData && element.tag <= kPixelData) {
      if (has_pixels) return Permanent(codes::kDeidentifyUnknown, "its pixel data stand there twice");
      has_pixels = true;
      pixels_are_floats = element.tag != kPixelData;
      pixels_are_encapsulated = element.form == Form::fragments;
    }
    const bool overlay = (element.tag & kRepeating) == kOverlayBitPosition;
    if (!overlay && !IsFact(element.tag)) return Decision::Keep();
    GATEWAY_ASSIGN(auto value, element.Value(kLongestValue));
    if (!value) return Permanent(codes::kDeidentifyUnknown, "an attribute that says what the image is is too long");
    if (overlay) {
      has_overlay_in_pixels = has_overlay_in_pixels || U16(*value) != 0;
    } else if (!values_.try_emplace(element.tag, *std::move(value)).second) {
      return Permanent(codes::kDeidentifyUnknown, "an attribute that says whose the image is stands there twice");
    }
    return Decision::Keep();
  }

  [[nodiscard]] std::string Text(std::uint32_t tag) const {
    const auto found = values_.find(tag);
    return found == values_.end() ? std::string() : std::string(TrimPadding(found->second));
  }
  [[nodiscard]] std::uint32_t Number(std::uint32_t tag, std::uint32_t otherwise) const {
    const auto found = values_.find(tag);
    return found == values_.end() || found->second.empty() ? otherwise : U16(found->second);
  }

  bool has_pixels = false;
  bool pixels_are_floats = false;
  bool pixels_are_encapsulated = false;
  bool has_overlay_in_pixels = false;

 private:
  [[nodiscard]] std::uint32_t U16(std::string_view bytes) const {
    if (bytes.size() < 2) return 0;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    const auto second = static_cast<std::uint8_t>(bytes[1]);
    return big_endian_ ? first << 8U | second : second << 8U | first;
  }

  std::map<std::uint32_t, std::string> values_;
  bool big_endian_ = false;
};

// Reads an integer string (PS3.5 section 6.2), without its padding. Returns 1 if nothing is there,
// and 0 for what is no positive number: nobody can tell how many frames that means.
std::uint32_t Frames(std::string_view text) {
  if (text.empty()) return 1;
  if (text.front() == '+') text.remove_prefix(1);
  std::uint32_t frames = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), frames);
  return error == std::errc() && end == text.data() + text.size() ? frames : 0;
}

}  // namespace

Result<ImageFacts> ReadImageFacts(const EditedFile& file, const InstanceHeader& header) {
  FactReader reader;
  GATEWAY_TRY(file.Visit(reader));
  const std::string terms = reader.Text(kSpecificCharacterSet);
  TextConverter converter(terms);
  ImageFacts facts;
  facts.patient = {IdentifierText(reader.Text(kPatientId), terms), IdentifierText(reader.Text(kIssuer), terms),
                   header.study_instance_uid};
  facts.sop_class = reader.Text(kSopClass).empty() ? header.sop_class_uid : reader.Text(kSopClass);
  facts.birth_date = converter.ToUtf8(reader.Text(kBirthDate), false);
  facts.study_date = converter.ToUtf8(reader.Text(kStudyDate), false);
  facts.manufacturer = converter.ToUtf8(reader.Text(kManufacturer), false);
  facts.model = converter.ToUtf8(reader.Text(kModel), false);
  facts.modality = reader.Text(kModality);
  facts.image_type = reader.Text(kImageType);
  facts.burned_in_annotation = reader.Text(kBurnedIn);
  facts.photometric_interpretation = reader.Text(kPhotometric);
  facts.rows = reader.Number(kRows, 0);
  facts.columns = reader.Number(kColumns, 0);
  facts.samples = reader.Number(kSamples, 1);
  facts.bits_allocated = reader.Number(kBitsAllocated, 0);
  facts.bits_stored = reader.Number(kBitsStored, facts.bits_allocated);
  facts.planar_configuration = reader.Number(kPlanar, 0);
  facts.frames = Frames(reader.Text(kFrames));
  facts.has_pixels = reader.has_pixels;
  facts.pixels_are_floats = reader.pixels_are_floats;
  facts.pixels_are_encapsulated = reader.pixels_are_encapsulated;
  facts.has_overlay_in_pixels = reader.has_overlay_in_pixels;
  return facts;
}

}  // namespace gateway::dicom
