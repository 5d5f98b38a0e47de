// A data set that DCMTK's DIMSE layer sends as it comes, without looking at it.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
// clang-format on

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// To DCMTK this is a DcmDataset. But nothing is parsed, and writing it copies the bytes of
// `source`, in any transfer syntax, one buffer at a time. It works only for
// DIMSE_sendMessageUsingMemoryData() and its callers, and only once.
class RawDataset : public DcmDataset {
 public:
  explicit RawDataset(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  OFBool isEmpty(const OFBool normalize = OFTrue) override;
  OFBool canWriteXfer(E_TransferSyntax new_syntax, E_TransferSyntax old_syntax = EXS_Unknown) override;
  using DcmDataset::write;
  OFCondition write(DcmOutputStream& out, E_TransferSyntax syntax, E_EncodingType encoding, DcmWriteCache* cache,
                    E_GrpLenEncoding group_lengths, E_PaddingEncoding padding, Uint32 padding_length,
                    Uint32 item_padding_length, Uint32 instance_length) override;

  // Says why write() failed. The peer then has a part of a data set, and the association must end.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  bool Fill();

  std::unique_ptr<Source> source_;
  std::vector<char> buffer_;
  std::string_view waiting_;  // bytes of buffer_ that were read and not yet written
  std::optional<Error> error_;
};

}  // namespace gateway::dicom
