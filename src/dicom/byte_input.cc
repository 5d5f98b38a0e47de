#include "dicom/byte_input.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error_codes.h"
#include "base/files.h"
#include "dicom/error_codes.h"
#include "dicom/padding.h"

namespace gateway::dicom {

namespace {

// Reads once, at `position`. Returns how many bytes came.
Result<std::size_t> ReadAt(int fd, std::uint64_t position, std::span<char> buffer) {
  ssize_t count;
  do {
    count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(position));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return ErrorFromErrno(errno, "read", "DICOM file");
  return static_cast<std::size_t>(count);
}

}  // namespace

Result<std::size_t> FileInput::Fill() {
  GATEWAY_ASSIGN(buffer_size_, ReadAt(fd_, position_, buffer_));
  buffer_start_ = position_;
  return buffer_size_;
}

Result<std::size_t> FileInput::Read(std::span<char> buffer) {
  std::size_t done = 0;
  while (done < buffer.size() && position_ < size_) {
    if (position_ < buffer_start_ || position_ >= buffer_start_ + buffer_size_) {
      const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size() - done, size_ - position_);
      if (wanted >= buffer_.size()) {  // pixels, which need not pass through the buffer
        GATEWAY_ASSIGN(const std::size_t count, ReadAt(fd_, position_, buffer.subspan(done, wanted)));
        if (count == 0) break;
        done += count;
        position_ += count;
        continue;
      }
      GATEWAY_ASSIGN(const std::size_t filled, Fill());
      if (filled == 0) break;
    }
    const auto from = static_cast<std::size_t>(position_ - buffer_start_);
    const std::size_t there = std::min<std::uint64_t>(buffer_size_ - from, size_ - position_);
    const std::size_t count = std::min(buffer.size() - done, there);
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

// Runs zlib over a FileInput. DCMTK's own filter does not tell the end of the stream from the end
// of the file, so it takes a stream that was cut for a complete one.
class InflatingInput::Inflater {
 public:
  explicit Inflater(const FileInput& deflated) : deflated_(deflated) {
    // The stream has no zlib header (PS3.5 section A.5).
    ready_ = ::inflateInit2(&stream_, -MAX_WBITS) == Z_OK;
  }
  ~Inflater() { (void)::inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Does the same as InflatingInput::Read().
  Result<std::size_t> Read(std::span<char> buffer) {
    if (!ready_) return Transient(codes::kOutOfResources, "memory");
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    while (stream_.avail_out > 0 && !over_) {
      if (stream_.avail_in == 0) GATEWAY_TRY(Fill());
      const int state = ::inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_MEM_ERROR) return Transient(codes::kOutOfResources, "memory");
      ended_ = state == Z_STREAM_END;
      over_ = state != Z_OK;  // Z_BUF_ERROR means that nothing more is there
    }
    const std::size_t count = buffer.size() - stream_.avail_out;
    sum_ = ::adler32(sum_, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(count));
    return count;
  }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::uint64_t stream_end() const { return stream_end_; }

  // Must follow Read() of everything. Returns whether only padding is behind the stream. Some
  // writers leave the trailer of a gzip or zlib stream there.
  Result<bool> IsPaddedOnly() {
    deflated_.Seek(deflated_.position() - stream_.avail_in);
    GATEWAY_ASSIGN(const std::size_t trailer, TrailerSize());
    stream_end_ = deflated_.position() + trailer;
    deflated_.Seek(stream_end_);
    while (true) {
      GATEWAY_ASSIGN(const std::size_t count, deflated_.Read(taken_));
      if (std::string_view(taken_.data(), count).find_first_not_of(kFillers) != std::string_view::npos) return false;
      if (count < taken_.size()) return true;
    }
  }

 private:
  // A trailer of zlib is a checksum. One of gzip ends with the size.
  Result<std::size_t> TrailerSize() const {
    std::array<unsigned char, 8> bytes{};
    FileInput ahead = deflated_;
    GATEWAY_TRY(ahead.Read({reinterpret_cast<char*>(bytes.data()), bytes.size()}));
    const auto is = [&bytes](std::size_t from, std::uint64_t number, std::array<unsigned, 4> shifts) {
      for (std::size_t i = 0; i < shifts.size(); ++i) {
        if (bytes[from + i] != (number >> shifts[i] & 0xFF)) return false;
      }
      return true;
    };
    if (is(4, stream_.total_out, {0, 8, 16, 24})) return bytes.size();
    return is(0, sum_, {24, 16, 8, 0}) ? sizeof(std::uint32_t) : 0;
  }

  Result<void> Fill() {
    GATEWAY_ASSIGN(const std::size_t count, deflated_.Read(taken_));
    stream_.next_in = reinterpret_cast<Bytef*>(taken_.data());
    stream_.avail_in = static_cast<uInt>(count);
    return {};
  }

  FileInput deflated_;
  std::array<char, 16384> taken_{};
  z_stream stream_{};
  uLong sum_ = 1;                 // Adler-32 of what was inflated, as a trailer of zlib has it
  std::uint64_t stream_end_ = 0;  // known since IsPaddedOnly()
  bool ready_ = false;
  bool over_ = false;   // nothing more comes
  bool ended_ = false;  // the stream itself says so
};

InflatingInput::InflatingInput(const FileInput& deflated, std::uint64_t limit)
    : inflater_(std::make_unique<Inflater>(deflated)), limit_(limit) {}
InflatingInput::~InflatingInput() = default;

Result<std::size_t> InflatingInput::Read(std::span<char> buffer) {
  inflated_ += buffer.size();
  if (inflated_ > limit_) return Corrupt(codes::kDicomDamaged, "too large when inflated");
  GATEWAY_ASSIGN(const std::size_t done, inflater_->Read(buffer));
  position_ += done;
  return done;
}

Result<void> InflatingInput::ReadToEnd() {
  std::array<char, 16384> buffer;
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, Read(buffer));
    if (count < buffer.size()) break;
  }
  if (!inflater_->ended()) return Corrupt(codes::kDicomDamaged, "the file ends within its deflated data set");
  GATEWAY_ASSIGN(const bool padded_only, inflater_->IsPaddedOnly());
  if (!padded_only) return Corrupt(codes::kDicomDamaged, "something follows its deflated data set");
  return {};
}

std::uint64_t InflatingInput::stream_end() const {
  return inflater_->stream_end();
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
