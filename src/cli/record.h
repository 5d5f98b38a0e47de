// A tree of named fields, which is printed indented or as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output.h"
#include "gateway/item_id.h"
#include "gateway/time.h"

namespace gateway::cli {

struct Record {
  std::string title;                                        // "message M7"
  std::vector<std::pair<std::string, std::string>> fields;  // in order; times are RFC 3339 UTC
  std::vector<Record> children;
};

// These leave out empty text, and a time that does not exist.
void Add(Record& record, std::string name, std::string_view value);
void Add(Record& record, std::string name, std::int64_t value);
void Add(Record& record, std::string name, const std::optional<Time>& time);
// Adds the ids of `kind`, separated by commas.
void AddIds(Record& record, std::string name, ItemKind kind, const std::vector<std::int64_t>& ids);
void AddId(Record& record, std::string name, ItemKind kind, const std::optional<std::int64_t>& id);

void Print(Output& out, const Record& record, const std::string& indent = {});
nlohmann::ordered_json ToJson(const Record& record);

}  // namespace gateway::cli
