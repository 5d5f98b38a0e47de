// Reads the bytes of a file or of a deflated data set forward, in bounded memory. Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "gateway/result.h"

namespace gateway::dicom {

class ByteInput {
 public:
  virtual ~ByteInput() = default;
  // Fills `buffer`. It returns fewer bytes than asked for only at the end.
  virtual Result<std::size_t> Read(std::span<char> buffer) = 0;
  // Returns false if the input ends before `count` more bytes.
  virtual Result<bool> Skip(std::uint64_t count) = 0;
  // Returns another reader of the next bytes, for callers that must look ahead. Returns null if
  // these bytes come only once.
  [[nodiscard]] virtual std::unique_ptr<ByteInput> Ahead() const { return nullptr; }
};

// Reads by pread, so it neither uses nor moves the descriptor's position. It does not own the
// descriptor.
class FileInput : public ByteInput {
 public:
  FileInput(int fd, std::uint64_t offset, std::uint64_t file_size) : fd_(fd), position_(offset), size_(file_size) {}
  Result<std::size_t> Read(std::span<char> buffer) override;
  Result<bool> Skip(std::uint64_t count) override;
  [[nodiscard]] std::unique_ptr<ByteInput> Ahead() const override { return std::make_unique<FileInput>(*this); }
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  void Seek(std::uint64_t position) { position_ = position; }
  // Reads as if the file ended at `end`, if it does not end before.
  void EndAt(std::uint64_t end) { size_ = end < size_ ? end : size_; }
  // Returns a reader of the next bytes that ends at `end`, or where this one ends.
  [[nodiscard]] FileInput Until(std::uint64_t end) const {
    FileInput part = *this;
    part.size_ = std::min(size_, end);
    return part;
  }

 private:
  Result<std::size_t> Fill();

  int fd_;
  std::uint64_t position_;
  std::uint64_t size_;
  std::array<char, 4096> buffer_{};
  std::uint64_t buffer_start_ = 0;  // file offset of buffer_[0]
  std::size_t buffer_size_ = 0;
};

// No data set is as large as this when it is inflated.
inline constexpr std::uint64_t kMostInflated = std::uint64_t{1} << 30;

// Inflates a deflated data set (PS3.5 section A.5). Error: corrupt "dicom-damaged" after `limit`
// bytes. No header is as large as kLimit, and a deflate bomb must not keep the CPU busy.
class InflatingInput : public ByteInput {
 public:
  static constexpr std::uint64_t kLimit = 64 << 20;

  explicit InflatingInput(const FileInput& deflated, std::uint64_t limit = kLimit);
  ~InflatingInput() override;
  Result<std::size_t> Read(std::span<char> buffer) override;
  Result<bool> Skip(std::uint64_t count) override;
  // Returns the position in the inflated data set.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  // Reads the rest. Error: corrupt "dicom-damaged" if the stream was cut, because it does not say
  // that it ends here, or if something besides padding stands behind it.
  Result<void> ReadToEnd();
  // Must follow a ReadToEnd() that worked. Returns where the stream, with its trailer if it has
  // one, ends in the file.
  [[nodiscard]] std::uint64_t stream_end() const;

 private:
  class Inflater;
  std::unique_ptr<Inflater> inflater_;
  const std::uint64_t limit_;
  std::uint64_t inflated_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace gateway::dicom
