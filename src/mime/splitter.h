// Cuts a written message at line ends (message/partial, RFC 2046 section 5.2.2). Fragments are
// never written to disk: each is a small header and a range of the message's file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/mail_writer.h"

namespace gateway::mime {

// Returns ranges of `message` (a file, from its start), cut at line ends, so that each fragment
// with its header has at most `max_size` bytes. One range means that the message need not be split.
// Error: permanent "line-too-long" if a line does not fit.
Result<std::vector<ByteRange>> SplitMessage(int message, std::uint64_t max_size);

struct FragmentHeader {
  // From, To, Subject (which gets " (i/n)"), the Message-ID of this fragment, Date and Priority.
  // The other fields do not count.
  OuterHeader outer;
  std::string partial_id;  // the same for all fragments of a message
  unsigned number = 1;     // from 1
  unsigned total = 1;
};

// Returns the fragment as it goes to SMTP: its header, followed by the range of the message. It
// does not own the descriptor `message`, which must stay open.
std::unique_ptr<Source> OpenFragment(const FragmentHeader& header, int message, ByteRange range);

}  // namespace gateway::mime
