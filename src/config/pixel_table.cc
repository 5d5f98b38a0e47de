#include "config/pixel_table.h"

#include <filesystem>
#include <string>

#include "base/pattern.h"

namespace gateway::config {
namespace {

constexpr std::uint32_t kLargestImage = 65535;

const Parser<std::string>& PatternText() {
  static const Parser<std::string> parser = {
      "a value, or a regular expression with ~ before it", [](std::string_view text) -> std::optional<std::string> {
        return text.empty() || !Pattern::Create(text) ? std::nullopt : std::optional<std::string>(text);
      }};
  return parser;
}

void ReadMatch(Section match, PixelRule& rule) {
  match.Read("manufacturer", rule.manufacturer, PatternText());
  match.Read("model", rule.model, PatternText());
  match.Read("modality", rule.modality, PatternText());
  match.Read("sop_class", rule.sop_class, PatternText());
  match.Read("image_type", rule.image_type, PatternText());
  std::uint32_t size = 0;
  if (match.Read("columns", size, Number<std::uint32_t>(1, kLargestImage))) rule.columns = size;
  if (match.Read("rows", size, Number<std::uint32_t>(1, kLargestImage))) rule.rows = size;
}

void ReadRegion(Section section, std::vector<PixelRegion>& regions) {
  PixelRegion region;
  for (const std::string_view key : {"x", "y", "width", "height"}) section.Require(key);
  section.Read("x", region.x, Number<std::uint32_t>(0, kLargestImage));
  section.Read("y", region.y, Number<std::uint32_t>(0, kLargestImage));
  section.Read("width", region.width, Number<std::uint32_t>(1, kLargestImage));
  section.Read("height", region.height, Number<std::uint32_t>(1, kLargestImage));
  regions.push_back(region);
}

// An image is blanked, clean or refused.
void ReadAct(Section& entry, PixelRule& rule) {
  bool clean = false;
  bool refuse = false;
  entry.Read("clean", clean, YesOrNo());
  entry.Read("refuse", refuse, YesOrNo());
  entry.ForEachItem("blank", [&](const YamlNode& item) {
    ReadRegion({entry.draft(), "pixels.images.blank", entry.PathOf("blank"), &item, item.line}, rule.regions);
  });
  const bool blank = !rule.regions.empty();
  if (clean + refuse + blank != 1) {
    entry.draft().Mistake(entry.line(), entry.path() + ": give it one of blank, clean and refuse");
  }
  rule.act = blank ? PixelRule::Act::blank : clean ? PixelRule::Act::clean : PixelRule::Act::refuse;
}

}  // namespace

std::vector<PixelRule> ReadPixelTable(Section& section, std::string_view key) {
  std::vector<PixelRule> rules;
  std::filesystem::path file;
  if (!section.ReadFile(key, file)) return rules;
  if (section.draft().named_files() == NamedFiles::may_be_missing && !std::filesystem::exists(file)) return rules;
  FileDraft draft = section.draft().Of(file);
  const NodePtr tree = ReadYaml(draft);
  if (!tree) return rules;
  Section table(draft, "pixels", "", tree.get(), 1);
  table.Require("images");
  std::size_t number = 0;
  table.ForEachItem("images", [&](const YamlNode& item) {
    Section entry(draft, "pixels.images", "images[" + std::to_string(number++) + "]", &item, item.line);
    PixelRule rule;
    entry.Require("match");
    ReadMatch(entry.Sub("match", "pixels.images.match"), rule);
    ReadAct(entry, rule);
    rules.push_back(std::move(rule));
  });
  return rules;
}

}  // namespace gateway::config
