// Reads values that several headers have: addresses, Message-IDs. They are compared, or come back
// in mails of ours. So nothing is guessed: anything but exactly one good value counts as none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/header_block.h"

namespace gateway::mime {

// Returns the only address of the only field called `name`, in lower case. Returns an empty text if
// the number of fields or addresses is not one.
std::string OnlyAddress(const HeaderBlock& header, std::string_view name);

// Returns all addresses of all fields called `name`, in lower case, but at most `limit`.
std::vector<std::string> AllAddresses(const HeaderBlock& header, std::string_view name, std::size_t limit);

// Returns the first Message-ID (or Content-ID) in `value` without angle brackets. Returns an empty
// text if it could not stand in a header.
std::string MessageIdIn(std::string_view value);
std::string MessageIdOf(const HeaderBlock& header, std::string_view name = "Message-ID");

// Returns X-DMGW-NONCE. nullopt means that there is no such field. Empty means that the field says
// none, or has a value that could not stand in a header of ours.
std::optional<std::string> NonceOf(const HeaderBlock& header);

// Returns `text` without its comments (RFC 5322 section 3.2.2), trimmed.
std::string WithoutComments(std::string_view text);

}  // namespace gateway::mime
