// Reads the forms in which people keep a key: a binary file, or text with one or several armored
// blocks, as an editor, a mail program or a web page left it. docs/openpgp.md says what is read.
#pragma once

#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::openpgp {

// Returns the OpenPGP packets in `content`, those of all blocks one after the other. If they may be
// secret, the caller must wipe them. It accepts a byte order mark of UTF-8, text around the blocks,
// blanks around a line, line ends of any kind, and a missing checksum. Error: config
// "key-unreadable", which says what the content is instead.
Result<std::string> ReadKeyContent(std::string_view content);

}  // namespace gateway::openpgp
