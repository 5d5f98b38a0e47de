#include "dicom/deidentify/pixel_rules.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

// Scanned paper, screenshots and the like: images of which nobody can say what stands on them.
constexpr std::array<std::string_view, 5> kSecondaryCaptures = {
    "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.1", "1.2.840.10008.5.1.4.1.1.7.2",
    "1.2.840.10008.5.1.4.1.1.7.3", "1.2.840.10008.5.1.4.1.1.7.4"};
// A voice identifies its owner, and what it says may, too.
constexpr std::array<std::string_view, 2> kVoices = {"1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2"};

bool Matches(const std::vector<Pattern>& pattern, std::string_view value) {
  return pattern.empty() || pattern.front().Matches(value);
}

// A pattern matches the whole of Image Type, or one of its values.
bool MatchesOneOf(const std::vector<Pattern>& pattern, std::string_view values) {
  if (Matches(pattern, values)) return true;
  while (true) {
    const std::size_t end = values.find('\\');
    if (Matches(pattern, values.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
    values.remove_prefix(end + 1);
  }
}

Result<void> Compile(const std::string& text, std::vector<Pattern>& pattern) {
  if (text.empty()) return {};
  GATEWAY_ASSIGN(Pattern compiled, Pattern::Create(text));
  pattern.push_back(std::move(compiled));
  return {};
}

Error BurnedIn(std::string why) {
  return Permanent(codes::kDeidentifyBurnedIn, std::move(why));
}

}  // namespace

Result<PixelRules> PixelRules::Create(const DeidentifySettings& settings) {
  PixelRules rules;
  rules.must_be_cleaned_ = settings.Has(DeidentifyOption::clean_pixel_data);
  for (const PixelRule& rule : settings.pixels) {
    Rule compiled;
    GATEWAY_TRY(Compile(rule.manufacturer, compiled.manufacturer));
    GATEWAY_TRY(Compile(rule.model, compiled.model));
    GATEWAY_TRY(Compile(rule.modality, compiled.modality));
    GATEWAY_TRY(Compile(rule.sop_class, compiled.sop_class));
    GATEWAY_TRY(Compile(rule.image_type, compiled.image_type));
    compiled.settings = rule;
    rules.rules_.push_back(std::move(compiled));
  }
  return rules;
}

const PixelRule* PixelRules::Find(const ImageFacts& facts) const {
  const auto found = std::ranges::find_if(rules_, [&](const Rule& rule) {
    const PixelRule& of = rule.settings;
    return (!of.columns || *of.columns == facts.columns) && (!of.rows || *of.rows == facts.rows) &&
           Matches(rule.modality, facts.modality) && Matches(rule.sop_class, facts.sop_class) &&
           Matches(rule.manufacturer, facts.manufacturer) && Matches(rule.model, facts.model) &&
           MatchesOneOf(rule.image_type, facts.image_type);
  });
  return found == rules_.end() ? nullptr : &found->settings;
}

Result<PixelTreatment> PixelRules::TreatmentOf(const ImageFacts& facts) const {
  if (std::ranges::find(kVoices, facts.sop_class) != kVoices.end()) {
    return Permanent(codes::kDeidentifyContent, "it holds a voice");
  }
  if (!facts.has_pixels) return PixelTreatment{};
  if (facts.has_overlay_in_pixels) return BurnedIn("an overlay stands in unused bits of its pixels");
  const PixelRule* const rule = Find(facts);
  if (rule != nullptr) {
    switch (rule->act) {
      case PixelRule::Act::refuse:
        return BurnedIn("the table of pixels refuses such images");
      case PixelRule::Act::blank:
        return PixelTreatment{.regions = rule->regions, .cleaned = true};
      case PixelRule::Act::clean:
        if (facts.burned_in_annotation == "YES") return BurnedIn("it says so, but the table of pixels calls it clean");
        return PixelTreatment{.regions = {}, .cleaned = true};
    }
  }
  if (facts.burned_in_annotation == "YES") return BurnedIn("it says so, and the table of pixels does not know it");
  if (must_be_cleaned_) return BurnedIn("the table of pixels does not know it");
  const bool secondary = std::ranges::find(kSecondaryCaptures, facts.sop_class) != kSecondaryCaptures.end();
  if (secondary && facts.burned_in_annotation != "NO") {
    return BurnedIn("it is a secondary capture that does not say otherwise");
  }
  return PixelTreatment{};
}

}  // namespace gateway::dicom
