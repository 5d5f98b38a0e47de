// How large one mail may be, and the fragments of a message that is larger: for the sealer, and for the sender, to whom
// a mail server says that it is too large after all.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/result.h"
#include "ledger/outbound_ledger.h"

namespace gateway::outbound {

// What we send to a server that announces `announced` bytes (RFC 1870; 0: no limit): servers count the fields that they
// add themselves. 0: any size.
std::uint64_t UsableSize(std::uint64_t announced);

// The smallest of the limits that are not 0.
std::uint64_t SmallestLimit(std::initializer_list<std::uint64_t> limits);

// Sets size, partial_id and fragments of `sealed`, whose message is in `file`. permanent "line-too-long".
Result<void> Cut(const std::filesystem::path& file, std::uint64_t limit, ledger::SealedMessage& sealed);

}  // namespace gateway::outbound
