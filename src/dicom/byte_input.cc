#include "dicom/byte_input.h"

#include <unistd.h>

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcerror.h>
#include <dcmtk/dcmdata/dcistrma.h>
#include <dcmtk/dcmdata/dcistrmz.h>
// clang-format on

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/files.h"

namespace gateway::dicom {

Result<std::size_t> FileInput::Fill() {
  ssize_t count;
  do {
    count = ::pread(fd_, buffer_.data(), buffer_.size(), static_cast<off_t>(position_));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return ErrorFromErrno(errno, "read", "DICOM file");
  buffer_start_ = position_;
  buffer_size_ = static_cast<std::size_t>(count);
  return buffer_size_;
}

Result<std::size_t> FileInput::Read(std::span<char> buffer) {
  std::size_t done = 0;
  while (done < buffer.size() && position_ < size_) {
    if (position_ < buffer_start_ || position_ >= buffer_start_ + buffer_size_) {
      GATEWAY_ASSIGN(const std::size_t filled, Fill());
      if (filled == 0) break;
    }
    const auto from = static_cast<std::size_t>(position_ - buffer_start_);
    const std::size_t count = std::min(buffer.size() - done, buffer_size_ - from);
    std::memcpy(buffer.data() + done, buffer_.data() + from, count);
    done += count;
    position_ += count;
  }
  return done;
}

Result<bool> FileInput::Skip(std::uint64_t count) {
  if (count > size_ - std::min(position_, size_)) return false;
  position_ += count;
  return true;
}

// DCMTK's zlib filter over a FileInput.
class InflatingInput::Inflater : public DcmProducer {
 public:
  explicit Inflater(const FileInput& deflated) : deflated_(deflated) { filter.append(*this); }

  OFBool good() const override { return !error; }
  OFCondition status() const override { return error ? OFCondition(EC_EndOfStream) : OFCondition(EC_Normal); }
  OFBool eos() override { return error || deflated_.position() >= deflated_.size(); }
  offile_off_t avail() override { return static_cast<offile_off_t>(deflated_.size() - deflated_.position()); }
  offile_off_t read(void* buffer, offile_off_t size) override {
    auto count = deflated_.Read({static_cast<char*>(buffer), static_cast<std::size_t>(size)});
    if (count) return static_cast<offile_off_t>(*count);
    error = count.error();
    return 0;
  }
  // The filter neither skips nor puts back what it took.
  offile_off_t skip(offile_off_t) override { return 0; }
  void putback(offile_off_t) override {}

  DcmZLibInputFilter filter;
  std::optional<Error> error;

 private:
  FileInput deflated_;
};

InflatingInput::InflatingInput(const FileInput& deflated, std::uint64_t limit)
    : inflater_(std::make_unique<Inflater>(deflated)), limit_(limit) {}
InflatingInput::~InflatingInput() = default;

Result<std::size_t> InflatingInput::Read(std::span<char> buffer) {
  inflated_ += buffer.size();
  if (inflated_ > limit_) return Corrupt("dicom-damaged", "too large when inflated");
  std::size_t done = 0;
  while (done < buffer.size()) {
    const offile_off_t count =
        inflater_->filter.read(buffer.data() + done, static_cast<offile_off_t>(buffer.size() - done));
    if (inflater_->error) return *inflater_->error;
    if (count == 0) break;  // the end, or no deflate stream: either way nothing more comes
    done += static_cast<std::size_t>(count);
  }
  position_ += done;
  return done;
}

Result<bool> InflatingInput::Skip(std::uint64_t count) {
  std::array<char, 16384> buffer;
  while (count > 0) {
    const std::size_t part = std::min<std::uint64_t>(count, buffer.size());
    GATEWAY_ASSIGN(const std::size_t done, Read({buffer.data(), part}));
    if (done < part) return false;
    count -= part;
  }
  return true;
}

}  // namespace gateway::dicom
