#include "dicom/deidentify/dummy_values.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "dicom/edit/element_bytes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::uint32_t kLongestZeros = 4096;

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kTexts{{{"AE", "REMOVED"},
                                                                                {"AS", "000D"},
                                                                                {"CS", "REMOVED"},
                                                                                {"DA", "19000101"},
                                                                                {"DS", "0"},
                                                                                {"DT", "19000101000000"},
                                                                                {"IS", "0"},
                                                                                {"LO", "REMOVED"},
                                                                                {"LT", "REMOVED"},
                                                                                {"PN", "REMOVED"},
                                                                                {"SH", "REMOVED"},
                                                                                {"ST", "REMOVED"},
                                                                                {"TM", "000000"},
                                                                                {"UC", "REMOVED"},
                                                                                {"UR", "urn:removed"},
                                                                                {"UT", "REMOVED"},
                                                                                {"UI", "2.25.0"}}};

// The values are short, so no length can be too great.
void Append(std::string& item, std::uint32_t tag, std::array<char, 2> vr, const std::string& value,
            const ElementEncoding& encoding) {
  const auto element = EncodeElement(tag, vr, Padded(value, vr), encoding);
  if (element) item += *element;
}

}  // namespace

std::optional<std::string> DummyValue(std::array<char, 2> vr, std::uint32_t length) {
  const std::string_view name(vr.data(), vr.size());
  const auto* const text = std::ranges::find(kTexts, name, &std::pair<std::string_view, std::string_view>::first);
  if (text != kTexts.end()) return std::string(text->second);
  if (name == "SQ") return std::nullopt;
  return std::string(std::clamp<std::uint32_t>(length, 2, kLongestZeros) & ~1U, '\0');
}

std::string CodeItem(const std::string& value, const std::string& designator, const std::string& meaning,
                     const ElementEncoding& encoding) {
  std::string elements;
  Append(elements, Tag(0x0008, 0x0100), {'S', 'H'}, value, encoding);
  Append(elements, Tag(0x0008, 0x0102), {'S', 'H'}, designator, encoding);
  Append(elements, Tag(0x0008, 0x0104), {'L', 'O'}, meaning, encoding);
  return EncodeItem(elements, encoding);
}

std::string DummyCodeItem(const ElementEncoding& encoding) {
  return CodeItem("REMOVED", "99REMOVED", "Removed", encoding);
}

}  // namespace gateway::dicom
