#include "dicom/edit/deflater.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error_codes.h"

namespace gateway::dicom {

class DeflatingSink::Deflater {
 public:
  explicit Deflater(Sink& sink) : sink_(sink) {
    constexpr int kMemory = 8;  // zlib's default
    // Without a zlib header: PS3.5 section A.5.
    ready_ =
        ::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, kMemory, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() { (void)::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  Result<void> Take(std::string_view bytes, int flush) {
    if (!ready_) return Transient(codes::kOutOfResources, "memory");
    do {
      const std::string_view piece = bytes.substr(0, std::size_t{1} << 30);
      bytes.remove_prefix(piece.size());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib does not write there
      stream_.avail_in = static_cast<uInt>(piece.size());
      GATEWAY_TRY(Run(bytes.empty() ? flush : Z_NO_FLUSH));
    } while (!bytes.empty());
    return {};
  }
  Result<void> PadToEven() { return written_ % 2 == 0 ? Result<void>() : sink_.Write(std::string_view("\0", 1)); }

 private:
  Result<void> Run(int flush) {
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      (void)::deflate(&stream_, flush);
      const std::size_t count = buffer_.size() - stream_.avail_out;
      written_ += count;
      if (count > 0) GATEWAY_TRY(sink_.Write({buffer_.data(), count}));
    } while (stream_.avail_out == 0);
    return {};
  }

  Sink& sink_;
  z_stream stream_{};
  bool ready_ = false;
  std::uint64_t written_ = 0;
  std::array<char, 65536> buffer_{};
};

DeflatingSink::DeflatingSink(Sink& sink) : deflater_(std::make_unique<Deflater>(sink)) {}
DeflatingSink::~DeflatingSink() = default;

Result<void> DeflatingSink::Write(std::string_view bytes) {
  return bytes.empty() ? Result<void>() : deflater_->Take(bytes, Z_NO_FLUSH);
}

Result<void> DeflatingSink::Finish() {
  GATEWAY_TRY(deflater_->Take({}, Z_FINISH));
  return deflater_->PadToEven();
}

}  // namespace gateway::dicom
