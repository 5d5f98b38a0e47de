#include "cli/inspect_text.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/json_text.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

void AppendSection(const inspect::Section& section, unsigned depth, std::string& text) {
  const std::string indent(2UL * depth, ' ');
  text.append(indent).append(section.name).append("\n");
  std::size_t width = 0;
  for (const auto& [key, value] : section.fields) width = std::max(width, key.size());
  for (const auto& [key, value] : section.fields) {
    text.append(indent).append("  ").append(key).append(width - key.size() + 2, ' ').append(value).append("\n");
  }
  for (const inspect::Section& inner : section.sections) AppendSection(inner, depth + 1, text);
}

// A name that comes more than once makes a list.
void AddMember(ordered_json& object, const std::string& name, ordered_json value) {
  if (!object.contains(name)) {
    object[name] = std::move(value);
    return;
  }
  if (!object[name].is_array()) object[name] = ordered_json::array({object[name]});
  object[name].push_back(std::move(value));
}

ordered_json ToJson(const inspect::Section& section) {
  ordered_json object = ordered_json::object();
  for (const auto& [key, value] : section.fields) AddMember(object, key, value);
  for (const inspect::Section& inner : section.sections) AddMember(object, inner.name, ToJson(inner));
  return object;
}

ordered_json StructureAsJson(const inspect::Section& root) {
  ordered_json object = ordered_json::object();
  for (const inspect::Section& section : root.sections) {
    // These are always lists, so that a program need not look how many there are.
    if (!object.contains(section.name)) object[section.name] = ordered_json::array();
    object[section.name].push_back(ToJson(section));
  }
  return object;
}

}  // namespace

std::string FindingsAsText(const inspect::Findings& findings) {
  std::string text;
  for (const inspect::Section& section : findings.structure.sections) AppendSection(section, 0, text);
  std::map<std::string_view, unsigned> printed;
  for (const inspect::Departure& departure : findings.departures()) {
    const inspect::Rule& rule = *departure.rule;
    text.append(NameOf(rule.severity)).append(" ").append(rule.code).append(": ").append(rule.text);
    if (!departure.place.empty()) text.append(" (").append(departure.place).append(")");
    if (!rule.section.empty()) text.append(" [").append(rule.section).append("]");
    text.append("\n");
    if (findings.Left(rule) > 0 && printed[rule.code]++ == 0) {
      text.append("     and ").append(std::to_string(findings.Left(rule))).append(" more of this\n");
    }
  }
  text.append(findings.clean() ? "clean\n" : "not clean\n");
  return text;
}

std::string FindingsAsJson(const inspect::Findings& findings) {
  ordered_json departures = ordered_json::array();
  for (const inspect::Departure& departure : findings.departures()) {
    const inspect::Rule& rule = *departure.rule;
    departures.push_back({{"code", rule.code},
                          {"severity", NameOf(rule.severity)},
                          {"section", rule.section},
                          {"text", rule.text},
                          {"place", departure.place}});
  }
  const ordered_json root = {{"clean", findings.clean()},
                             {"mail", StructureAsJson(findings.structure)},
                             {"departures", std::move(departures)}};
  return JsonText(root) + "\n";
}

}  // namespace gateway::cli
