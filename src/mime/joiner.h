// Joins message/partial fragments (RFC 2046 section 5.2.2.1) by their raw bodies. It is the inverse
// of the splitter.
#pragma once

#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/mail_reader.h"

namespace gateway::mime {

// `fragments` are the descriptors of all fragments, number 1 first. Writes the enclosed message:
// first its header fields, then its body. Fields that the enclosed header lacks come from fragment
// 1's outer header, except Content-*, Subject, Message-ID, Encrypted and MIME-Version. The enclosed
// X-TELEMEDICINE-* survive in any case. One extra blank line at a seam is tolerated. Error: corrupt
// "fragments-damaged", and those of FragmentBodies::Open().
Result<void> JoinFragments(const std::vector<int>& fragments, const ReadLimits& limits, Sink& sink);

}  // namespace gateway::mime
