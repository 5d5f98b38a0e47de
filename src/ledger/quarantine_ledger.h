// Mails, instances and documents that wait for a person, and what the person decides about them. It
// works beside a running daemon and without one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/document_link.h"
#include "ledger/quarantine_item.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

class QuarantineLedger {
 public:
  explicit QuarantineLedger(Database& database) : database_(database) {}

  Result<std::vector<QuarantineItem>> Items();
  Result<std::optional<QuarantineItem>> ItemOf(ItemId id);
  // The mail is opened again (state fetched), and may end in quarantine again. Returns false if the
  // mail is not in quarantine.
  Result<bool> ReleaseMail(std::int64_t mail, Time now);
  // A quarantined or kept document is filed again, and waits for its study no longer than until
  // `deadline`. `joined_to` is an instance of the study that the document joins because the person
  // says so; it may be refused. Returns false if the document does not wait for a person.
  Decided<bool> ReleaseDocument(std::int64_t document, std::optional<std::int64_t> joined_to, Time deadline, Time now);
  // A person has taken a kept document, so its state is `filed` from now on. Returns the key of its
  // file, which the caller removes. nullopt means that the document is not kept.
  Result<std::optional<std::string>> FinishDocument(std::int64_t document, Time now);
  // Returns the study that the document belongs to, and the fact that says so. nullopt means that
  // nothing says so.
  Result<std::optional<StudyOfDocument>> StudyOf(std::int64_t document);
  // A conflicting or undeliverable received instance gets deliveries to these PACS. Returns false
  // if the instance does not wait for a person.
  // `rules` names the rule for each PACS, and `changing` the PACS whose rule changes instances, as
  // NewReceivedInstance does.
  Result<bool> ReleaseReceivedInstance(std::int64_t instance, const std::vector<std::string>& pacs, Time now,
                                       const std::map<std::string, std::string>& rules = {},
                                       const std::set<std::string>& changing = {});
  // Drops the item and returns the keys of its files, which the caller removes. nullopt means that
  // the item is neither in quarantine nor kept.
  Result<std::optional<std::vector<std::string>>> Drop(ItemId id, Time now);

  // Drops many items as Drop() does, in short transactions and as one act of a person. It passes
  // over items that are not in quarantine any more.
  struct Dropped {
    std::size_t items = 0;
    std::vector<std::pair<ItemKind, std::string>> keys;
  };
  Result<Dropped> DropAll(const std::vector<ItemId>& ids, const std::string& act, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
