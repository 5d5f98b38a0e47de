// Returns the bodies of message/partial fragments, one after the other, as the message that was
// cut.
//
// Seams: mail servers on the way may add one blank line at the end of a fragment (or, more rarely,
// at its start). A blank line there may also belong to the message: after a header, after the
// armor's headers, or before a boundary line. So it is dropped only where it cannot belong to it.
// The line before it must be at least 32 characters of base64. The line after it must be base64,
// the armor's checksum or its END line. Neither base64 nor armor has a blank line between such
// lines, and no line of a header looks like the first. At most one blank line is dropped at a
// fragment's end and one at its start. If two blank lines stand together, none is dropped.
//
// Transfer encodings: a fragment is 7bit (RFC 2046 section 5.2.2). But mail servers re-encode, and
// senders declare encodings that they do not use. A declared base64 or quoted-printable is undone
// unless the body clearly is not encoded in that way.
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
  // `fragments` are descriptors, number 1 first. They stay the caller's. Errors: corrupt
  // "fragments-damaged" if they are not the numbers 1 to n of one id; corrupt "mail-too-large";
  // those of ReadEnvelope().
  static Result<FragmentBodies> Open(const std::vector<int>& fragments, const ReadLimits& limits);
  Result<std::size_t> Read(std::span<char> buffer) override;
  // Returns the outer header of fragment 1.
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
