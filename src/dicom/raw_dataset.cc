#include "dicom/raw_dataset.h"

// clang-format off
#include <dcmtk/dcmdata/dcerror.h>
#include <dcmtk/dcmdata/dcostrma.h>
// clang-format on

#include <algorithm>

#include "base/files.h"

namespace gateway::dicom {

OFBool RawDataset::isEmpty(OFBool /*normalize*/) {
  return position_ >= end_;
}

OFBool RawDataset::canWriteXfer(E_TransferSyntax /*new_syntax*/, E_TransferSyntax /*old_syntax*/) {
  return OFTrue;
}

// Fills `out`, which holds one PDV, and returns EC_StreamNotifyClient until the last byte is in it. DCMTK appends the
// byte that makes an odd data set even.
OFCondition RawDataset::write(DcmOutputStream& out, E_TransferSyntax /*syntax*/, E_EncodingType /*encoding*/,
                              DcmWriteCache* /*cache*/, E_GrpLenEncoding /*group_lengths*/,
                              E_PaddingEncoding /*padding*/, Uint32 /*padding_length*/, Uint32 /*item_padding_length*/,
                              Uint32 /*instance_length*/) {
  while (position_ < end_) {
    const auto room = static_cast<std::uint64_t>(out.avail());
    if (room == 0) return EC_StreamNotifyClient;
    const std::uint64_t wanted = std::min(room, end_ - position_);
    buffer_.resize(wanted);
    FdSource source(fd_, {position_, wanted});
    const auto count = source.Read(buffer_);
    if (!count || *count == 0) {
      error_ = count ? Permanent("file-error", "the file has become shorter") : count.error();
      return EC_EndOfStream;  // any failure: error() says which
    }
    out.write(buffer_.data(), static_cast<offile_off_t>(*count));
    position_ += *count;
  }
  return EC_Normal;
}

}  // namespace gateway::dicom
