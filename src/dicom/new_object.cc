#include "dicom/new_object.h"

#include "dicom/element_reader.h"

namespace gateway::dicom {
namespace {

constexpr std::uint32_t kUndefinedLength = 0xFFFFFFFF;

void Append16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}

void Append32(std::string& out, std::uint32_t value) {
  Append16(out, value & 0xFFFF);
  Append16(out, value >> 16);
}

void AppendTag(std::string& out, std::uint32_t tag) {
  Append16(out, tag >> 16);
  Append16(out, tag & 0xFFFF);
}

// Returns tag, VR and 32-bit length.
std::string LongHead(std::uint32_t tag, std::string_view vr, std::uint32_t length) {
  std::string head;
  AppendTag(head, tag);
  head += vr;
  Append16(head, 0);
  Append32(head, length);
  return head;
}

std::string ItemHead(std::uint16_t element, std::uint32_t length) {
  std::string head;
  AppendTag(head, Tag(0xFFFE, element));
  Append32(head, length);
  return head;
}

std::string Short(std::uint32_t tag, std::string_view vr, const std::string& value) {
  std::string element;
  AppendTag(element, tag);
  element += vr;
  Append16(element, static_cast<std::uint32_t>(value.size()));
  return element + value;
}

}  // namespace

void NewObject::Put(std::uint32_t tag, std::string_view vr, std::string value) {
  if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
  if (value.size() > 0xFFFE) value.clear();
  elements_[tag] = Short(tag, vr, value);
}

void NewObject::PutIfAny(std::uint32_t tag, std::string_view vr, std::string value) {
  if (!value.empty()) Put(tag, vr, std::move(value));
}

void NewObject::PutU16(std::uint32_t tag, unsigned value) {
  std::string bytes;
  Append16(bytes, value);
  elements_[tag] = Short(tag, "US", bytes);
}

void NewObject::PutU32(std::uint32_t tag, std::uint32_t value) {
  std::string bytes;
  Append32(bytes, value);
  elements_[tag] = Short(tag, "UL", bytes);
}

void NewObject::PutSequence(std::uint32_t tag, const std::vector<NewObject>& items) {
  std::string encoded;
  for (const NewObject& item : items) {
    const std::string content = item.Encoded();
    encoded += ItemHead(0xE000, static_cast<std::uint32_t>(content.size())) + content;
  }
  elements_[tag] = LongHead(tag, "SQ", static_cast<std::uint32_t>(encoded.size())) + encoded;
}

std::string NewObject::Encoded() const {
  std::string all;
  for (const auto& [tag, element] : elements_) all += element;
  return all;
}

Result<void> NewObject::Write(const BulkElement& bulk, Sink& sink) const {
  const auto after = elements_.upper_bound(bulk.tag);
  for (auto element = elements_.begin(); element != after; ++element) GATEWAY_TRY(sink.Write(element->second));
  const auto even = static_cast<std::uint32_t>(bulk.length + bulk.length % 2);
  GATEWAY_TRY(sink.Write(LongHead(bulk.tag, bulk.vr, bulk.encapsulated ? kUndefinedLength : even)));
  // An empty Basic Offset Table comes first, and then the fragment.
  if (bulk.encapsulated) GATEWAY_TRY(sink.Write(ItemHead(0xE000, 0) + ItemHead(0xE000, even)));
  GATEWAY_TRY(bulk.write(sink));
  if (even != bulk.length) GATEWAY_TRY(sink.Write(std::string_view("\0", 1)));
  if (bulk.encapsulated) GATEWAY_TRY(sink.Write(ItemHead(0xE0DD, 0)));
  for (auto element = after; element != elements_.end(); ++element) GATEWAY_TRY(sink.Write(element->second));
  return {};
}

}  // namespace gateway::dicom
