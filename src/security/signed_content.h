// Reads a multipart/signed (RFC 3156 section 5) and verifies who signed it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/mail_reader.h"
#include "security/openers.h"
#include "security/protection.h"

namespace gateway::security {

struct SignedContent {
  ByteRange range;  // the bytes that the signatures cover
  std::vector<Signature> signatures;
};

// Reads the first `size` bytes of `file`. Returns nullopt if the entity there is no
// multipart/signed. Errors: corrupt, if it cannot be read, or if its signature is none.
Result<std::optional<SignedContent>> ReadSignedContent(int file, std::uint64_t size, const mime::ReadLimits& limits,
                                                       const MailOpeners& openers);

}  // namespace gateway::security
