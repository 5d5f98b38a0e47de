#include "cli/json_text.h"

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/output.h"

namespace gateway::cli {

std::string JsonText(const nlohmann::ordered_json& json) {
  return PrintableJson(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void PrintJson(const nlohmann::ordered_json& json) {
  Out().Lines(JsonText(json)) << "\n";
}

}  // namespace gateway::cli
