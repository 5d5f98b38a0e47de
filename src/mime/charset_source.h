// Reads a text as UTF-8 whose bytes are not those of ASCII, such as UTF-16. Windows programs write
// such texts, and the armor in them is to be found.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/stream.h"
#include "mime/gmime_values.h"

namespace gateway::mime {

// Returns the character sets in which a text may be, if its letters are not the bytes of ASCII. The
// byte order mark at its beginning says so, or else the declared name does. Most texts have none.
std::vector<std::string> WideCharsets(std::string_view beginning, const std::string& declared);

// Returns the text in UTF-8, without a byte order mark. What is no text in that character set
// becomes U+FFFD. nullptr: nobody knows the character set.
std::unique_ptr<Source> OpenAsUtf8(std::unique_ptr<Source> text, const std::string& charset);

// Returns a decoded part of a mail, as OpenDecoded() does, and in UTF-8 unless `charset` is empty.
std::unique_ptr<Source> OpenText(int fd, ByteRange range, TransferEncoding encoding, const std::string& charset);

}  // namespace gateway::mime
