// Values that are read in several headers: an address, a Message-ID. Both are compared or come back in mails of ours,
// so nothing is guessed: what is not exactly one good value is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/header_block.h"

namespace gateway::mime {

// The only address of the only field called `name`, lower case; empty when there is another number of either.
std::string OnlyAddress(const HeaderBlock& header, std::string_view name);

// All addresses of all fields called `name`, lower case, at most `limit`.
std::vector<std::string> AllAddresses(const HeaderBlock& header, std::string_view name, std::size_t limit);

// The first Message-ID (or Content-ID) in `value`, without angle brackets; empty when it could not stand in a header.
std::string MessageIdIn(std::string_view value);
std::string MessageIdOf(const HeaderBlock& header, std::string_view name = "Message-ID");

// X-DMGW-NONCE. nullopt: there is no such field; empty: it says none, or nothing that could stand in a header of ours.
std::optional<std::string> NonceOf(const HeaderBlock& header);

// `text` without its comments (RFC 5322 section 3.2.2), trimmed.
std::string WithoutComments(std::string_view text);

}  // namespace gateway::mime
