#include "dicom/edit/value_codec.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>

#include "attributes/data_dictionary.h"
#include "attributes/value_rules.h"
#include "dicom/edit/element_bytes.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

// Returns the bytes of one number, or 0 for VRs that are no numbers in binary form.
std::size_t WidthOf(Vr vr) {
  switch (vr) {
    case Vr::US:
    case Vr::SS:
      return 2;
    case Vr::UL:
    case Vr::SL:
    case Vr::FL:
      return 4;
    case Vr::UV:
    case Vr::SV:
    case Vr::FD:
      return 8;
    default:
      return 0;
  }
}

std::uint64_t BitsFrom(std::string_view bytes, bool big_endian) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bits = bits << 8 | static_cast<std::uint8_t>(bytes[big_endian ? i : bytes.size() - 1 - i]);
  }
  return bits;
}

std::string NumberText(std::uint64_t bits, Vr vr) {
  char text[40];
  const auto write = [&text](auto number) { return std::to_chars(text, text + sizeof text, number).ptr; };
  const char* end = text;
  switch (vr) {
    case Vr::SS:
      end = write(static_cast<std::int16_t>(bits));
      break;
    case Vr::SL:
      end = write(static_cast<std::int32_t>(bits));
      break;
    case Vr::SV:
      end = write(static_cast<std::int64_t>(bits));
      break;
    case Vr::FL:
      end = write(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      break;
    case Vr::FD:
      end = write(std::bit_cast<double>(bits));
      break;
    default:
      end = write(bits);
      break;
  }
  return {static_cast<const char*>(text), end};
}

template <typename T>
T NumberFrom(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T number{};
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint64_t BitsOf(std::string_view text, Vr vr) {
  if (vr == Vr::FL) return std::bit_cast<std::uint32_t>(NumberFrom<float>(text));
  if (vr == Vr::FD) return std::bit_cast<std::uint64_t>(NumberFrom<double>(text));
  if (vr == Vr::UV) return NumberFrom<std::uint64_t>(text);
  return static_cast<std::uint64_t>(NumberFrom<std::int64_t>(text));
}

void AppendBits(std::string& out, std::uint64_t bits, std::size_t width, bool big_endian) {
  for (std::size_t i = 0; i < width; ++i) {
    out += static_cast<char>(bits >> 8 * (big_endian ? width - 1 - i : i) & 0xFF);
  }
}

std::vector<std::string> Split(std::string_view text, Vr vr) {
  std::vector<std::string> values;
  if (!attributes::HasSeveralValues(vr)) {
    values.emplace_back(TrimText(text, vr));
    return values;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\\', begin), text.size());
    values.emplace_back(TrimText(text.substr(begin, end - begin), vr));
    begin = end + 1;
  }
  return values;
}

}  // namespace

Vr VrOfElement(std::uint32_t tag, VrLetters in_file) {
  const Vr vr = attributes::VrFrom({in_file.data(), in_file.size()});
  if (vr != Vr::none && vr != Vr::UN) return vr;
  const attributes::DictionaryEntry* const entry = attributes::FindTag(tag);
  return entry == nullptr ? Vr::none : attributes::VrOf(*entry);
}

VrLetters LettersOf(Vr vr) {
  const std::string_view name = attributes::NameOf(vr);
  return name.size() == 2 ? VrLetters{name[0], name[1]} : VrLetters{};
}

std::string_view TrimText(std::string_view text, Vr vr) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  const bool lines = vr == Vr::LT || vr == Vr::ST || vr == Vr::UT || vr == Vr::UC;
  while (!lines && !text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::optional<std::vector<std::string>> DecodeValues(std::string_view bytes, Vr vr, const ElementEncoding& encoding,
                                                     TextConverter& converter) {
  if (bytes.empty()) return std::vector<std::string>();
  if (const std::size_t width = WidthOf(vr); width > 0) {
    if (bytes.size() % width != 0) return std::nullopt;
    std::vector<std::string> values;
    for (std::size_t at = 0; at < bytes.size(); at += width) {
      values.push_back(NumberText(BitsFrom(bytes.substr(at, width), encoding.big_endian), vr));
    }
    return values;
  }
  if (!attributes::IsText(vr)) return std::nullopt;
  const std::string text =
      attributes::HasCharacterSet(vr) ? converter.Convert(bytes, vr == Vr::PN) : std::string(bytes);
  if (TrimText(text, vr).empty()) return std::vector<std::string>();
  return Split(text, vr);
}

std::optional<std::string> EncodeValues(const std::vector<std::string>& values, Vr vr, const ElementEncoding& encoding,
                                        const std::string& defined_terms) {
  std::string out;
  if (const std::size_t width = WidthOf(vr); width > 0) {
    for (const std::string& value : values) AppendBits(out, BitsOf(value, vr), width, encoding.big_endian);
    return out;
  }
  for (const std::string& value : values) {
    if (&value != &values.front()) out += '\\';
    out += value;
  }
  return attributes::HasCharacterSet(vr) ? ExactlyFromUtf8(out, defined_terms) : std::optional(std::move(out));
}

}  // namespace gateway::dicom
