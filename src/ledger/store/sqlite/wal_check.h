// If a ledger was not closed, its last transactions are only in its -wal. SQLite takes a missing or
// garbled -wal for an empty one, and goes on without them. The gateway treats this as damage.
#pragma once

#include <filesystem>

#include "gateway/result.h"

namespace gateway::ledger {

// Call this before the ledger is opened. It returns config "ledger-damaged" if the ledger is marked
// as in use and its -wal is gone, or if the -wal does not begin with a valid header.
Result<void> CheckWal(const std::filesystem::path& ledger);

// Call this once the ledger is open. From here on, until MarkClosed(), the ledger needs its -wal.
// The mark is durable when the call returns.
Result<void> MarkOpen(const std::filesystem::path& ledger);
// Call this before the last connection closes, which moves all of the -wal into the ledger and
// removes it. After an Error the mark may still be there, and then the -wal must stay too.
Result<void> MarkClosed(const std::filesystem::path& ledger);

}  // namespace gateway::ledger
