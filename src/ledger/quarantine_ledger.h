// Mails, instances and documents that wait for a person, and what the person decides about them. It
// works beside a running daemon and without one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/document_link.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct QuarantineItem {
  ItemId id;
  std::string reason;  // the name of an ErrorCode
  std::string detail;  // as it came; of an instance in conflict: its difference to the other one
  std::string partner;
  std::string sender;  // of a mail: its address, as it came
  Time since;
  std::uint64_t size = 0;
  std::vector<std::string> spool_keys;
  std::string calling_ae;  // of an instance that came by C-STORE, for routing it again
  std::string called_ae;
  std::string name;          // of a document, as its sender called it: may name a patient
  std::string content_type;  // of a document
};

class QuarantineLedger {
 public:
  explicit QuarantineLedger(Database& database) : database_(database) {}

  Result<std::vector<QuarantineItem>> Quarantine();
  Result<std::optional<QuarantineItem>> QuarantineItemOf(ItemId id);
  // A mail is opened again (state fetched); its fate may be the same. False: it is not in quarantine.
  Result<bool> ReleaseMail(std::int64_t mail, Time now);
  // A quarantined or kept document is filed again, without waiting for longer than until `deadline`. `joined_to`: an
  // instance of the study that it is to join, by the person's word; permanent "no-such-study". False: it does not wait.
  Result<bool> ReleaseDocument(std::int64_t document, std::optional<std::int64_t> joined_to, Time deadline, Time now);
  // A person has taken a kept document: `filed` from now on. The key of its file, for the caller to remove; nullopt: it
  // is not kept.
  Result<std::optional<std::string>> FinishDocument(std::int64_t document, Time now);
  // Which study it belongs to, and what says so. nullopt: nothing does.
  Result<std::optional<StudyOfDocument>> StudyOf(std::int64_t document);
  // A conflicting or undeliverable received instance gets deliveries to these PACS. False: it does not wait.
  Result<bool> ReleaseReceivedInstance(std::int64_t instance, const std::vector<std::string>& pacs, Time now);
  // Marks it dropped and returns the keys of its files, for the caller to remove. nullopt: neither in quarantine nor
  // kept.
  Result<std::optional<std::vector<std::string>>> Drop(ItemId id, Time now);

  // As Drop(), of many, in short transactions and as one act of a person. What is not in quarantine any more is passed
  // over.
  struct Dropped {
    std::size_t items = 0;
    std::vector<std::pair<ItemKind, std::string>> keys;
  };
  Result<Dropped> DropAll(const std::vector<ItemId>& ids, const std::string& act, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
