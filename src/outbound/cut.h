// Decides how large one mail may be, and cuts a larger message into fragments. The sealer uses it.
// The sender uses it too, if a mail server says that a message is too large after all.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/result.h"
#include "ledger/sealed_message.h"

namespace gateway::outbound {

// Returns the largest mail that we send to a server that announces `announced` bytes (RFC 1870; 0
// means no limit). It is a little less, because servers also count the fields that they add
// themselves. 0 means any size.
std::uint64_t UsableSize(std::uint64_t announced);

// Returns the smallest of the limits that are not 0.
std::uint64_t SmallestLimit(std::initializer_list<std::uint64_t> limits);

// Sets size, partial_id and fragments of `sealed`, whose message is in `file`. Error: permanent
// "line-too-long".
Result<void> Cut(const std::filesystem::path& file, std::uint64_t limit, ledger::SealedMessage& sealed);

}  // namespace gateway::outbound
