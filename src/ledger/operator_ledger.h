// What operators see and do: `status`, `list`, `show`, `quarantine`. Works beside a running daemon and without one.
// Nothing here holds patient data; DICOM UIDs are shown by Show() only, to a person at the console.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/destinations.h"
#include "ledger/document_link.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct Status {
  // counts["messages"]["sent"] = 12; kinds: as in states.h.
  // Every state of a kind is there, with 0 too.
  std::map<std::string, std::map<std::string, std::int64_t>> counts;
  std::optional<Time> oldest_unsent;           // message that is neither sent nor failed
  std::optional<Time> oldest_undelivered;      // delivery that waits
  std::optional<Time> oldest_unreceipted;      // message that is sent or overdue and asked for a receipt
  std::int64_t held_shipments = 0;             // by a person, as a whole
  std::vector<std::string> held_destinations;  // "partner b", "pacs main"
  std::vector<Away> away;                      // destinations that are tried in vain
  std::int64_t quarantined = 0;                // mails, instances and documents that wait for a person
};

// One line of `list`.
struct Row {
  ItemId id;
  std::string state;
  std::string partner;
  Time since;          // of its creation
  std::string about;   // "12 instances, 3 of 12 sent", "PACS_A", ...
  std::string reason;  // "code: detail" of its last error, or why its destination keeps it waiting, or empty
  std::vector<DestinationName> waits_for;  // while it waits
};

// `show`: a tree of fields, printed indented or as JSON.
struct Record {
  std::string title;                                        // "message M7"
  std::vector<std::pair<std::string, std::string>> fields;  // in order; times as RFC 3339 UTC
  std::vector<Record> children;
  bool waits = false;  // its state is one that a worker would end, if there were one
};

struct ListFilter {
  std::optional<std::string> state;  // one of StatesOf(kind)
  std::optional<ItemKind> kind;      // default: shipments, mails, and what failed or waits for a person of any kind
  std::size_t limit = 1000;          // what failed or waits for a person is shown besides, and first
  // With it, what waits for any other destination is in state "stranded".
  std::optional<KnownDestinations> known{};
};

struct QuarantineItem {
  ItemId id;
  std::string reason;  // stable code
  std::string detail;
  std::string partner;  // or the sender's address
  std::string sender;   // of a mail: its address, as it came
  Time since;
  std::uint64_t size = 0;
  std::vector<std::string> spool_keys;
  std::string calling_ae;  // of an instance that came by C-STORE, for routing it again
  std::string called_ae;
  std::string name;          // of a document, as its sender called it: may name a patient
  std::string content_type;  // of a document
};

// "unknown-pacs: the configuration has no pacs old: redirect"
std::string NotConfigured(const DestinationName& destination);
// The states of a kind, or of all: what `list` takes. "stranded" is one of what goes to a destination.
std::vector<std::string_view> StatesOf(const std::optional<ItemKind>& kind);

class OperatorLedger {
 public:
  explicit OperatorLedger(Database& database) : database_(database) {}

  Result<Status> GetStatus();
  Result<std::vector<Row>> List(const ListFilter& filter);  // newest first, but what needs a person before the rest
  // "Where is this study?": of a shipment, how many of its files are received, mailed, receipted, and which parts are
  // missing; of a received set, how many parts are here, stored by the PACS, and which are missing ("3, 7-9").
  // nullopt: no such item.
  Result<std::optional<Record>> Show(ItemId id);
  // Shipments and received sets of a study, newest first.
  Result<std::vector<ItemId>> ItemsOfStudy(const std::string& study_instance_uid);

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

  // Is this key of a file in the spool known? For the scan for orphans.
  Result<bool> KnowsInstanceFile(const std::string& key);
  Result<bool> KnowsMessageFile(const std::string& key);
  Result<bool> KnowsMailFile(const std::string& key);
  Result<bool> KnowsDocumentFile(const std::string& key);
  Result<bool> KnowsDerivedFile(const std::string& key);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
