// A data set that DCMTK's DIMSE layer sends as it stands in a file, without looking at it.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
// clang-format on

#include <optional>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// To DCMTK a DcmDataset; but nothing is parsed, and writing it copies the bytes of `range` of a file, in any transfer
// syntax, a buffer at a time. Only good for DIMSE_sendMessageUsingMemoryData() and what calls it. Used once.
class RawDataset : public DcmDataset {
 public:
  RawDataset(int fd, ByteRange range) : fd_(fd), position_(range.offset), end_(range.offset + range.length) {}

  OFBool isEmpty(const OFBool normalize = OFTrue) override;
  OFBool canWriteXfer(E_TransferSyntax new_syntax, E_TransferSyntax old_syntax = EXS_Unknown) override;
  using DcmDataset::write;
  OFCondition write(DcmOutputStream& out, E_TransferSyntax syntax, E_EncodingType encoding, DcmWriteCache* cache,
                    E_GrpLenEncoding group_lengths, E_PaddingEncoding padding, Uint32 padding_length,
                    Uint32 item_padding_length, Uint32 instance_length) override;

  // Why write() failed: then the peer has part of a data set, and the association must end.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  int fd_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::vector<char> buffer_;
  std::optional<Error> error_;
};

}  // namespace gateway::dicom
