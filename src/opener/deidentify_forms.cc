#include "opener/deidentify_forms.h"

#include <nlohmann/json.hpp>

namespace gateway::opener {
namespace {

using nlohmann::json;

json ToJson(const PixelRule& rule) {
  json regions = json::array();
  for (const PixelRegion& region : rule.regions) {
    regions.push_back({region.x, region.y, region.width, region.height});
  }
  json object{{"manufacturer", rule.manufacturer}, {"model", rule.model},           {"modality", rule.modality},
              {"sop_class", rule.sop_class},       {"image_type", rule.image_type}, {"act", static_cast<int>(rule.act)},
              {"regions", std::move(regions)}};
  if (rule.columns) object["columns"] = *rule.columns;
  if (rule.rows) object["rows"] = *rule.rows;
  return object;
}

PixelRule RuleFrom(const json& object) {
  PixelRule rule;
  rule.manufacturer = object.at("manufacturer");
  rule.model = object.at("model");
  rule.modality = object.at("modality");
  rule.sop_class = object.at("sop_class");
  rule.image_type = object.at("image_type");
  rule.act = static_cast<PixelRule::Act>(object.at("act").get<int>());
  for (const json& region : object.at("regions")) {
    rule.regions.push_back({region.at(0), region.at(1), region.at(2), region.at(3)});
  }
  if (object.contains("columns")) rule.columns = object.at("columns").get<std::uint32_t>();
  if (object.contains("rows")) rule.rows = object.at("rows").get<std::uint32_t>();
  return rule;
}

}  // namespace

json DeidentifyToJson(const DeidentifySettings& settings) {
  json options = json::array();
  for (const DeidentifyOption option : settings.options) options.push_back(static_cast<int>(option));
  json patients = json::array();
  for (const PatientPseudonym& patient : settings.patients) {
    patients.push_back({patient.patient_id, patient.issuer, patient.new_id, patient.new_name});
  }
  json pixels = json::array();
  for (const PixelRule& rule : settings.pixels) pixels.push_back(ToJson(rule));
  json safe = json::array();
  for (const PrivateAttribute& attribute : settings.safe_private) {
    safe.push_back({attribute.group, attribute.element, attribute.creator});
  }
  return {{"options", std::move(options)},   {"secret", settings.secret},   {"has_table", settings.has_table},
          {"patients", std::move(patients)}, {"pixels", std::move(pixels)}, {"shift_days", settings.shift_days},
          {"safe_private", std::move(safe)}, {"words", settings.words}};
}

std::shared_ptr<const DeidentifySettings> DeidentifyFromJson(const json& object) {
  auto settings = std::make_shared<DeidentifySettings>();
  for (const json& option : object.at("options")) {
    settings->options.push_back(static_cast<DeidentifyOption>(option.get<int>()));
  }
  settings->secret = object.at("secret");
  settings->has_table = object.at("has_table");
  for (const json& patient : object.at("patients")) {
    settings->patients.push_back({patient.at(0), patient.at(1), patient.at(2), patient.at(3)});
  }
  for (const json& rule : object.at("pixels")) settings->pixels.push_back(RuleFrom(rule));
  settings->shift_days = object.at("shift_days");
  for (const json& attribute : object.at("safe_private")) {
    settings->safe_private.push_back({attribute.at(0), attribute.at(1), attribute.at(2)});
  }
  settings->words = object.at("words").get<std::vector<std::string>>();
  return settings;
}

}  // namespace gateway::opener
