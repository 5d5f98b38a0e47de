#include "dicom/edit/original_attributes.h"

#include <utility>

#include "dicom/edit/element_bytes.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr std::uint32_t kModifiedAttributes = Tag(0x0400, 0x0550);
constexpr std::uint32_t kModificationDateTime = Tag(0x0400, 0x0562);
constexpr std::uint32_t kModifyingSystem = Tag(0x0400, 0x0563);
constexpr std::uint32_t kSourceOfValues = Tag(0x0400, 0x0564);
constexpr std::uint32_t kReason = Tag(0x0400, 0x0565);

}  // namespace

Result<void> OriginalAttributes::Take(const Place& place, const ElementView& element) {
  if (element.tag == kOriginalAttributes) return {};
  GATEWAY_ASSIGN(std::optional<std::string> bytes, element.Bytes(kLongest));
  return bytes ? Take(place, element.tag, element.creator, *std::move(bytes)) : Result<void>();
}

Result<void> OriginalAttributes::Take(const Place& place, std::uint32_t tag, const std::string& creator,
                                      std::string bytes) {
  // Without its creator nobody could read a private attribute.
  const std::uint32_t creator_tag = (tag & 0xFFFF0000) | (tag >> 8 & 0xFF);
  if (!creator.empty() && !elements_.contains(creator_tag)) {
    GATEWAY_ASSIGN(elements_[creator_tag],
                   EncodeElement(creator_tag, {'L', 'O'}, Padded(creator, {'L', 'O'}), place.encoding));
  }
  bytes_ += bytes.size();
  if (bytes_ > kMostBytes) return Corrupt(codes::kEditTooLarge);
  elements_.try_emplace(tag, std::move(bytes));
  return {};
}

Result<void> OriginalAttributes::TakeMissing(const Place& place, const NewElement& element) {
  GATEWAY_ASSIGN(std::string bytes, EncodeElement(element.tag, element.vr, {}, place.encoding));
  elements_.try_emplace(element.tag, std::move(bytes));
  return {};
}

Result<std::string> OriginalAttributes::Item(const ElementEncoding& encoding, const EditRecord& record,
                                             const std::optional<std::string>& terms) const {
  const auto add = [&encoding](std::string& out, std::uint32_t tag, VrLetters vr, std::string value) -> Result<void> {
    GATEWAY_ASSIGN(const std::string element, EncodeElement(tag, vr, Padded(std::move(value), vr), encoding));
    out += element;
    return {};
  };
  std::string before;
  if (terms) GATEWAY_TRY(add(before, kSpecificCharacterSet, {'C', 'S'}, *terms));
  for (const auto& [tag, bytes] : elements_) {
    if (tag != kSpecificCharacterSet) before += bytes;
  }
  std::string item;
  GATEWAY_TRY(add(item, kModifiedAttributes, {'S', 'Q'}, EncodeItem(before, encoding)));
  GATEWAY_TRY(add(item, kModificationDateTime, {'D', 'T'}, record.date_time));
  GATEWAY_TRY(add(item, kModifyingSystem, {'L', 'O'}, record.system));
  GATEWAY_TRY(add(item, kSourceOfValues, {'L', 'O'}, record.source));
  GATEWAY_TRY(add(item, kReason, {'C', 'S'}, "COERCE"));
  return EncodeItem(item, encoding);
}

}  // namespace gateway::dicom
