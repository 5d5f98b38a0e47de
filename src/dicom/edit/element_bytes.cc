#include "dicom/edit/element_bytes.h"

#include <limits>

#include "dicom/element_reader.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

bool IsPaddedByNul(VrLetters vr) {
  return vr == VrLetters{} || vr == VrLetters{'U', 'I'} || vr == VrLetters{'U', 'N'} || vr == VrLetters{'O', 'B'};
}

}  // namespace

void Append16(std::string& out, std::uint16_t value, const ElementEncoding& encoding) {
  const char low = static_cast<char>(value & 0xFF);
  const char high = static_cast<char>(value >> 8);
  out += encoding.big_endian ? high : low;
  out += encoding.big_endian ? low : high;
}

void Append32(std::string& out, std::uint32_t value, const ElementEncoding& encoding) {
  const auto low = static_cast<std::uint16_t>(value & 0xFFFF);
  const auto high = static_cast<std::uint16_t>(value >> 16);
  Append16(out, encoding.big_endian ? high : low, encoding);
  Append16(out, encoding.big_endian ? low : high, encoding);
}

std::string Padded(std::string value, VrLetters vr) {
  if (value.size() % 2 != 0) value += IsPaddedByNul(vr) ? '\0' : ' ';
  return value;
}

Result<std::string> EncodeElement(std::uint32_t tag, VrLetters vr, std::string_view value,
                                  const ElementEncoding& encoding) {
  if (value.size() >= kUndefined) return Corrupt(codes::kValueTooLong);
  const auto length = static_cast<std::uint32_t>(value.size());
  std::string out;
  out.reserve(12 + value.size());
  Append16(out, static_cast<std::uint16_t>(tag >> 16), encoding);
  Append16(out, static_cast<std::uint16_t>(tag & 0xFFFF), encoding);
  if (!encoding.explicit_vr) {
    Append32(out, length, encoding);
    return out.append(value);
  }
  if (!IsVr(vr[0], vr[1])) vr = {'U', 'N'};
  out.append(vr.data(), vr.size());
  if (HasLongLength(vr)) {
    out.append(2, '\0');
    Append32(out, length, encoding);
  } else {
    if (length > std::numeric_limits<std::uint16_t>::max()) return Corrupt(codes::kValueTooLong);
    Append16(out, static_cast<std::uint16_t>(length), encoding);
  }
  return out.append(value);
}

std::string EncodeItem(std::string_view elements, const ElementEncoding& encoding) {
  std::string out;
  Append16(out, static_cast<std::uint16_t>(kItem >> 16), encoding);
  Append16(out, static_cast<std::uint16_t>(kItem & 0xFFFF), encoding);
  Append32(out, static_cast<std::uint32_t>(elements.size()), encoding);
  return out.append(elements);
}

}  // namespace gateway::dicom
