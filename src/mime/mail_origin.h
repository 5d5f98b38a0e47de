// Finds out who made a mail that carries nothing for us: a person, a program that answers by
// itself, or the mail server that could not hand out another mail. It goes by header fields and
// media types alone. Private to src/mime.
#pragma once

#include "gateway/result.h"
#include "mime/header_block.h"
#include "mime/mail_reader.h"

namespace gateway::mime {

MailOrigin OriginOf(int fd, const HeaderBlock& header, const ReadLimits& limits);

}  // namespace gateway::mime
