// What may stand beside what is encrypted, or beside what is signed, without being lost by nobody's opening it: the
// rules of docs/formats.md, "Beside what is encrypted".
#pragma once

#include <optional>
#include <string_view>

#include "gateway/result.h"
#include "mime/entity_walker.h"

namespace gateway::mime {

// What text that wraps, signs or introduces a mail is: disclaimers, keys, signatures, visiting cards, pictures of an
// HTML page. `beginning`: its first decoded bytes.
bool IsHarmless(const Leaf& leaf, std::string_view beginning);

// Of a harmless one: whether it is text that a person reads.
bool IsMailText(const Leaf& leaf);

// A TNEF file (winmail.dat): an Exchange server's own form of a mail.
bool IsTnef(const Leaf& leaf, std::string_view beginning);

// Why a leaf that is neither encrypted nor harmless is not taken. corrupt "winmail-dat", "part-not-opened".
Error WhyNotOpened(const Leaf& leaf, std::string_view beginning);

}  // namespace gateway::mime
