// Reads documents as text, so that a text is known by its content. It opens no document in any
// other way. Private to this folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::inbound {

// Returns the start of the text behind byte order marks and blanks, in lower case, without NULs and
// without escape sequences. So UTF-16, UTF-32 and ISO-2022 read like ASCII.
Result<std::string> StartOfText(const std::filesystem::path& file);

// Returns whether all of the file is text: UTF-16 with a byte order mark, or bytes without control
// characters. Line ends, tabs, page breaks, escapes and the frames of HL7 are none.
Result<bool> IsText(const std::filesystem::path& file);

// Returns whether all of the file is XML in a character set that every program reads alike. UTF-16
// may lack its byte order mark, and UTF-8 may be declared as UTF-16. `start` is the result of
// StartOfText(). In UTF-7 or ISO-2022, for example, a browser sees tags that others do not see.
Result<bool> IsReadableXml(const std::filesystem::path& file, std::string_view start);

}  // namespace gateway::inbound
