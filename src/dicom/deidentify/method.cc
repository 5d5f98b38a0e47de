#include "dicom/deidentify/method.h"

#include <string>

#include "dicom/deidentify/dummy_values.h"
#include "dicom/deidentify/profile_tables.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

std::string MethodCodes(const DeidentifySettings& settings, const ElementEncoding& encoding) {
  std::string items = CodeItem("113100", "DCM", "Basic Application Confidentiality Profile", encoding);
  for (const DeidentifyOptionName& option : kDeidentifyOptions) {
    if (settings.Has(option.option)) {
      items += CodeItem(std::string(option.code), "DCM", std::string(option.meaning), encoding);
    }
  }
  return items;
}

std::string TimesAre(const DeidentifySettings& settings) {
  if (settings.Has(DeidentifyOption::retain_longitudinal_full_dates)) return "UNMODIFIED";
  return settings.Has(DeidentifyOption::retain_longitudinal_modified_dates) ? "MODIFIED" : "REMOVED";
}

}  // namespace

std::vector<NewElement> MethodOf(const DeidentifySettings& settings, bool pixels_cleaned,
                                 const ElementEncoding& encoding) {
  std::vector<NewElement> elements;
  elements.push_back({Tag(0x0012, 0x0062), {'C', 'S'}, "YES"});
  elements.push_back({Tag(0x0012, 0x0063),
                      {'L', 'O'},
                      "DICOM PS3.15 " + std::string(ProfileEdition()) + " basic profile, dicom-mail-gateway"});
  elements.push_back({Tag(0x0012, 0x0064), {'S', 'Q'}, MethodCodes(settings, encoding)});
  if (pixels_cleaned) elements.push_back({Tag(0x0028, 0x0301), {'C', 'S'}, "NO"});
  elements.push_back({Tag(0x0028, 0x0303), {'C', 'S'}, TimesAre(settings)});
  return elements;
}

}  // namespace gateway::dicom
