#include "operations/quarantine.h"

#include <utility>

#include "base/ascii.h"
#include "base/printable.h"
#include "inbound/document_directory.h"
#include "ledger/quarantine_ledger.h"

namespace gateway::operations {
namespace {

bool IsSentBy(const std::string& sender, const std::string& wanted) {
  if (!wanted.starts_with("@")) return EqualIgnoringCase(sender, wanted);
  return sender.size() > wanted.size() && EqualIgnoringCase(sender.substr(sender.size() - wanted.size()), wanted);
}

bool Fits(const ledger::QuarantineItem& item, const QuarantineFilter& filter, Time now) {
  if (!filter.reason.empty() && item.reason != filter.reason) return false;
  if (!filter.sender.empty() && !IsSentBy(item.sender, filter.sender)) return false;
  if (!filter.partner.empty() && OriginOf(item) != filter.partner) return false;
  return item.since <= now - filter.older_than;
}

// The sender named the ending of a document. The ending of other files follows from their kind.
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

}  // namespace

Result<std::vector<ledger::QuarantineItem>> AllQuarantined(const OperatorContext& context) {
  return ledger::QuarantineLedger(context.database).Items();
}

Result<std::optional<ledger::QuarantineItem>> QuarantinedItem(const OperatorContext& context, ItemId item) {
  return ledger::QuarantineLedger(context.database).ItemOf(item);
}

Result<std::optional<ledger::StudyOfDocument>> StudyOf(const OperatorContext& context,
                                                       const ledger::QuarantineItem& document) {
  return ledger::QuarantineLedger(context.database).StudyOf(document.id.number);
}

std::vector<std::filesystem::path> FilesOf(const OperatorContext& context, const ledger::QuarantineItem& item) {
  std::vector<std::filesystem::path> files;
  for (const std::string& key : item.spool_keys) {
    files.push_back(context.spool.PathOf(spool::FileKindOf(item.id.kind), key));
  }
  return files;
}

Result<std::vector<ledger::QuarantineItem>> FindQuarantined(const OperatorContext& context,
                                                            const QuarantineFilter& filter, Time now) {
  GATEWAY_ASSIGN(std::vector<ledger::QuarantineItem> items, AllQuarantined(context));
  std::erase_if(items, [&](const ledger::QuarantineItem& item) { return !Fits(item, filter, now); });
  return items;
}

std::string OriginOf(const ledger::QuarantineItem& item) {
  return item.id.kind == ItemKind::mail && item.partner.empty() ? Printable(item.sender) : item.partner;
}

Result<Dropped> DropQuarantined(const OperatorContext& context, const std::vector<ledger::QuarantineItem>& items,
                                const std::string& act, Time now) {
  std::vector<ItemId> ids;
  ids.reserve(items.size());
  for (const ledger::QuarantineItem& item : items) ids.push_back(item.id);
  GATEWAY_ASSIGN(const auto dropped, ledger::QuarantineLedger(context.database).DropAll(ids, act, now));
  Dropped done;
  done.items = dropped.items;
  for (const auto& [kind, key] : dropped.keys) {
    Result<void> removed = context.spool.Remove(spool::FileKindOf(kind), key);
    if (!removed) done.not_removed.push_back(removed.error());
  }
  return done;
}

Exported ExportQuarantined(const OperatorContext& context, const ledger::QuarantineItem& item,
                           const std::filesystem::path& to) {
  Exported exported;
  exported.file_gone = item.spool_keys.empty();
  for (const std::filesystem::path& file : FilesOf(context, item)) {
    Result<std::filesystem::path> copy = inbound::ExportFile(file, NameOutside(item), to);
    if (!copy) {
      exported.error = copy.error();
      break;
    }
    exported.copies.push_back(*std::move(copy));
  }
  return exported;
}

Result<bool> FinishKept(const OperatorContext& context, const ledger::QuarantineItem& item, Time now) {
  if (item.id.kind != ItemKind::document) return false;
  GATEWAY_ASSIGN(const std::optional<std::string> key,
                 ledger::QuarantineLedger(context.database).FinishDocument(item.id.number, now));
  if (!key) return false;
  GATEWAY_TRY(context.spool.Remove(spool::Kind::document, *key));
  return true;
}

}  // namespace gateway::operations
