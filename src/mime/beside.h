// Says what may stand beside an encrypted or signed part without being lost, although nobody opens
// it. These are the rules of docs/formats.md, "Beside what is encrypted".
#pragma once

#include <optional>
#include <string_view>

#include "gateway/result.h"
#include "mime/entity_walker.h"

namespace gateway::mime {

// Returns true for text that wraps, signs or introduces a mail: disclaimers, keys, signatures,
// visiting cards, pictures of an HTML page. `beginning` holds the leaf's first decoded bytes.
bool IsHarmless(const Leaf& leaf, std::string_view beginning);

// Says whether a harmless leaf is text that a person reads.
bool IsMailText(const Leaf& leaf);

// Recognises a TNEF file (winmail.dat), an Exchange server's own form of a mail.
bool IsTnef(const Leaf& leaf, std::string_view beginning);

// Returns the reason why a leaf that is neither encrypted nor harmless is not taken: corrupt
// "winmail-dat" or "part-not-opened".
Error WhyNotOpened(const Leaf& leaf, std::string_view beginning);

}  // namespace gateway::mime
