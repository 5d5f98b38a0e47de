// Files made durable. A function here that returns success has made its effect survive a power loss where its comment
// says so. Full disk, I/O errors and missing files become Errors: ENOSPC, EIO, EROFS and a disk that
// is away are transient ("disk-full", "disk-error"), the rest permanent ("file-error"). File names in details are paths
// of the spool: no patient data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/handles.h"
#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway {

// The Error for errno `number` after `what` on `path`.
Error ErrorFromErrno(int number, std::string_view what, const std::filesystem::path& path);

// Regular files only: whatever else stands in the place of one (a FIFO, a directory, a device) is permanent
// "file-error", at once. Symbolic links are followed.
Result<UniqueFd> OpenForReading(const std::filesystem::path& path);
// Creates `path` with mode 0600; fails when it exists.
Result<UniqueFd> CreateFile(const std::filesystem::path& path);
Result<std::uint64_t> FileSize(int fd);
// Whole small files (keys, passwords, configuration), or what a person gives in place of one on the command line, such
// as a pipe. Larger than `limit` bytes: permanent "file-too-large".
Result<std::string> ReadSmallFile(const std::filesystem::path& path, std::uint64_t limit = 1 << 20);
// Writes a file with mode `mode` beside its target and renames it over it: durable when it returns.
Result<void> WriteFileDurably(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);

// The bytes of `fd` are on disk when it returns.
Result<void> SyncFile(int fd);
Result<void> SyncFile(const std::filesystem::path& path);
// The names in `directory` are on disk when it returns.
Result<void> SyncDirectory(const std::filesystem::path& directory);
// Renames within one file system and syncs both directories: durable when it returns.
Result<void> RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to);
// Missing is success. Not synced: a file that comes back after a power loss is an orphan, found by the spool's scan.
Result<void> RemoveFile(const std::filesystem::path& path);
// Creates `directory` (mode 0700) and its parents when missing.
Result<void> CreateDirectories(const std::filesystem::path& directory);

Result<void> WriteAll(int fd, std::string_view bytes);

// Reads a range of a file by pread: several may share one descriptor. Does not own it.
class FdSource : public Source {
 public:
  FdSource(int fd, ByteRange range) : fd_(fd), range_(range) {}
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  int fd_;
  ByteRange range_;
};

// Reads a whole file, or a range of it, and owns its descriptor.
class FileSource : public Source {
 public:
  static Result<FileSource> Open(const std::filesystem::path& path);
  static Result<FileSource> Open(const std::filesystem::path& path, ByteRange range);
  Result<std::size_t> Read(std::span<char> buffer) override { return source_.Read(buffer); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  FileSource(UniqueFd fd, ByteRange range) : fd_(std::move(fd)), source_(fd_.get(), range), size_(range.length) {}
  UniqueFd fd_;
  FdSource source_;
  std::uint64_t size_;
};

// Writes at the descriptor's position, through a buffer: call Flush() before the file is used. Does not own it.
class FdSink : public Sink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  Result<void> Write(std::string_view bytes) override;
  Result<void> Flush();
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  int fd_;
  std::string buffer_;
  std::uint64_t written_ = 0;
};

class StringSource : public Source {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  std::string text_;
  std::size_t position_ = 0;
};

class StringSink : public Sink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text_.append(bytes);
    return {};
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Reads until `buffer` is full or the source ends; returns how many bytes came.
Result<std::size_t> ReadFully(Source& source, std::span<char> buffer);

// Pumps `source` dry into `sink`; returns the number of bytes.
Result<std::uint64_t> Copy(Source& source, Sink& sink);

}  // namespace gateway
