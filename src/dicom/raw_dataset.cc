#include "dicom/raw_dataset.h"

// clang-format off
#include <dcmtk/dcmdata/dcerror.h>
#include <dcmtk/dcmdata/dcostrma.h>
// clang-format on

#include <algorithm>

namespace gateway::dicom {
namespace {

constexpr std::size_t kBuffer = 65'536;

}  // namespace

OFBool RawDataset::isEmpty(OFBool /*normalize*/) {
  return waiting_.empty() && !Fill() && !error_;
}

OFBool RawDataset::canWriteXfer(E_TransferSyntax /*new_syntax*/, E_TransferSyntax /*old_syntax*/) {
  return OFTrue;
}

// Returns false if nothing more comes, because of the end or an error.
bool RawDataset::Fill() {
  if (error_) return false;
  buffer_.resize(kBuffer);
  const auto count = source_->Read(buffer_);
  if (!count) error_ = count.error();
  waiting_ = {buffer_.data(), count ? *count : 0};
  return !waiting_.empty();
}

// Fills `out`, which holds one PDV. It returns EC_StreamNotifyClient until the last byte is in it.
// DCMTK appends the byte that makes an odd data set even.
OFCondition RawDataset::write(DcmOutputStream& out, E_TransferSyntax /*syntax*/, E_EncodingType /*encoding*/,
                              DcmWriteCache* /*cache*/, E_GrpLenEncoding /*group_lengths*/,
                              E_PaddingEncoding /*padding*/, Uint32 /*padding_length*/, Uint32 /*item_padding_length*/,
                              Uint32 /*instance_length*/) {
  while (!waiting_.empty() || Fill()) {
    const auto room = static_cast<std::size_t>(out.avail());
    if (room == 0) return EC_StreamNotifyClient;
    const std::size_t count = std::min(room, waiting_.size());
    out.write(waiting_.data(), static_cast<offile_off_t>(count));
    waiting_.remove_prefix(count);
  }
  // DCMTK needs any failure; error() says which one it was.
  return error_ ? OFCondition(EC_EndOfStream) : OFCondition(EC_Normal);
}

}  // namespace gateway::dicom
