#include "config/read_deidentify.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "attributes/attribute_path.h"
#include "base/files.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "config/edit_checks.h"
#include "config/pixel_table.h"
#include "config/pseudonym_table.h"
#include "config/suggestion.h"

namespace gateway::config {
namespace {

using Option = DeidentifyOption;

constexpr std::uint64_t kLargestWords = 1 << 20;
constexpr std::string_view kFaces = "clean-recognizable-visual-features";
constexpr Milliseconds kDay = std::chrono::hours(24);

void ReadOptions(Section& section, DeidentifySettings& settings) {
  std::vector<std::string_view> names;
  for (const DeidentifyOptionName& option : kDeidentifyOptions) names.push_back(option.key);
  section.ForEachText("options", "an option of PS3.15 section E.3", [&](const YamlNode& item) {
    const auto* const found = std::ranges::find(kDeidentifyOptions, item.text, &DeidentifyOptionName::key);
    if (found != kDeidentifyOptions.end()) {
      settings.options.push_back(found->option);
    } else if (item.text == kFaces) {
      section.draft().Mistake(item.line, section.PathOf("options") + ": " + item.text +
                                             " is not possible, because the gateway cannot find faces in images; "
                                             "have them removed before the images reach it");
    } else {
      section.draft().Mistake(item.line, section.PathOf("options") + ": no option is named '" +
                                             item.text.substr(0, 60) + "'" + Suggestion(item.text, names));
    }
  });
}

void ReadSecret(Section& section, DeidentifySettings& settings) {
  std::filesystem::path file;
  section.Require("secret_file");
  if (!section.ReadSecretFile("secret_file", file)) return;
  const auto secret = ReadPasswordFile(file);
  // `explain` needs the secret if it can be read. Other commands need none.
  if (!secret && section.draft().named_files() == NamedFiles::may_be_missing) return;
  if (!secret) return section.Mistake("secret_file", secret.error().detail);
  if (const std::string why = WhyNoSecret(secret->view()); !why.empty()) return section.Mistake("secret_file", why);
  settings.secret = std::string(secret->view());
}

// The text of a file that is there. Without it there was a mistake, or the file need not be there.
std::optional<std::string> TextOf(Section& section, std::string_view key, std::uint64_t limit) {
  std::filesystem::path file;
  if (!section.ReadFile(key, file)) return std::nullopt;
  const auto text = ReadSmallFile(file, limit);
  if (text) return *text;
  if (section.draft().named_files() == NamedFiles::must_be_usable) section.Mistake(key, text.error().detail);
  return std::nullopt;
}

void ReadWords(Section& section, DeidentifySettings& settings) {
  const auto text = TextOf(section, "words", kLargestWords);
  if (!text) return;
  if (ValidUtf8Prefix(*text) < text->size()) return section.Mistake("words", "the file is no UTF-8");
  std::istringstream words(*text);
  for (std::string word; words >> word;) settings.words.push_back(std::move(word));
}

void ReadSafePrivate(Section& section, DeidentifySettings& settings) {
  const std::string expected = "a private attribute with its creator, as \"(0019,xx10 SIEMENS MR HEADER)\"";
  section.ForEachText("safe_private", expected, [&](const YamlNode& item) {
    const auto path = attributes::ParsePath(item.text);
    if (!path || path->steps.size() != 1 || path->steps.front().creator.empty()) {
      return section.Reject(section.PathOf("safe_private"), item, expected);
    }
    const PathStep& step = path->steps.front();
    settings.safe_private.push_back(
        {static_cast<std::uint16_t>(step.tag >> 16), static_cast<std::uint8_t>(step.tag & 0xFF), step.creator});
  });
}

// A key and the option without which it has no meaning. If `needed`, the option means nothing
// without the key as well.
void CheckPair(Section& section, const DeidentifySettings& settings, std::string_view key, Option option, bool needed) {
  const auto* const name = std::ranges::find(kDeidentifyOptions, option, &DeidentifyOptionName::option);
  if (section.Has(key) && !settings.Has(option)) {
    section.Mistake(key, "it has no meaning without the option " + std::string(name->key));
  }
  if (needed && !section.Has(key) && settings.Has(option)) {
    section.Mistake("options", std::string(name->key) + " needs the key " + std::string(key));
  }
}

void CheckOptions(Section& section, const DeidentifySettings& settings) {
  if (settings.Has(Option::retain_longitudinal_full_dates) &&
      settings.Has(Option::retain_longitudinal_modified_dates)) {
    section.Mistake("options", "dates cannot be retained both in full and modified; remove one of the two");
  }
  CheckPair(section, settings, "safe_private", Option::retain_safe_private, true);
  CheckPair(section, settings, "shift", Option::retain_longitudinal_modified_dates, false);
  if (settings.Has(Option::clean_pixel_data) && !section.Has("blank")) {
    section.Mistake("options", "clean-pixel-data needs the key blank, a table of what to blank");
  }
  // Words are taken out of texts by several options.
  if (section.Has("words") && !settings.Has(Option::clean_descriptors) &&
      !settings.Has(Option::clean_structured_content) && !settings.Has(Option::clean_graphics) &&
      !settings.Has(Option::retain_patient_characteristics)) {
    section.Mistake("words", "it has no meaning without an option that cleans texts, such as clean-descriptors");
  }
}

}  // namespace

std::shared_ptr<const DeidentifySettings> ReadDeidentify(Section& rule) {
  if (!rule.Has("deidentify")) return nullptr;
  Section section = rule.Sub("deidentify", "routes.outbound.deidentify");
  auto settings = std::make_shared<DeidentifySettings>();
  section.Require("profile");
  bool basic = true;
  section.Read("profile", basic, OneOf<bool>({{"basic", true}}));
  ReadOptions(section, *settings);
  ReadSecret(section, *settings);
  if (section.Has("table")) {
    settings->has_table = true;
    settings->patients = ReadPseudonymTable(section, "table");
  }
  if (section.Has("blank")) settings->pixels = ReadPixelTable(section, "blank");
  Milliseconds shift = kDay * settings->shift_days;
  section.Read("shift", shift, Duration(kDay, kDay * 36500));
  settings->shift_days = static_cast<std::uint32_t>(shift / kDay);
  ReadSafePrivate(section, *settings);
  ReadWords(section, *settings);
  CheckOptions(section, *settings);
  return settings;
}

}  // namespace gateway::config
