#include "dicom/character_set.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcspchrs.h>
// clang-format on

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/utf8.h"

namespace gateway::dicom {
namespace {

std::string ReplaceIf(std::string text, bool (*bad)(unsigned char)) {
  std::replace_if(
      text.begin(), text.end(), [bad](char c) { return bad(static_cast<unsigned char>(c)); }, '?');
  return text;
}

std::optional<std::string> Convert(const std::string& defined_terms, std::string_view value, bool person_name) {
  DcmSpecificCharacterSet converter;
  if (converter.selectCharacterSet(OFString(defined_terms.data(), defined_terms.size())).bad()) return std::nullopt;
  OFString utf8;
  const OFString delimiters(person_name ? "\\^=" : "\\");
  if (converter.convertString(value.data(), value.size(), utf8, delimiters).bad()) return std::nullopt;
  return std::string(utf8.data(), utf8.size());
}

}  // namespace

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

std::string TextConverter::ToUtf8(std::string_view value, bool person_name) const {
  if (IsPlainAscii(value)) return std::string(value);
  if (auto utf8 = Convert(defined_terms_, value, person_name)) {
    return ReplaceIf(*std::move(utf8), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  }
  return ReplaceIf(std::string(value), [](unsigned char c) { return c < 0x20 || c >= 0x7F; });
}

std::string FromUtf8(std::string_view text, const std::string& defined_terms) {
  if (IsPlainAscii(text) || defined_terms == "ISO_IR 192") return std::string(text);
  DcmSpecificCharacterSet converter;
  OFString converted;
  if (!defined_terms.empty() && defined_terms.find('\\') == std::string::npos &&
      converter.selectCharacterSet("ISO_IR 192", OFString(defined_terms.data(), defined_terms.size())).good() &&
      converter.convertString(text.data(), text.size(), converted, "").good()) {
    return {converted.data(), converted.size()};
  }
  std::string ascii;
  for (const char32_t c : DecodeUtf8(text, text.size())) ascii += c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '?';
  return ascii;
}

void LoadCharacterSets() {
  static std::vector<std::unique_ptr<DcmSpecificCharacterSet>> loaded;  // open converters keep glibc's modules loaded
  if (!loaded.empty()) return;
  for (const char* terms : {"ISO_IR 6",
                            "ISO_IR 100",
                            "ISO_IR 101",
                            "ISO_IR 109",
                            "ISO_IR 110",
                            "ISO_IR 144",
                            "ISO_IR 127",
                            "ISO_IR 126",
                            "ISO_IR 138",
                            "ISO_IR 148",
                            "ISO_IR 13",
                            "ISO_IR 166",
                            "ISO_IR 192",
                            "GB18030",
                            "GBK",
                            "\\ISO 2022 IR 149",
                            "\\ISO 2022 IR 58",
                            "\\ISO 2022 IR 87",
                            "\\ISO 2022 IR 159",
                            "ISO 2022 IR 13\\ISO 2022 IR 87"}) {
    auto converter = std::make_unique<DcmSpecificCharacterSet>();
    if (converter->selectCharacterSet(terms).good()) loaded.push_back(std::move(converter));
    converter = std::make_unique<DcmSpecificCharacterSet>();  // and the way back
    if (converter->selectCharacterSet("ISO_IR 192", terms).good()) loaded.push_back(std::move(converter));
  }
}

}  // namespace gateway::dicom
