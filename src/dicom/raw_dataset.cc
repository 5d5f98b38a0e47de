#include "dicom/raw_dataset.h"

// clang-format off
#include <dcmtk/dcmdata/dcerror.h>
#include <dcmtk/dcmdata/dcostrma.h>
// clang-format on

#include <algorithm>

#include "base/error_codes.h"
#include "base/files.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kBuffer = 65'536;

// Reads a range of a file: all of it, or an error.
class WholeRange : public Source {
 public:
  WholeRange(int fd, ByteRange range) : source_(fd, range), left_(range.length) {}

  Result<std::size_t> Read(std::span<char> buffer) override {
    if (left_ == 0) return std::size_t{0};
    GATEWAY_ASSIGN(const std::size_t count, source_.Read(buffer));
    if (count == 0) return Permanent(codes::kFileError, "the file has become shorter");
    left_ -= std::min<std::uint64_t>(count, left_);
    return count;
  }

 private:
  FdSource source_;
  std::uint64_t left_;
};

}  // namespace

RawDataset::RawDataset(int fd, ByteRange range) : RawDataset(std::make_unique<WholeRange>(fd, range)) {}

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
