#include "cli/ledger_commands.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/printable.h"
#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/item_examples.h"
#include "cli/json_text.h"
#include "cli/list_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/record.h"
#include "cli/show_text.h"
#include "cli/stranded.h"
#include "cli/table.h"
#include "cli/words.h"
#include "gateway/item_id.h"
#include "operations/known_destinations.h"
#include "operations/lookups.h"

namespace gateway::cli {
namespace {

using ledger::CountedKind;
using nlohmann::ordered_json;

void Print(const ordered_json& object) {
  PrintJson(object);
}

ordered_json TimeOrNull(const std::optional<Time>& time) {
  return time ? ordered_json(FormatTime(*time)) : ordered_json(nullptr);
}

struct StatusSection {
  std::string_view heading;
  // The kind in the ledger, and the kind for people.
  std::vector<std::pair<CountedKind, std::string_view>> kinds;
};

// The sections are in the order of the data flow (docs/flow.md).
const std::vector<StatusSection>& StatusSections() {
  static const std::vector<StatusSection> kSections{
      {"out",
       {{CountedKind::instances_out, "instances"},
        {CountedKind::documents_out, "documents"},
        {CountedKind::shipments, "shipments"},
        {CountedKind::messages, "messages"}}},
      {"in",
       {{CountedKind::mails, "mails"},
        {CountedKind::sets, "sets"},
        {CountedKind::instances_in, "instances"},
        {CountedKind::documents_in, "documents"},
        {CountedKind::deliveries, "deliveries"},
        {CountedKind::receipts, "receipts"}}},
  };
  return kSections;
}

// Returns a text such as "delivered 12, sent 3". It leaves out states without items.
std::string CountsText(const std::map<ledger::KindState, std::int64_t>& counts) {
  std::string text;
  for (const auto& [state, count] : counts) {
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text.append(state.name).append(" ").append(std::to_string(count));
  }
  return text.empty() ? "none" : text;
}

void PrintStatusText(const OperatorSession& session, const ledger::Status& status) {
  const Time now = SystemClock().Now();
  Out() << session.settings.gateway.name << ": daemon " << (session.daemon_runs ? "running" : "not running") << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [heading, kinds] : StatusSections()) {
    rows.push_back({std::string(heading)});
    for (const auto& [kind, title] : kinds) {
      rows.push_back({std::string("  ").append(title), CountsText(status.counts.at(kind))});
    }
  }
  PrintTable(Out(), rows);
  if (status.oldest_unsent) {
    Out() << "oldest message not sent: " << FormatDuration(now - *status.oldest_unsent) << "\n";
  }
  if (status.oldest_unreceipted) {
    Out() << "oldest message without its receipt: " << FormatDuration(now - *status.oldest_unreceipted) << "\n";
  }
  if (status.oldest_undelivered) {
    Out() << "oldest instance not delivered: " << FormatDuration(now - *status.oldest_undelivered) << "\n";
  }
  for (const ledger::Away& away : status.away) Out() << "away: " << StatusTextOf(away) << "\n";
  PrintStranded(session, Out(), "stranded: ");
  for (const ledger::DestinationName& destination : status.held_destinations) {
    Out() << "held: " << TextOf(destination) << "\n";
  }
  if (status.held_shipments > 0) Out() << "held: " << CountOf(status.held_shipments, "shipment") << "\n";
  if (status.quarantined > 0) Out() << "in quarantine: " << status.quarantined << "\n";
}

std::optional<ItemKind> KindOf(const std::string& word) {
  static const std::map<std::string, ItemKind> kKinds{
      {"instances", ItemKind::instance}, {"shipments", ItemKind::shipment},  {"messages", ItemKind::message},
      {"mails", ItemKind::mail},         {"deliveries", ItemKind::delivery}, {"receipts", ItemKind::receipt},
      {"sets", ItemKind::set},           {"documents", ItemKind::document}};
  const auto found = kKinds.find(word);
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

ordered_json CountsOf(const ledger::Status& status) {
  ordered_json counts;
  for (const auto& [kind, states] : status.counts) {
    ordered_json& of_kind = counts[std::string(ledger::NameOf(kind))];
    for (const auto& [state, count] : states) of_kind[std::string(state.name)] = count;
  }
  return counts;
}

ordered_json ToJson(const std::vector<ledger::Away>& all) {
  ordered_json list = ordered_json::array();
  for (const ledger::Away& away : all) {
    list.push_back({{"kind", NameOf(away.destination.kind)},
                    {"name", away.destination.name},
                    {"since", FormatTime(away.since)},
                    {"error", away.error_code},
                    {"detail", away.error_detail}});
  }
  return list;
}

ordered_json ToJson(const std::vector<ledger::Stranded>& all) {
  ordered_json list = ordered_json::array();
  for (const ledger::Stranded& stranded : all) {
    list.push_back(
        {{"kind", NameOf(stranded.destination.kind)}, {"name", stranded.destination.name}, {"items", stranded.items}});
  }
  return list;
}

ordered_json ToJson(const std::vector<ledger::DestinationName>& destinations) {
  ordered_json list = ordered_json::array();
  for (const ledger::DestinationName& destination : destinations) list.push_back(TextOf(destination));
  return list;
}

// Returns true if there is no such state. Then it has printed the states that there are.
bool IsNoState(const ledger::ListFilter& filter) {
  if (!filter.state) return false;
  const std::vector<std::string_view> states = ledger::StatesOf(filter.kind);
  if (std::find(states.begin(), states.end(), *filter.state) != states.end()) return false;
  Err() << "dicom-mail-gateway: there is no state '" << Printable(*filter.state) << "'; states are:";
  for (const std::string_view state : states) Err() << " " << state;
  Err() << "\n";
  return true;
}

ordered_json ToJson(const ListLine& line) {
  return {{"id", line.id},       {"state", line.state}, {"partner", line.partner},
          {"since", line.since}, {"about", line.about}, {"reason", line.reason}};
}

// Returns one record, or none.
Result<std::vector<Record>> RecordsOfItem(const OperatorSession& session, ItemId item) {
  std::vector<Record> records;
  GATEWAY_ASSIGN(const std::optional<operations::Shown> shown, operations::Show(session.Context(), item));
  if (!shown) return records;
  records.push_back(RecordOf(shown->details));
  for (const ledger::DestinationName& destination : shown->not_configured) {
    records.back().fields.emplace_back(ledger::kStranded, NotConfigured(destination));
  }
  return records;
}

Result<std::vector<Record>> RecordsOfStudy(const OperatorSession& session, const std::string& study) {
  std::vector<Record> records;
  GATEWAY_ASSIGN(const std::vector<ledger::ItemDetails> all, operations::ShowStudy(session.Context(), study));
  records.reserve(all.size());
  for (const ledger::ItemDetails& details : all) records.push_back(RecordOf(details));
  return records;
}

void PrintRecordsAsJson(const std::vector<Record>& records, bool as_list) {
  if (!as_list) return Print(ToJson(records.front()));
  ordered_json list = ordered_json::array();
  for (const Record& record : records) list.push_back(ToJson(record));
  Print(list);
}

}  // namespace

bool LooksLikeUid(const std::string& text) {
  return text.size() <= 128 && text.find('.') != std::string::npos &&
         text.find_first_not_of("0123456789.") == std::string::npos;
}

int ShowStatus(const std::filesystem::path& config, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<ledger::Status> status = operations::GetStatus(session->Context());
  if (!status) return PrintError(status.error());
  if (!json) {
    PrintStatusText(*session, *status);
    return kExitOk;
  }
  const auto stranded = operations::FindStranded(session->Context());
  if (!stranded) return PrintError(stranded.error());
  Print({{"gateway", session->settings.gateway.name},
         {"running", session->daemon_runs},
         {"counts", CountsOf(*status)},
         {"oldest_unsent", TimeOrNull(status->oldest_unsent)},
         {"oldest_unreceipted", TimeOrNull(status->oldest_unreceipted)},
         {"oldest_undelivered", TimeOrNull(status->oldest_undelivered)},
         {"away", ToJson(status->away)},
         {"stranded", ToJson(*stranded)},
         {"held_destinations", ToJson(status->held_destinations)},
         {"held_shipments", status->held_shipments},
         {"quarantined", status->quarantined}});
  return kExitOk;
}

int List(const std::filesystem::path& config, const ListOptions& options, bool json) {
  ledger::ListFilter filter;
  filter.limit = options.limit;
  if (!options.state.empty()) filter.state = options.state;
  filter.kind = KindOf(options.kind);
  if (IsNoState(filter)) return kExitUsage;
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<std::vector<ledger::ItemSummary>> items = operations::List(session->Context(), filter);
  if (!items) return PrintError(items.error());
  if (json) {
    ordered_json list = ordered_json::array();
    for (const ledger::ItemSummary& item : *items) list.push_back(ToJson(LineOf(item)));
    Print(list);
    return kExitOk;
  }
  std::vector<std::vector<std::string>> table{{"ID", "STATE", "PARTNER", "SINCE", "ABOUT", "REASON"}};
  for (const ledger::ItemSummary& item : *items) {
    const ListLine line = LineOf(item);
    table.push_back({line.id, line.state, line.partner, line.since, line.about, line.reason});
  }
  PrintTable(Out(), table);
  return kExitOk;
}

int Show(const std::filesystem::path& config, const std::string& id, bool json) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item && !LooksLikeUid(id)) {
    Err() << "dicom-mail-gateway: '" << id << "' is no item: " << kShownItems << ", or a Study Instance UID\n";
    return kExitUsage;
  }
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<std::vector<Record>> records = item ? RecordsOfItem(*session, *item) : RecordsOfStudy(*session, id);
  if (!records) return PrintError(records.error());
  if (records->empty()) {
    Err() << "dicom-mail-gateway: there is no " << (item ? Format(*item) : "shipment or set of study " + id) << "\n";
    return kExitNoSuchItem;
  }
  if (json) {
    PrintRecordsAsJson(*records, !item);
    return kExitOk;
  }
  for (const Record& record : *records) Print(Out(), record);
  return kExitOk;
}

}  // namespace gateway::cli
