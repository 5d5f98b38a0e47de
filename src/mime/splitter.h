// message/partial (RFC 2046 section 5.2.2): cuts a written message at line ends. Fragments are never written to disk:
// each is a small header and a range of the message's file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/mail_writer.h"

namespace gateway::mime {

// Ranges of `message` (a file, from its start), cut at line ends, so that each fragment with its header is at most
// `max_size` bytes. One range: the message need not be split. permanent "line-too-long" when a line does not fit.
Result<std::vector<ByteRange>> SplitMessage(int message, std::uint64_t max_size);

struct FragmentHeader {
  // From, To, Subject (gets " (i/n)"), Message-ID of this fragment, Date, Priority; the rest does not count.
  OuterHeader outer;
  std::string partial_id;  // the same for all fragments of a message
  unsigned number = 1;     // from 1
  unsigned total = 1;
};

// The fragment as it goes to SMTP: header, then the range of the message. Owns no descriptor: `message` must stay open.
std::unique_ptr<Source> OpenFragment(const FragmentHeader& header, int message, ByteRange range);

}  // namespace gateway::mime
