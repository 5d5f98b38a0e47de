// Small pieces of IMAP4rev1 (RFC 3501) syntax: folder names, UID sets and response lines. Private
// to src/mail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "gateway/result.h"

namespace gateway::mail {

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix);

// Returns a folder name (UTF-8) as a quoted string for a command. The string is in modified UTF-7
// (section 5.1.3), or in UTF-8 if the connection has UTF8=ACCEPT enabled (RFC 6855). Names with
// control characters or invalid UTF-8 fail with "imap-refused".
Result<std::string> QuotedFolder(std::string_view name, bool utf8 = false);

// Returns UID sets ("3,7:9") that hold exactly these UIDs. Each set has at most `longest`
// characters, because the length of command lines is limited.
std::vector<std::string> UidSets(std::vector<std::uint32_t> uids, std::size_t longest = 4000);

// Returns the number at the start of `text`, and cuts it off. nullopt means that there is no number
// that fits.
std::optional<std::uint32_t> TakeNumber(std::string_view& text);

// Returns the length of the literal that `line` announces at its end: "... {42}".
std::optional<std::uint64_t> LiteralLength(std::string_view line);

// Returns the number after `word` and a space, wherever these stand in `text` as a word of their
// own.
std::optional<std::uint32_t> NumberAfter(std::string_view text, std::string_view word);

}  // namespace gateway::mail
