#include "cli/record.h"

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/time_text.h"
#include "cli/table.h"

namespace gateway::cli {

void Add(Record& record, std::string name, std::string_view value) {
  if (!value.empty()) record.fields.emplace_back(std::move(name), Printable(value));
}

void Add(Record& record, std::string name, std::int64_t value) {
  record.fields.emplace_back(std::move(name), std::to_string(value));
}

void Add(Record& record, std::string name, const std::optional<Time>& time) {
  if (time) record.fields.emplace_back(std::move(name), FormatTime(*time));
}

void AddIds(Record& record, std::string name, ItemKind kind, const std::vector<std::int64_t>& ids) {
  std::string text;
  for (const std::int64_t id : ids) text.append(text.empty() ? "" : ", ").append(Format(kind, id));
  Add(record, std::move(name), text);
}

void AddId(Record& record, std::string name, ItemKind kind, const std::optional<std::int64_t>& id) {
  if (id) Add(record, std::move(name), Format(kind, *id));
}

void Print(Output& out, const Record& record, const std::string& indent) {
  out << indent << record.title << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : record.fields) {
    if (!value.empty()) rows.push_back({std::string(indent).append("  ").append(key), value});
  }
  PrintTable(out, rows);
  for (const Record& child : record.children) Print(out, child, indent + "  ");
}

nlohmann::ordered_json ToJson(const Record& record) {
  nlohmann::ordered_json object{{"title", record.title}};
  for (const auto& [key, value] : record.fields) object[key] = value;
  if (record.children.empty()) return object;
  nlohmann::ordered_json children = nlohmann::ordered_json::array();
  for (const Record& child : record.children) children.push_back(ToJson(child));
  object["contains"] = std::move(children);
  return object;
}

}  // namespace gateway::cli
