#include "cli/quarantine_commands.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/printable.h"
#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/ledger_commands.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/quarantine_text.h"
#include "cli/refusal_text.h"
#include "cli/table.h"
#include "cli/words.h"
#include "config/duration.h"
#include "operations/quarantine.h"
#include "operations/release_quarantined.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

int NotInQuarantine(const std::string& id) {
  Err() << "dicom-mail-gateway: " << id << " is not in quarantine\n";
  return kExitNoSuchItem;
}

// The items that a command line names.
struct Chosen {
  std::unique_ptr<OperatorSession> session;
  std::vector<ledger::QuarantineItem> items;
  std::string text;  // "R9", or "all with reason=stranger older-than=7d", for the log
};

// Returns false if it has set `exit_code`.
bool AddById(Chosen& chosen, const std::string& id, int& exit_code) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item) {
    exit_code = NotInQuarantine(Printable(id));
    return false;
  }
  auto waiting = operations::QuarantinedItem(chosen.session->Context(), *item);
  if (!waiting) {
    exit_code = PrintError(waiting.error());
    return false;
  }
  if (!waiting->has_value()) {
    exit_code = NotInQuarantine(id);
    return false;
  }
  chosen.items.push_back(**std::move(waiting));
  chosen.text += (chosen.text.empty() ? "" : " ") + id;
  return true;
}

// Returns "reason=stranger older-than=7d".
std::string TextOf(const QuarantineSelection& selection) {
  std::string text;
  for (const auto& [word, value] :
       {std::pair("reason", &selection.reason), std::pair("sender", &selection.sender),
        std::pair("partner", &selection.partner), std::pair("older-than", &selection.older_than)}) {
    if (!value->empty()) text.append(text.empty() ? "" : " ").append(word).append("=").append(Printable(*value));
  }
  return text;
}

bool AddByWords(Chosen& chosen, const QuarantineSelection& selection, Milliseconds older_than, int& exit_code) {
  auto found = operations::FindQuarantined(chosen.session->Context(),
                                           {selection.reason, selection.sender, selection.partner, older_than},
                                           SystemClock().Now());
  if (!found) {
    exit_code = PrintError(found.error());
    return false;
  }
  chosen.items = *std::move(found);
  chosen.text = "all with " + TextOf(selection);
  if (!chosen.items.empty()) return true;
  Err() << "dicom-mail-gateway: nothing in quarantine fits " << TextOf(selection) << "\n";
  exit_code = kExitNoSuchItem;
  return false;
}

int UsageError(const std::string& text) {
  Err() << "dicom-mail-gateway: " << text << "\n";
  return kExitUsage;
}

std::optional<Chosen> Choose(const std::filesystem::path& config, const QuarantineSelection& selection,
                             int& exit_code) {
  const bool by_words = !selection.reason.empty() || !selection.sender.empty() || !selection.partner.empty() ||
                        !selection.older_than.empty();
  if (by_words == !selection.ids.empty()) {
    exit_code = UsageError("name items, or --reason, --sender, --partner, --older-than");
    return std::nullopt;
  }
  const std::optional<Milliseconds> older_than =
      selection.older_than.empty() ? std::optional(Milliseconds(0)) : config::ParseDuration(selection.older_than);
  if (!older_than) {
    exit_code = UsageError("'" + Printable(selection.older_than) + "' is no duration: 90m, 12h, 7d");
    return std::nullopt;
  }
  Chosen chosen;
  chosen.session = OpenSession(config, exit_code);
  if (!chosen.session) return std::nullopt;
  if (by_words && !AddByWords(chosen, selection, *older_than, exit_code)) return std::nullopt;
  for (const std::string& id : selection.ids) {
    if (!AddById(chosen, id, exit_code)) return std::nullopt;
  }
  return chosen;
}

// Says what was done, to one item or to many.
int Tell(const Chosen& chosen, const char* done, std::size_t count, int exit_code) {
  if (chosen.items.size() == 1) {
    if (count == 1) {
      Out() << Format(chosen.items.front().id) << " " << done << "\n";
    } else if (exit_code == kExitOk) {
      return NotInQuarantine(Format(chosen.items.front().id));
    }
    return exit_code;
  }
  Out() << CountOf(static_cast<std::int64_t>(count), "item") << " " << done << "\n";
  return exit_code;
}

// Shows what a person needs to decide about a document: its name and its study. Only unsigned words
// leave the study open.
void ShowDocument(const OperatorSession& session, const ledger::QuarantineItem& item) {
  if (!item.name.empty()) Out() << "name    " << Printable(item.name) << "\n";
  const auto study = operations::StudyOf(session.Context(), item);
  if (!study || !study->has_value()) return;
  Out() << "study   " << (*study)->study_instance_uid << " " << WordsOf(**study) << "\n";
  if ((*study)->link != ledger::DocumentLink::unsigned_words) return;
  Out() << "        look at both; if they are of one patient: quarantine release " << Format(item.id)
        << " --join-study-of " << Format(ItemKind::instance, (*study)->instance) << "\n";
}

ordered_json ToJson(const ledger::QuarantineItem& item) {
  return {{"id", Format(item.id)},           {"reason", item.reason},
          {"detail", DetailOf(item)},        {"partner", operations::OriginOf(item)},
          {"since", FormatTime(item.since)}, {"bytes", item.size}};
}

}  // namespace

int QuarantineList(const std::filesystem::path& config, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<std::vector<ledger::QuarantineItem>> items = operations::AllQuarantined(session->Context());
  if (!items) return PrintError(items.error());
  if (json) {
    ordered_json list = ordered_json::array();
    for (const ledger::QuarantineItem& item : *items) list.push_back(ToJson(item));
    PrintJson(list);
    return kExitOk;
  }
  std::vector<std::vector<std::string>> table{{"ID", "REASON", "FROM", "SINCE", "BYTES", "DETAIL"}};
  for (const ledger::QuarantineItem& item : *items) {
    table.push_back({Format(item.id), item.reason, operations::OriginOf(item), FormatTime(item.since),
                     std::to_string(item.size), DetailOf(item)});
  }
  PrintTable(Out(), table);
  return kExitOk;
}

int QuarantineShow(const std::filesystem::path& config, const std::string& id, bool json) {
  int exit_code = kExitOk;
  Chosen chosen;
  chosen.session = OpenSession(config, exit_code);
  if (!chosen.session || !AddById(chosen, id, exit_code)) return exit_code;
  const ledger::QuarantineItem& item = chosen.items.front();
  if (!json) {
    for (const std::filesystem::path& file : operations::FilesOf(chosen.session->Context(), item)) {
      Out() << "file    " << file.string() << "\n";
    }
    Out() << "reason  " << item.reason << " " << DetailOf(item) << "\n";
    if (item.id.kind == ItemKind::document) ShowDocument(*chosen.session, item);
  }
  return Show(config, id, json);
}

int QuarantineRelease(const std::filesystem::path& config, const QuarantineSelection& selection,
                      const std::string& study_of) {
  int exit_code = kExitOk;
  const std::optional<Chosen> chosen = Choose(config, selection, exit_code);
  if (!chosen) return exit_code;
  const std::optional<ItemId> instance = study_of.empty() ? std::nullopt : ParseItemId(study_of);
  const bool fits =
      study_of.empty() || (instance && instance->kind == ItemKind::instance && chosen->items.size() == 1 &&
                           chosen->items.front().id.kind == ItemKind::document);
  if (!fits) return UsageError("--join-study-of takes an instance (I12), for one document (N8)");
  const operations::ReleasedItems released =
      operations::ReleaseAllQuarantined(chosen->session->Context(), chosen->items, instance, SystemClock());
  for (const auto& [item, why] : released.not_released) {
    Err() << Format(item) << ": ";
    exit_code = why ? PrintError(WordsOf(*why)) : PrintNotDone(why.error(), Asked::quarantine_release);
  }
  return Tell(*chosen, "released", released.items, exit_code);
}

int QuarantineDrop(const std::filesystem::path& config, const QuarantineSelection& selection) {
  int exit_code = kExitOk;
  const std::optional<Chosen> chosen = Choose(config, selection, exit_code);
  if (!chosen) return exit_code;
  const Result<operations::Dropped> dropped =
      operations::DropQuarantined(chosen->session->Context(), chosen->items, chosen->text, SystemClock().Now());
  if (!dropped) return PrintError(dropped.error());
  for (const Error& error : dropped->not_removed) exit_code = PrintError(error);
  return Tell(*chosen, "dropped", dropped->items, exit_code);
}

int QuarantineExport(const std::filesystem::path& config, const std::string& id, const std::filesystem::path& to) {
  int exit_code = kExitOk;
  Chosen chosen;
  chosen.session = OpenSession(config, exit_code);
  if (!chosen.session || !AddById(chosen, id, exit_code)) return exit_code;
  const operations::Exported exported =
      operations::ExportQuarantined(chosen.session->Context(), chosen.items.front(), to);
  for (const std::filesystem::path& copy : exported.copies) Out() << copy.string() << "\n";
  if (exported.file_gone) return PrintError(FileGone());
  return exported.error ? PrintError(*exported.error) : kExitOk;
}

int QuarantineDone(const std::filesystem::path& config, const std::string& id) {
  int exit_code = kExitOk;
  Chosen chosen;
  chosen.session = OpenSession(config, exit_code);
  if (!chosen.session || !AddById(chosen, id, exit_code)) return exit_code;
  const ledger::QuarantineItem& item = chosen.items.front();
  const Result<bool> done = operations::FinishKept(chosen.session->Context(), item, SystemClock().Now());
  if (!done) return PrintError(done.error());
  if (!*done) return PrintError(NotKept());
  Out() << Format(item.id) << " done\n";
  return kExitOk;
}

}  // namespace gateway::cli
