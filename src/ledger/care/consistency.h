// What `verify` asks of the ledger: which files there should be, and whether its rows agree with each other. Reads
// only, each call on one snapshot: what a running daemon does meanwhile is no disagreement. Reads whole tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A file of the spool, by the row that it belongs to.
struct FileRow {
  ItemId id;  // an instance, a message, a mail or a document
  std::string spool_key;
  std::optional<std::uint64_t> size;  // bytes; nullopt: not known
  std::uint64_t hash_offset = 0;      // sha256 is of the bytes from here on
  std::string sha256;                 // 64 hex digits; empty: not known
  std::int64_t derived = 0;           // the row of `derived` whose file it is; 0: the item's own file
};

struct Disagreement {
  std::string code;    // stable: docs/operations.md
  std::string item;    // "M7"; of what is no item: a table, a kind and a state, a file
  std::string detail;  // for people
};

class Consistency {
 public:
  explicit Consistency(Database& database) : database_(database) {}

  // Rows of `kind` with a file and an id above `after`, in order of id. Other kinds have none.
  Result<std::vector<FileRow>> FilesAfter(ItemKind kind, std::int64_t after, std::size_t limit);
  // The file of this row, if it has one now.
  Result<std::optional<FileRow>> FileOf(ItemId id);

  // The same for the changed copies of instances, in order of FileRow::derived.
  Result<std::vector<FileRow>> DerivedFilesAfter(std::int64_t after, std::size_t limit);
  Result<std::optional<FileRow>> DerivedFileOf(std::int64_t derived);

  // Pages, keys, counts, states and what belongs together. `claims_before`: claims that ran out before it, and that
  // nobody made anew, are told too; nullopt: no daemon runs that could. At most a hundred of each sort.
  Result<std::vector<Disagreement>> Check(std::optional<Time> claims_before, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
