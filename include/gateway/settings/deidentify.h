// The key `deidentify` of a rule: what is taken out of an instance before it leaves. It holds the
// contents of the files that the key names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// The options of PS3.15 section E.3 that the gateway can carry out.
enum class DeidentifyOption {
  retain_safe_private,
  retain_uids,
  retain_device_identity,
  retain_institution_identity,
  retain_patient_characteristics,
  retain_longitudinal_full_dates,
  retain_longitudinal_modified_dates,
  clean_descriptors,
  clean_structured_content,
  clean_graphics,
  clean_pixel_data
};

struct DeidentifyOptionName {
  std::string_view key;  // in the configuration
  DeidentifyOption option{};
  std::string_view code;     // of CID 7050, in DCM
  std::string_view meaning;  // for (0012,0064)
};

inline constexpr std::array kDeidentifyOptions{
    DeidentifyOptionName{"clean-pixel-data", DeidentifyOption::clean_pixel_data, "113101", "Clean Pixel Data Option"},
    DeidentifyOptionName{"clean-graphics", DeidentifyOption::clean_graphics, "113103", "Clean Graphics Option"},
    DeidentifyOptionName{"clean-structured-content", DeidentifyOption::clean_structured_content, "113104",
                         "Clean Structured Content Option"},
    DeidentifyOptionName{"clean-descriptors", DeidentifyOption::clean_descriptors, "113105",
                         "Clean Descriptors Option"},
    DeidentifyOptionName{"retain-longitudinal-full-dates", DeidentifyOption::retain_longitudinal_full_dates, "113106",
                         "Retain Longitudinal Temporal Information Full Dates Option"},
    DeidentifyOptionName{"retain-longitudinal-modified-dates", DeidentifyOption::retain_longitudinal_modified_dates,
                         "113107", "Retain Longitudinal Temporal Information Modified Dates Option"},
    DeidentifyOptionName{"retain-patient-characteristics", DeidentifyOption::retain_patient_characteristics, "113108",
                         "Retain Patient Characteristics Option"},
    DeidentifyOptionName{"retain-device-identity", DeidentifyOption::retain_device_identity, "113109",
                         "Retain Device Identity Option"},
    DeidentifyOptionName{"retain-uids", DeidentifyOption::retain_uids, "113110", "Retain UIDs Option"},
    DeidentifyOptionName{"retain-safe-private", DeidentifyOption::retain_safe_private, "113111",
                         "Retain Safe Private Option"},
    DeidentifyOptionName{"retain-institution-identity", DeidentifyOption::retain_institution_identity, "113112",
                         "Retain Institution Identity Option"},
};

// A private attribute that may stay: (0019,xx10 SIEMENS MR HEADER).
struct PrivateAttribute {
  std::uint16_t group = 0;
  std::uint8_t element = 0;  // within its block
  std::string creator;
  friend bool operator==(const PrivateAttribute&, const PrivateAttribute&) = default;
};

// A line of the table of pseudonyms.
struct PatientPseudonym {
  std::string patient_id;
  std::string issuer;  // empty: any issuer
  std::string new_id;
  std::string new_name;  // empty: as new_id
};

struct PixelRegion {
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
};

// An entry of the table of pixels (docs/deidentification.md). An empty or missing criterion matches
// any image. The texts are patterns, as in the `when:` of a rule.
struct PixelRule {
  std::string manufacturer, model, modality, sop_class, image_type;
  std::optional<std::uint32_t> columns, rows;
  enum class Act { blank, clean, refuse };
  Act act = Act::refuse;
  std::vector<PixelRegion> regions;  // of Act::blank
};

struct DeidentifySettings {
  std::vector<DeidentifyOption> options;
  // The key of the pseudonyms: at least 16 characters. Empty in commands that need no secrets.
  std::string secret;
  bool has_table = false;
  std::vector<PatientPseudonym> patients;  // of the table
  std::vector<PixelRule> pixels;           // of the table `blank`; the first rule that matches counts
  std::uint32_t shift_days = 365;          // no date moves farther
  std::vector<PrivateAttribute> safe_private;
  std::vector<std::string> words;  // may stay in descriptions, beside those that the gateway knows

  [[nodiscard]] bool Has(DeidentifyOption option) const {
    for (const DeidentifyOption other : options) {
      if (other == option) return true;
    }
    return false;
  }
};

}  // namespace gateway
