// The small pieces of IMAP4rev1 (RFC 3501) syntax: folder names, UID sets, response lines. Private to src/mail.
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

// A folder name in UTF-8 as a quoted string, fit to stand in a command: in modified UTF-7 (section 5.1.3) or, where the
// connection has UTF8=ACCEPT enabled (RFC 6855), in UTF-8. Names with control characters or invalid UTF-8 are
// "imap-refused".
Result<std::string> QuotedFolder(std::string_view name, bool utf8 = false);

// UID sets ("3,7:9") that hold just these UIDs, each at most `longest` characters, as command lines are bounded.
std::vector<std::string> UidSets(std::vector<std::uint32_t> uids, std::size_t longest = 4000);

// The number at the start of `text`, which is cut off it; nullopt where there is none that fits.
std::optional<std::uint32_t> TakeNumber(std::string_view& text);

// The length of the literal that `line` announces at its end: "... {42}".
std::optional<std::uint64_t> LiteralLength(std::string_view line);

// The number after `word` and a space, wherever that stands in `text` as a word of its own.
std::optional<std::uint32_t> NumberAfter(std::string_view text, std::string_view word);

}  // namespace gateway::mail
