// Makes files durable. If the comment of a function says so, its effect survives a power loss once
// it has returned success. A full disk, I/O errors and missing files become Errors. ENOSPC, EIO,
// EROFS and a disk that is away are transient ("disk-full", "disk-error"), and so is a lack of
// memory or descriptors ("out-of-resources"). All others are permanent ("file-error"). Details may
// contain the file's path. The names of spool files contain no patient data.
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

// Makes the Error for errno `number`, which the operation `what` on `path` left.
Error ErrorFromErrno(int number, std::string_view what, const std::filesystem::path& path);

// Opens regular files only. Anything else in the place of a file (a FIFO, a directory, a device)
// gives permanent "file-error" at once. Symbolic links are followed.
Result<UniqueFd> OpenForReading(const std::filesystem::path& path);
// Creates `path` with mode 0600. Fails if it exists.
Result<UniqueFd> CreateFile(const std::filesystem::path& path);
Result<std::uint64_t> FileSize(int fd);
// Reads a small file as a whole, such as a key, a password or a configuration. A person may also
// give a pipe on the command line. Errors: permanent "file-too-large" if there are more than
// `limit` bytes, "file-error" for a directory, a device or a socket, and for a pipe that nobody
// opens for writing within two seconds.
Result<std::string> ReadSmallFile(const std::filesystem::path& path, std::uint64_t limit = 1 << 20);
// Writes a file with mode `mode` beside its target and renames it over the target. The content is
// durable when the function returns.
Result<void> WriteFileDurably(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);

// When it returns, the bytes of the file are on disk.
Result<void> SyncFile(int fd);
Result<void> SyncFile(const std::filesystem::path& path);
// When it returns, the names in `directory` are on disk.
Result<void> SyncDirectory(const std::filesystem::path& directory);
// Renames within one file system and syncs both directories. The new name is durable when the
// function returns.
Result<void> RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to);
// Succeeds if the file is missing. It does not sync: a file that comes back after a power loss is
// an orphan, which the scan of the spool finds.
Result<void> RemoveFile(const std::filesystem::path& path);
// Creates `directory` (mode 0700) and its parents if they are missing.
Result<void> CreateDirectories(const std::filesystem::path& directory);

Result<void> WriteAll(int fd, std::string_view bytes);

// Reads a range of a file by pread, so that several sources may share one descriptor. It does not
// own the descriptor.
class FdSource : public Source {
 public:
  FdSource(int fd, ByteRange range) : fd_(fd), range_(range) {}
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  int fd_;
  ByteRange range_;
};

// Reads a whole file, or a range of it. It owns the descriptor.
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

// Writes at the descriptor's position, through a buffer. The caller must call Flush() before
// anybody uses the file. It does not own the descriptor.
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

// Reads until `buffer` is full or the source ends. Returns how many bytes came.
Result<std::size_t> ReadFully(Source& source, std::span<char> buffer);

// Reads `source` to its end and writes all of it into `sink`. Returns the number of bytes.
Result<std::uint64_t> Copy(Source& source, Sink& sink);

}  // namespace gateway
