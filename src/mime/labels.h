// Says whether the content of a part is what its label says: a key, a signature, a visiting card,
// the header of a mail. A label by itself is never believed. Private to this folder.
#pragma once

#include <string_view>

namespace gateway::mime {

// Each of these says that `content`, which is all of a part, holds nothing else. Blank content is
// nothing that somebody may miss.
bool IsBlank(std::string_view content);
// OpenPGP in binary, or in blocks of armor. (Whoever reads the armor looks at its packets.)
bool IsOnlyKeys(std::string_view content);
bool IsOnlySignatures(std::string_view content);
bool IsSignatureOfSmime(std::string_view content);
bool IsOnlyVisitingCards(std::string_view content);
// The header of a mail, as a program repeats it: fields that mails have, and blank lines.
bool IsOnlyHeader(std::string_view content);
// "Version: 1" (RFC 3156 section 4)
bool IsPgpVersion(std::string_view content);

}  // namespace gateway::mime
