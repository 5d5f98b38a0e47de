#include "cli/quarantine_commands.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/printable.h"
#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/ledger_commands.h"
#include "cli/operator_session.h"
#include "cli/table.h"
#include "inbound/document_directory.h"
#include "inbound/open_process.h"
#include "outbound/intake.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

int NotInQuarantine(const std::string& id) {
  std::cerr << "dicom-mail-gateway: " << id << " is not in quarantine\n";
  return kExitNoSuchItem;
}

struct Found {
  std::unique_ptr<OperatorSession> session;
  ledger::QuarantineItem item;
};

std::optional<Found> Find(const std::filesystem::path& config, const std::string& id, int& exit_code) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item) {
    exit_code = NotInQuarantine(id);
    return std::nullopt;
  }
  Found found;
  found.session = OpenSession(config, exit_code);
  if (!found.session) return std::nullopt;
  const auto waiting = found.session->ledger->QuarantineItemOf(*item);
  if (!waiting) {
    exit_code = Report(waiting.error());
    return std::nullopt;
  }
  if (!waiting->has_value()) {
    exit_code = NotInQuarantine(id);
    return std::nullopt;
  }
  found.item = **waiting;
  return found;
}

// What came by mail is parsed in the sandbox only, and this process is often root's. What came by C-STORE is read the
// same way: one way is enough.
Result<InstanceHeader> ReadInstance(const Found& found) {
  if (found.item.spool_keys.empty()) return Permanent("file-error", "its file is gone");
  const crypto::KeyMaterial no_keys;
  inbound::OpenProcess process("/proc/self/exe", no_keys, *found.session->spool);
  return process.ReadHeader(found.session->spool->PathOf(spool::Kind::instance, found.item.spool_keys.front()));
}

Result<bool> ReleaseHeld(const Found& found, const routing::Router& router, const InstanceHeader& header) {
  const Time now = SystemClock().Now();
  const std::vector<ledger::Assignment> assignments =
      outbound::Assign(router.Outbound(header, found.item.calling_ae, found.item.called_ae),
                       outbound::MailboxOfPartner(found.session->settings), now);
  if (assignments.empty()) return Permanent("no-route", "still no outbound rule matches it");
  return ledger::OutboundLedger(*found.session->database).AssignHeld(found.item.id.number, assignments, now);
}

Result<bool> ReleaseInstance(const Found& found) {
  GATEWAY_ASSIGN(const routing::Router router, routing::Router::Create(found.session->settings.routes));
  GATEWAY_ASSIGN(const InstanceHeader header, ReadInstance(found));
  if (!found.item.called_ae.empty()) return ReleaseHeld(found, router, header);
  std::vector<std::string> pacs;
  for (const routing::InboundTarget& target : router.Inbound(header, found.item.partner)) pacs.push_back(target.pacs);
  if (pacs.empty()) return Permanent("no-inbound-route", "still no inbound rule matches it");
  return found.session->ledger->ReleaseReceivedInstance(found.item.id.number, pacs, SystemClock().Now());
}

Result<bool> Release(const Found& found, const std::optional<ItemId>& study_of) {
  const Time now = SystemClock().Now();
  const std::int64_t number = found.item.id.number;
  switch (found.item.id.kind) {
    case ItemKind::mail:
      return found.session->ledger->ReleaseMail(number, now);
    case ItemKind::document:
      return found.session->ledger->ReleaseDocument(number, study_of ? std::optional(study_of->number) : std::nullopt,
                                                    now + found.session->settings.reception.document_timeout, now);
    default:
      return ReleaseInstance(found);
  }
}

// What a person needs who decides about a document: what it is called, and the study that unsigned words name.
void ShowDocument(const Found& found) {
  if (!found.item.name.empty()) std::cout << "name    " << Printable(found.item.name) << "\n";
  const auto study = found.session->ledger->StudyInQuestionOf(found.item.id.number);
  if (!study || !study->has_value()) return;
  const std::string instance = Format(ItemKind::instance, (*study)->instance);
  std::cout << "study   " << (*study)->study_instance_uid << " is named by words that nobody signed: " << instance
            << ", which came with " << Format(ItemKind::mail, (*study)->mail) << "\n"
            << "        look at both; if they are of one patient: quarantine release " << Format(found.item.id)
            << " --join-study-of " << instance << "\n";
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
    std::cout << list.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  std::vector<std::vector<std::string>> table{{"ID", "REASON", "FROM", "SINCE", "BYTES", "DETAIL"}};
  for (const ledger::QuarantineItem& item : *items) {
    table.push_back(
        {Format(item.id), item.reason, item.partner, FormatTime(item.since), std::to_string(item.size), item.detail});
  }
  PrintTable(std::cout, table);
  return kExitOk;
}

int QuarantineShow(const std::filesystem::path& config, const std::string& id, bool json) {
  int exit_code = kExitOk;
  const std::optional<Found> found = Find(config, id, exit_code);
  if (!found) return exit_code;
  if (!json) {
    for (const std::string& key : found->item.spool_keys) {
      std::cout << "file    " << found->session->spool->PathOf(spool::FileKindOf(found->item.id.kind), key).string()
                << "\n";
    }
    std::cout << "reason  " << found->item.reason << " " << found->item.detail << "\n";
    if (found->item.id.kind == ItemKind::document) ShowDocument(*found);
  }
  return Show(config, id, json);
}

int QuarantineRelease(const std::filesystem::path& config, const std::string& id, const std::string& study_of) {
  int exit_code = kExitOk;
  const std::optional<Found> found = Find(config, id, exit_code);
  if (!found) return exit_code;
  const std::optional<ItemId> instance = study_of.empty() ? std::nullopt : ParseItemId(study_of);
  const bool fits = study_of.empty() ||
                    (instance && instance->kind == ItemKind::instance && found->item.id.kind == ItemKind::document);
  if (!fits) return Report(Permanent("no-such-study", "--join-study-of takes an instance (I12), for a document (N5)"));
  const Result<bool> released = Release(*found, instance);
  if (!released) return Report(released.error());
  if (!*released) return NotInQuarantine(id);
  std::cout << Format(found->item.id) << " released\n";
  return kExitOk;
}

int QuarantineDrop(const std::filesystem::path& config, const std::string& id) {
  int exit_code = kExitOk;
  const std::optional<Found> found = Find(config, id, exit_code);
  if (!found) return exit_code;
  const auto keys = found->session->ledger->Drop(found->item.id, SystemClock().Now());
  if (!keys) return Report(keys.error());
  if (!keys->has_value()) return NotInQuarantine(id);
  for (const std::string& key : **keys) {
    if (const Result<void> removed = found->session->spool->Remove(spool::FileKindOf(found->item.id.kind), key);
        !removed) {
      return Report(removed.error());
    }
  }
  std::cout << Format(found->item.id) << " dropped\n";
  return kExitOk;
}

int QuarantineExport(const std::filesystem::path& config, const std::string& id, const std::filesystem::path& to) {
  int exit_code = kExitOk;
  const std::optional<Found> found = Find(config, id, exit_code);
  if (!found) return exit_code;
  if (found->item.spool_keys.empty()) return Report(Permanent("file-error", "its file is gone"));
  for (const std::string& key : found->item.spool_keys) {
    const std::filesystem::path file = found->session->spool->PathOf(spool::FileKindOf(found->item.id.kind), key);
    const Result<std::filesystem::path> copy = inbound::ExportFile(file, NameOutside(found->item), to);
    if (!copy) return Report(copy.error());
    std::cout << copy->string() << "\n";
  }
  return kExitOk;
}

int QuarantineDone(const std::filesystem::path& config, const std::string& id) {
  int exit_code = kExitOk;
  const std::optional<Found> found = Find(config, id, exit_code);
  if (!found) return exit_code;
  if (found->item.id.kind != ItemKind::document) {
    return Report(Permanent("not-kept", "only a document that is kept can be done; release or drop this"));
  }
  const auto key = found->session->ledger->FinishDocument(found->item.id.number, SystemClock().Now());
  if (!key) return Report(key.error());
  if (!key->has_value()) {
    return Report(Permanent("not-kept", "only a document that is kept can be done; release or drop this"));
  }
  if (const Result<void> removed = found->session->spool->Remove(spool::Kind::document, **key); !removed) {
    return Report(removed.error());
  }
  std::cout << Format(found->item.id) << " done\n";
  return kExitOk;
}

}  // namespace gateway::cli
