// What people keep a key in: a binary file, or text with one or several armored blocks, as an editor, a mail program or
// a web page left it. docs/openpgp.md says what is read.
#pragma once

#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::openpgp {

// The OpenPGP packets in `content`, for the caller to wipe where they may be secret, those of all its blocks one behind
// the other. Taken: a byte order mark of UTF-8, text around the blocks, blanks around a line, line ends of any kind, no
// checksum. config "key-unreadable", which says what it is instead.
Result<std::string> ReadKeyContent(std::string_view content);

}  // namespace gateway::openpgp
