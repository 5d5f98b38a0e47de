// Finds what is encrypted in a mail: the second part of a multipart/encrypted, inline armor, or a bare binary OpenPGP
// part (wire-format.md, "What we accept", 3), also where a mail gateway wrapped it and added a footer.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/gmime_values.h"
#include "mime/mail_format.h"

namespace gateway::mime {

struct EncryptedLeaf {
  ByteRange body;  // of armor that stands as it is it may go on to the end of the mail
  TransferEncoding encoding = TransferEncoding::identity;
  std::size_t skip = 0;  // decoded bytes before the armor
};

// nullopt: nothing in the `size` bytes of `fd` is OpenPGP.
Result<std::optional<EncryptedLeaf>> FindEncryptedLeaf(int fd, std::uint64_t size, const ReadLimits& limits);

// Whether `bytes` begin with a binary OpenPGP message that is encrypted (RFC 4880 sections 4.2, 5.1, 5.3).
bool IsBinaryOpenPgp(std::string_view bytes);

}  // namespace gateway::mime
