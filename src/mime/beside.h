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
// Its label is believed only if all of its content is that, too. `fd` is the mail.
Result<bool> IsHarmless(int fd, const Leaf& leaf, std::string_view beginning);

// Says whether the leaf begins like a file of some kind: DICOM, a PDF, an image, an archive.
bool BeginsAsFile(const Leaf& leaf, std::string_view beginning);

// Says whether a harmless leaf is text that a person reads.
bool IsMailText(const Leaf& leaf);

// Recognises a TNEF file (winmail.dat), an Exchange server's own form of a mail.
bool IsTnef(const Leaf& leaf, std::string_view beginning);

// Returns the reason why a leaf that is neither encrypted nor harmless is not taken: corrupt
// "winmail-dat" or "part-not-opened".
Error WhyNotOpened(const Leaf& leaf, std::string_view beginning);
// The same for a part behind the closing boundary line of its multipart.
Error PartBehindTheLast();

}  // namespace gateway::mime
