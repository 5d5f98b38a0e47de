#include "cli/quarantine_commands.h"

#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/error_codes.h"
#include "base/printable.h"
#include "base/time_text.h"
#include "cli/error_codes.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/ledger_commands.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/table.h"
#include "config/duration.h"
#include "inbound/document_directory.h"
#include "ledger/error_codes.h"
#include "ledger/intake.h"
#include "opener/open_process.h"
#include "outbound/intake.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

int NotInQuarantine(const std::string& id) {
  Err() << "dicom-mail-gateway: " << id << " is not in quarantine\n";
  return kExitNoSuchItem;
}

// What a command line names.
struct Chosen {
  std::unique_ptr<OperatorSession> session;
  std::vector<ledger::QuarantineItem> items;
  std::string text;  // "R9", or "all with reason=stranger older-than=7d", for the log
};

struct Found {
  const OperatorSession& session;
  const ledger::QuarantineItem& item;
};

// False: `exit_code` says why.
bool AddById(Chosen& chosen, const std::string& id, int& exit_code) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item) {
    exit_code = NotInQuarantine(Printable(id));
    return false;
  }
  auto waiting = chosen.session->ledger->QuarantineItemOf(*item);
  if (!waiting) {
    exit_code = Report(waiting.error());
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

bool IsSentBy(const std::string& sender, const std::string& wanted) {
  if (!wanted.starts_with("@")) return EqualIgnoringCase(sender, wanted);
  return sender.size() > wanted.size() && EqualIgnoringCase(sender.substr(sender.size() - wanted.size()), wanted);
}

std::string TextOf(const QuarantineSelection& selection) {
  std::string text = "all with";
  for (const auto& [word, value] :
       {std::pair("reason", &selection.reason), std::pair("sender", &selection.sender),
        std::pair("partner", &selection.partner), std::pair("older-than", &selection.older_than)}) {
    if (!value->empty()) text.append(" ").append(word).append("=").append(Printable(*value));
  }
  return text;
}

bool AddByWords(Chosen& chosen, const QuarantineSelection& selection, Milliseconds older_than, int& exit_code) {
  auto all = chosen.session->ledger->Quarantine();
  if (!all) {
    exit_code = Report(all.error());
    return false;
  }
  const Time before = SystemClock().Now() - older_than;
  for (ledger::QuarantineItem& item : *all) {
    if (!selection.reason.empty() && item.reason != selection.reason) continue;
    if (!selection.sender.empty() && !IsSentBy(item.sender, selection.sender)) continue;
    if (!selection.partner.empty() && item.partner != selection.partner) continue;
    if (item.since > before) continue;
    chosen.items.push_back(std::move(item));
  }
  chosen.text = TextOf(selection);
  if (!chosen.items.empty()) return true;
  Err() << "dicom-mail-gateway: there is nothing in quarantine of " << chosen.text << "\n";
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

// What was done, to one or to many.
int Tell(const Chosen& chosen, const char* done, std::size_t count, int exit_code) {
  if (chosen.items.size() == 1) {
    if (count == 1) {
      Out() << Format(chosen.items.front().id) << " " << done << "\n";
    } else if (exit_code == kExitOk) {
      return NotInQuarantine(Format(chosen.items.front().id));
    }
    return exit_code;
  }
  Out() << count << " items " << done << "\n";
  return exit_code;
}

// What came by mail is parsed in the sandbox only, and this process is often root's. What came by C-STORE is read the
// same way: one way is enough.
Result<InstanceHeader> ReadInstance(const Found& found) {
  if (found.item.spool_keys.empty()) return Permanent(codes::kFileError, "its file is gone");
  const openpgp::KeyMaterial no_keys;
  opener::OpenProcess process("/proc/self/exe", no_keys, *found.session.spool);
  return process.ReadHeader(found.session.spool->PathOf(spool::Kind::instance, found.item.spool_keys.front()));
}

Result<bool> ReleaseHeld(const Found& found, const routing::Router& router, const InstanceHeader& header) {
  const Time now = SystemClock().Now();
  const std::vector<ledger::Assignment> assignments =
      outbound::Assign(router.Outbound(header, found.item.calling_ae, found.item.called_ae),
                       outbound::MailboxOfPartner(found.session.settings.partners), now);
  if (assignments.empty()) return Permanent(codes::kNoRoute, "still no outbound rule matches it");
  return ledger::Intake(*found.session.database).AssignHeld(found.item.id.number, assignments, now);
}

Result<bool> ReleaseInstance(const Found& found) {
  GATEWAY_ASSIGN(const routing::Router router, routing::Router::Create(found.session.settings.routes));
  GATEWAY_ASSIGN(const InstanceHeader header, ReadInstance(found));
  if (!found.item.called_ae.empty()) return ReleaseHeld(found, router, header);
  std::vector<std::string> pacs;
  for (const routing::InboundTarget& target : router.Inbound(header, found.item.partner)) pacs.push_back(target.pacs);
  if (pacs.empty()) return Permanent(codes::kNoInboundRoute, "still no inbound rule matches it");
  return found.session.ledger->ReleaseReceivedInstance(found.item.id.number, pacs, SystemClock().Now());
}

Result<bool> Release(const Found& found, const std::optional<ItemId>& study_of) {
  const Time now = SystemClock().Now();
  const std::int64_t number = found.item.id.number;
  switch (found.item.id.kind) {
    case ItemKind::mail:
      return found.session.ledger->ReleaseMail(number, now);
    case ItemKind::document:
      return found.session.ledger->ReleaseDocument(number, study_of ? std::optional(study_of->number) : std::nullopt,
                                                   now + found.session.settings.reception.document_timeout, now);
    default:
      return ReleaseInstance(found);
  }
}

// Why it is certain which study a document belongs to, or that it is not.
std::string WordsOf(const ledger::StudyOfDocument& study) {
  const std::string instance = Format(ItemKind::instance, study.instance);
  const std::string came = instance + ", which came with " + Format(ItemKind::mail, study.instance_mail);
  const std::string mail = Format(ItemKind::mail, study.mail);
  switch (study.link) {
    case ledger::DocumentLink::person:
      return "was named by a person: " + came;
    case ledger::DocumentLink::mail:
      return "is that of " + instance + ": image and document came in " +
             (study.mail_is_signed ? "one signed mail, " + mail : "one mail, " + mail + ", which needed no signature");
    case ledger::DocumentLink::words:
      return "is named by words " +
             std::string(study.mail_is_signed ? "that its sender signed: " : "inside the mail: ") + came;
    case ledger::DocumentLink::unsigned_words:
      break;
  }
  return "is named by words that nobody signed: " + came;
}

// What a person needs who decides about a document: what it is called, and its study. Only unsigned words are a
// question.
void ShowDocument(const Found& found) {
  if (!found.item.name.empty()) Out() << "name    " << Printable(found.item.name) << "\n";
  const auto study = found.session.ledger->StudyOf(found.item.id.number);
  if (!study || !study->has_value()) return;
  Out() << "study   " << (*study)->study_instance_uid << " " << WordsOf(**study) << "\n";
  if ((*study)->link != ledger::DocumentLink::unsigned_words) return;
  Out() << "        look at both; if they are of one patient: quarantine release " << Format(found.item.id)
        << " --join-study-of " << Format(ItemKind::instance, (*study)->instance) << "\n";
}

// The ending of a document is its sender's, that of the rest what they are.
std::string NameOutside(const ledger::QuarantineItem& item) {
  switch (item.id.kind) {
    case ItemKind::document:
      return inbound::SafeFileName(Format(item.id), item.name, item.content_type);
    case ItemKind::instance:
      return Format(item.id) + ".dcm";
    default:
      return Format(item.id) + ".eml";
  }
}

ordered_json ToJson(const ledger::QuarantineItem& item) {
  return {{"id", Format(item.id)},   {"reason", item.reason},           {"detail", item.detail},
          {"partner", item.partner}, {"since", FormatTime(item.since)}, {"bytes", item.size}};
}

}  // namespace

int QuarantineList(const std::filesystem::path& config, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<std::vector<ledger::QuarantineItem>> items = session->ledger->Quarantine();
  if (!items) return Report(items.error());
  if (json) {
    ordered_json list = ordered_json::array();
    for (const ledger::QuarantineItem& item : *items) list.push_back(ToJson(item));
    PrintJson(list);
    return kExitOk;
  }
  std::vector<std::vector<std::string>> table{{"ID", "REASON", "FROM", "SINCE", "BYTES", "DETAIL"}};
  for (const ledger::QuarantineItem& item : *items) {
    table.push_back(
        {Format(item.id), item.reason, item.partner, FormatTime(item.since), std::to_string(item.size), item.detail});
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
    for (const std::string& key : item.spool_keys) {
      Out() << "file    " << chosen.session->spool->PathOf(spool::FileKindOf(item.id.kind), key).string() << "\n";
    }
    Out() << "reason  " << item.reason << " " << item.detail << "\n";
    if (item.id.kind == ItemKind::document) ShowDocument({*chosen.session, item});
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
  if (!fits)
    return Report(Permanent(codes::kNoSuchStudy, "--join-study-of takes an instance (I12), for a document (N5)"));
  std::size_t released = 0;
  for (const ledger::QuarantineItem& item : chosen->items) {
    const Result<bool> done = Release({*chosen->session, item}, instance);
    if (!done) {
      Err() << Format(item.id) << ": ";
      exit_code = Report(done.error());
    } else if (*done) {
      ++released;
    }
  }
  return Tell(*chosen, "released", released, exit_code);
}

int QuarantineDrop(const std::filesystem::path& config, const QuarantineSelection& selection) {
  int exit_code = kExitOk;
  const std::optional<Chosen> chosen = Choose(config, selection, exit_code);
  if (!chosen) return exit_code;
  std::vector<ItemId> ids;
  for (const ledger::QuarantineItem& item : chosen->items) ids.push_back(item.id);
  const auto dropped = chosen->session->ledger->DropAll(ids, chosen->text, SystemClock().Now());
  if (!dropped) return Report(dropped.error());
  for (const auto& [kind, key] : dropped->keys) {
    if (const Result<void> removed = chosen->session->spool->Remove(spool::FileKindOf(kind), key); !removed) {
      exit_code = Report(removed.error());
    }
  }
  return Tell(*chosen, "dropped", dropped->items, exit_code);
}

int QuarantineExport(const std::filesystem::path& config, const std::string& id, const std::filesystem::path& to) {
  int exit_code = kExitOk;
  Chosen chosen;
  chosen.session = OpenSession(config, exit_code);
  if (!chosen.session || !AddById(chosen, id, exit_code)) return exit_code;
  const ledger::QuarantineItem& item = chosen.items.front();
  if (item.spool_keys.empty()) return Report(Permanent(codes::kFileError, "its file is gone"));
  for (const std::string& key : item.spool_keys) {
    const std::filesystem::path file = chosen.session->spool->PathOf(spool::FileKindOf(item.id.kind), key);
    const Result<std::filesystem::path> copy = inbound::ExportFile(file, NameOutside(item), to);
    if (!copy) return Report(copy.error());
    Out() << copy->string() << "\n";
  }
  return kExitOk;
}

int QuarantineDone(const std::filesystem::path& config, const std::string& id) {
  int exit_code = kExitOk;
  Chosen chosen;
  chosen.session = OpenSession(config, exit_code);
  if (!chosen.session || !AddById(chosen, id, exit_code)) return exit_code;
  const ledger::QuarantineItem& item = chosen.items.front();
  if (item.id.kind != ItemKind::document) {
    return Report(Permanent(codes::kNotKept, "only a document that is kept can be done; release or drop this"));
  }
  const auto key = chosen.session->ledger->FinishDocument(item.id.number, SystemClock().Now());
  if (!key) return Report(key.error());
  if (!key->has_value()) {
    return Report(Permanent(codes::kNotKept, "only a document that is kept can be done; release or drop this"));
  }
  if (const Result<void> removed = chosen.session->spool->Remove(spool::Kind::document, **key); !removed) {
    return Report(removed.error());
  }
  Out() << Format(item.id) << " done\n";
  return kExitOk;
}

}  // namespace gateway::cli
