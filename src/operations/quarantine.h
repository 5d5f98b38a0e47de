// Carries out what operators decide about mails, instances and documents that wait for a person.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/document_link.h"
#include "ledger/quarantine_item.h"
#include "operations/operator_context.h"

namespace gateway::operations {

// An item must fit every field that is not empty.
struct QuarantineFilter {
  std::string reason{};
  std::string sender{};  // an address, or "@" and a domain
  std::string partner{};
  Milliseconds older_than{0};  // it is in quarantine for at least this time
};

Result<std::vector<ledger::QuarantineItem>> AllQuarantined(const OperatorContext& context);
// Returns nullopt if the item does not wait for a person.
Result<std::optional<ledger::QuarantineItem>> QuarantinedItem(const OperatorContext& context, ItemId item);
// Returns the study that the document belongs to, and the fact that says so. nullopt means that
// nothing says so.
Result<std::optional<ledger::StudyOfDocument>> StudyOf(const OperatorContext& context,
                                                       const ledger::QuarantineItem& document);
// Returns where the files of the item are.
std::vector<std::filesystem::path> FilesOf(const OperatorContext& context, const ledger::QuarantineItem& item);

Result<std::vector<ledger::QuarantineItem>> FindQuarantined(const OperatorContext& context,
                                                            const QuarantineFilter& filter, Time now);

// Returns the partner. For a mail that is from no partner, it returns the sender.
std::string OriginOf(const ledger::QuarantineItem& item);

struct Dropped {
  std::size_t items = 0;           // other items were no longer in quarantine
  std::vector<Error> not_removed;  // one for each file that is still there and is an orphan now
};

// Gives the items up for good: their files are removed, and their entries in the ledger stay. `act`
// is what the person named, for the log.
Result<Dropped> DropQuarantined(const OperatorContext& context, const std::vector<ledger::QuarantineItem>& items,
                                const std::string& act, Time now);

struct Exported {
  bool file_gone = false;  // the retention has removed it, so nothing was copied
  std::vector<std::filesystem::path> copies;
  std::optional<Error> error;  // no more files were copied after it
};

// Copies the files of the item into the directory `to`.
Exported ExportQuarantined(const OperatorContext& context, const ledger::QuarantineItem& item,
                           const std::filesystem::path& to);

// Call this when a person has taken a document that was kept: its file in the spool is removed.
// Returns false if the item is not such a document.
Result<bool> FinishKept(const OperatorContext& context, const ledger::QuarantineItem& item, Time now);

}  // namespace gateway::operations
