// The bodies of message/partial fragments, one after the other, as the message that was cut.
//
// Seams: mail servers on the way may add one blank line at the end of a fragment (or, rarer, at its start). A blank
// line there may also be the message's own: after a header, after the armor's headers, before a boundary line. So it is
// dropped only where it cannot be: the line before it is at least 32 characters of base64, and the line after it is
// base64, the armor's checksum or its END line. In base64 and in armor no blank line stands between such lines, and no
// line of a header looks like the first. At most one blank line is dropped at a fragment's end and one at its start;
// where two stand together nothing is.
//
// Transfer encodings: a fragment is 7bit (RFC 2046 section 5.2.2), but mail servers re-encode, and senders declare what
// is not so. A declared base64 or quoted-printable is undone unless the body plainly is not encoded that way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/mail_format.h"

namespace gateway::mime {

class FragmentBodies : public Source {
 public:
  // `fragments`: descriptors, number 1 first; they stay the caller's. corrupt "fragments-damaged" when they are not
  // numbers 1 to n of one id, "mail-too-large".
  static Result<FragmentBodies> Open(const std::vector<int>& fragments, const ReadLimits& limits);
  Result<std::size_t> Read(std::span<char> buffer) override;
  // The outer header of fragment 1.
  [[nodiscard]] const HeaderBlock& first_header() const { return first_header_; }

 private:
  struct Piece {
    int fd = -1;
    ByteRange body;
    TransferEncoding encoding = TransferEncoding::identity;
  };

  Result<void> CorrectEncodings();
  Result<void> TrimSeam(Piece& left, Piece& right);

  HeaderBlock first_header_;
  std::vector<Piece> pieces_;
  std::size_t next_ = 0;
  std::unique_ptr<Source> current_;
};

}  // namespace gateway::mime
