// Answers what `verify` asks about the ledger: which files there should be, and whether its rows
// agree with each other. It only reads, and each call reads one snapshot. So what a running daemon
// changes meanwhile is no disagreement. The calls read whole tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/disagreement_kind.h"
#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A file of the spool, with the row that it belongs to.
struct FileRow {
  ItemId id;  // an instance, a message, a mail or a document
  std::string spool_key;
  std::optional<std::uint64_t> size;  // bytes; nullopt if it is not known
  std::uint64_t hash_offset = 0;      // sha256 covers the bytes from here on
  std::string sha256;                 // 64 hex digits; empty if it is not known
  // The row of `derived` that has the file; 0 for the item's own file.
  std::int64_t derived = 0;
};

// The facts about one thing that is wrong. cli/verify_text says them in words.
struct Disagreement {
  // The row breaks the rule that DisagreementKind names.
  struct Row {
    ItemKind kind = ItemKind::message;
  };
  struct Pages {
    std::string text;  // in SQLite's words
  };
  // The row names a row of this table that is not there.
  struct Reference {
    std::string parent;
  };
  struct Count {
    std::optional<std::int64_t> counted;  // nullopt if nobody counts
    std::int64_t rows = 0;
  };
  struct State {
    std::string state;  // no state has this name
  };

  DisagreementKind kind{};
  std::string item;  // "M7"; if it is no item: "ledger", a table and a row, or a kind and a state
  std::variant<Row, Pages, Reference, Count, State> fact;
};

class Consistency {
 public:
  explicit Consistency(Database& database) : database_(database) {}

  // Returns rows of `kind` with a file and an id above `after`, in order of their ids. Kinds
  // without files have none.
  Result<std::vector<FileRow>> FilesAfter(ItemKind kind, std::int64_t after, std::size_t limit);
  // Returns the file of this row, if it has one now.
  Result<std::optional<FileRow>> FileOf(ItemId id);

  // Do the same for the changed copies of instances, in order of FileRow::derived.
  Result<std::vector<FileRow>> DerivedFilesAfter(std::int64_t after, std::size_t limit);
  Result<std::optional<FileRow>> DerivedFileOf(std::int64_t derived);

  // Checks pages, keys, counts, states, and rows that belong together. With `claims_before` it also
  // reports claims that ended before that time and that nobody renewed. Pass nullopt if no daemon
  // runs that could renew them. It reports at most a hundred disagreements of each sort.
  Result<std::vector<Disagreement>> Check(std::optional<Time> claims_before, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
