#include "dicom/unpadded.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/error_codes.h"
#include "base/files.h"
#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/wholeness.h"

namespace gateway::dicom {
namespace {

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

// Deflates what an input holds (PS3.5 section A.5).
class Deflated : public Source {
 public:
  explicit Deflated(std::unique_ptr<ByteInput> input) : input_(std::move(input)) {
    constexpr int kMemoryLevel = 8;  // zlib's default
    // The stream gets no zlib header.
    ready_ = ::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, kMemoryLevel,
                            Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflated() override { (void)::deflateEnd(&stream_); }
  Deflated(const Deflated&) = delete;
  Deflated& operator=(const Deflated&) = delete;

  Result<std::size_t> Read(std::span<char> buffer) override {
    if (!ready_) return Transient(codes::kOutOfResources, "memory");
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    while (stream_.avail_out == buffer.size() && !ended_) {
      if (stream_.avail_in == 0 && !all_taken_) GATEWAY_TRY(Fill());
      ended_ = ::deflate(&stream_, all_taken_ ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
    }
    return buffer.size() - stream_.avail_out;
  }

 private:
  Result<void> Fill() {
    GATEWAY_ASSIGN(const std::size_t count, input_->Read(taken_));
    stream_.next_in = reinterpret_cast<Bytef*>(taken_.data());
    stream_.avail_in = static_cast<uInt>(count);
    all_taken_ = count < taken_.size();
    return {};
  }

  std::unique_ptr<ByteInput> input_;
  std::array<char, 16384> taken_{};
  z_stream stream_{};
  bool ready_ = false;
  bool all_taken_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> OpenWholeRange(int fd, ByteRange range) {
  return std::make_unique<WholeRange>(fd, range);
}

Result<std::unique_ptr<Source>> OpenUnpadded(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  const FileInput dataset(fd, offset, size);
  const auto up_to = [&](std::uint64_t end) { return OpenWholeRange(fd, {offset, std::min(end, size) - offset}); };
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(dataset, transfer_syntax_uid));
  GATEWAY_ASSIGN(const std::uint64_t end, ContentEnd(dataset, transfer_syntax_uid));
  if (!encoding.deflated) return up_to(end);
  InflatingInput inflating(dataset, kMostInflated);
  if (const Result<void> whole = inflating.ReadToEnd(); !whole) {
    // Nothing in a damaged data set is known to be padding.
    return whole.error().fault == Fault::corrupt ? Result(up_to(size)) : whole.error();
  }
  if (inflating.position() <= end) return up_to(inflating.stream_end());
  GATEWAY_ASSIGN(Content content, OpenContent(dataset, transfer_syntax_uid));
  return std::unique_ptr<Source>(std::make_unique<Deflated>(std::move(content.input)));
}

}  // namespace gateway::dicom
