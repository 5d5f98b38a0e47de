// Joins message/partial fragments (RFC 2046 section 5.2.2.1) by their raw bodies: the inverse of the splitter.
#pragma once

#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/mail_reader.h"

namespace gateway::mime {

// `fragments`: the descriptors of all fragments, number 1 first. Writes the enclosed message: its header fields (all of
// them except Content-*, Subject, Message-ID, Encrypted and MIME-Version come from fragment 1's outer header where the
// enclosed header lacks them; the enclosed X-TELEMEDICINE-* survive in any case), then its body. One extra blank line
// at a seam is tolerated. corrupt "fragments-damaged".
Result<void> JoinFragments(const std::vector<int>& fragments, const ReadLimits& limits, Sink& sink);

}  // namespace gateway::mime
