// A ledger that was not closed has its last transactions in its -wal only. SQLite takes a missing or garbled one for an
// empty one, and goes on without them; here that is damage.
#pragma once

#include <filesystem>

#include "gateway/result.h"

namespace gateway::ledger {

// Before the ledger is opened. config "ledger-damaged": it is marked as in use, and its -wal is gone; or the -wal does
// not begin like one.
Result<void> CheckWal(const std::filesystem::path& ledger);

// Once it is open: from here on, until MarkClosed(), it needs its -wal. Durable when it returns.
Result<void> MarkOpen(const std::filesystem::path& ledger);
// Before the last connection closes, which takes all of the -wal over and removes it. After an Error the mark may still
// be there: then the -wal must stay too.
Result<void> MarkClosed(const std::filesystem::path& ledger);

}  // namespace gateway::ledger
