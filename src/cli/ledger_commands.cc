#include "cli/ledger_commands.h"

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/operator_session.h"
#include "cli/table.h"
#include "gateway/item_id.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

void Print(const ordered_json& object) {
  std::cout << object.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

ordered_json TimeOrNull(const std::optional<Time>& time) {
  return time ? ordered_json(FormatTime(*time)) : ordered_json(nullptr);
}

void PrintStatusText(const OperatorSession& session, const ledger::Status& status) {
  const Time now = SystemClock().Now();
  std::cout << session.settings.gateway.name << ": daemon " << (session.daemon_runs ? "running" : "not running")
            << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [kind, states] : status.counts) {
    std::vector<std::string> row{kind};
    for (const auto& [state, count] : states)
      row.push_back(std::string(state).append(" ").append(std::to_string(count)));
    rows.push_back(std::move(row));
  }
  PrintTable(std::cout, rows);
  if (status.oldest_unsent) {
    std::cout << "oldest message not sent: " << FormatDuration(now - *status.oldest_unsent) << "\n";
  }
  if (status.oldest_undelivered) {
    std::cout << "oldest instance not delivered: " << FormatDuration(now - *status.oldest_undelivered) << "\n";
  }
  if (status.quarantined > 0) std::cout << "in quarantine: " << status.quarantined << "\n";
}

std::optional<ItemKind> KindOf(const std::string& word) {
  static const std::map<std::string, ItemKind> kKinds{{"instances", ItemKind::instance},
                                                      {"shipments", ItemKind::shipment},
                                                      {"messages", ItemKind::message},
                                                      {"mails", ItemKind::mail},
                                                      {"deliveries", ItemKind::delivery}};
  const auto found = kKinds.find(word);
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

ordered_json ToJson(const ledger::Row& row) {
  return {{"id", Format(row.id)},           {"state", row.state}, {"partner", row.partner},
          {"since", FormatTime(row.since)}, {"about", row.about}, {"reason", row.reason}};
}

ordered_json ToJson(const ledger::Record& record) {
  ordered_json object{{"title", record.title}};
  for (const auto& [key, value] : record.fields) object[key] = value;
  if (record.children.empty()) return object;
  ordered_json children = ordered_json::array();
  for (const ledger::Record& child : record.children) children.push_back(ToJson(child));
  object["contains"] = std::move(children);
  return object;
}

void PrintRecord(const ledger::Record& record, const std::string& indent) {
  std::cout << indent << record.title << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : record.fields) {
    if (!value.empty()) rows.push_back({std::string(indent).append("  ").append(key), value});
  }
  PrintTable(std::cout, rows);
  for (const ledger::Record& child : record.children) PrintRecord(child, indent + "  ");
}

}  // namespace

int ShowStatus(const std::filesystem::path& config, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<ledger::Status> status = session->ledger->GetStatus();
  if (!status) return Report(status.error());
  if (!json) {
    PrintStatusText(*session, *status);
    return kExitOk;
  }
  Print({{"gateway", session->settings.gateway.name},
         {"running", session->daemon_runs},
         {"counts", status->counts},
         {"oldest_unsent", TimeOrNull(status->oldest_unsent)},
         {"oldest_undelivered", TimeOrNull(status->oldest_undelivered)},
         {"quarantined", status->quarantined}});
  return kExitOk;
}

int List(const std::filesystem::path& config, const ListOptions& options, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  ledger::ListFilter filter;
  filter.limit = options.limit;
  if (!options.state.empty()) filter.state = options.state;
  filter.kind = KindOf(options.kind);
  const Result<std::vector<ledger::Row>> rows = session->ledger->List(filter);
  if (!rows) return Report(rows.error());
  if (json) {
    ordered_json list = ordered_json::array();
    for (const ledger::Row& row : *rows) list.push_back(ToJson(row));
    Print(list);
    return kExitOk;
  }
  std::vector<std::vector<std::string>> table{{"ID", "STATE", "PARTNER", "SINCE", "ABOUT", "REASON"}};
  for (const ledger::Row& row : *rows) {
    table.push_back({Format(row.id), row.state, row.partner, FormatTime(row.since), row.about, row.reason});
  }
  PrintTable(std::cout, table);
  return kExitOk;
}

int Show(const std::filesystem::path& config, const std::string& id, bool json) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item) {
    std::cerr << "dicom-mail-gateway: '" << id << "' is no item: S12, M7, R9, I3, D4\n";
    return kExitUsage;
  }
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<std::optional<ledger::Record>> record = session->ledger->Show(*item);
  if (!record) return Report(record.error());
  if (!record->has_value()) {
    std::cerr << "dicom-mail-gateway: there is no " << Format(*item) << "\n";
    return kExitNoSuchItem;
  }
  if (json) {
    Print(ToJson(**record));
  } else {
    PrintRecord(**record, "");
  }
  return kExitOk;
}

}  // namespace gateway::cli
