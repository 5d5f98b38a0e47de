#include "base/files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/error_codes.h"

namespace gateway {
namespace {

constexpr std::size_t kBufferSize = 262144;
// Larger writes bypass the buffer, because copying the bytes costs more than a system call.
constexpr std::size_t kWorthACall = 32768;
constexpr int kLongestWaitForWriter = 2000;  // milliseconds
constexpr int kPollForWriter = 20;           // milliseconds

Result<UniqueFd> OpenFile(const std::filesystem::path& path, int flags, unsigned mode = 0) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrorFromErrno(errno, "open", path);
  return UniqueFd(fd);
}

Result<struct stat> StatusOf(int fd) {
  struct stat status {};
  // glibc's fstat() is a call that takes paths as well, which the open worker's sandbox refuses.
  if (::syscall(SYS_fstat, fd, &status) != 0) return ErrorFromErrno(errno, "stat", "file");
  return status;
}

Result<bool> IsRegular(int fd) {
  GATEWAY_ASSIGN(const struct stat status, StatusOf(fd));
  return S_ISREG(status.st_mode);
}

}  // namespace

Error ErrorFromErrno(int number, std::string_view what, const std::filesystem::path& path) {
  std::string detail = std::string(what) + " " + path.string() + ": " + std::generic_category().message(number);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return Transient(codes::kDiskFull, std::move(detail));
    case EIO:
    case EROFS:   // file systems are mounted read-only after an error
    case ENODEV:  // the disk, or the server of a network file system, is away
    case ENXIO:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case ESTALE:
    case EREMOTEIO:
      return Transient(codes::kDiskError, std::move(detail));
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Transient(codes::kOutOfResources, std::move(detail));
    default:
      return Permanent(codes::kFileError, std::move(detail));
  }
}

Result<UniqueFd> OpenForReading(const std::filesystem::path& path) {
  // Without O_NONBLOCK, a FIFO in the place of the file would keep the thread until somebody writes
  // to it.
  GATEWAY_ASSIGN(UniqueFd fd, OpenFile(path, O_RDONLY | O_NONBLOCK));
  GATEWAY_ASSIGN(const bool regular, IsRegular(fd.get()));
  if (!regular) return Permanent(codes::kFileError, "open " + path.string() + ": it is no regular file");
  return fd;
}

Result<UniqueFd> CreateFile(const std::filesystem::path& path) {
  return OpenFile(path, O_RDWR | O_CREAT | O_EXCL, 0600);
}

Result<std::uint64_t> FileSize(int fd) {
  GATEWAY_ASSIGN(const struct stat status, StatusOf(fd));
  return static_cast<std::uint64_t>(status.st_size);
}

namespace {

// Reads from a pipe that was opened with O_NONBLOCK. A writer may take its time, because a person
// may be typing a passphrase. A pipe that nobody opens for writing ends the wait soon.
Result<std::size_t> ReadFromPipe(int fd, const std::filesystem::path& path, std::span<char> buffer, bool begun) {
  for (int waited = 0;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0 || (count == 0 && begun)) return static_cast<std::size_t>(count);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return ErrorFromErrno(errno, "read", path);
    const bool has_writer = count < 0;
    if (!has_writer && waited >= kLongestWaitForWriter) {
      return Permanent(codes::kFileError, "read " + path.string() + ": nobody writes to this pipe");
    }
    pollfd waits{fd, POLLIN, 0};
    (void)::poll(&waits, 1, has_writer ? -1 : kPollForWriter);
    if (has_writer) {
      begun = true;
    } else {
      ::usleep(kPollForWriter * 1000);
      waited += kPollForWriter;
    }
  }
}

}  // namespace

Result<std::string> ReadSmallFile(const std::filesystem::path& path, std::uint64_t limit) {
  // Without O_NONBLOCK, a FIFO that nobody writes to would keep the caller for ever.
  GATEWAY_ASSIGN(UniqueFd fd, OpenFile(path, O_RDONLY | O_NONBLOCK));
  GATEWAY_ASSIGN(const struct stat status, StatusOf(fd.get()));
  const bool pipe = S_ISFIFO(status.st_mode);
  if (!pipe && !S_ISREG(status.st_mode)) {
    return Permanent(codes::kFileError, "open " + path.string() + ": it is no regular file");
  }
  std::string content;
  std::array<char, 16384> buffer{};
  while (true) {
    std::size_t count = 0;
    if (pipe) {
      GATEWAY_ASSIGN(count, ReadFromPipe(fd.get(), path, buffer, !content.empty()));
    } else {
      const ssize_t read = ::read(fd.get(), buffer.data(), buffer.size());
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return ErrorFromErrno(errno, "read", path);
      count = static_cast<std::size_t>(read);
    }
    if (count == 0) return content;
    content.append(buffer.data(), count);
    if (content.size() > limit) return Permanent(codes::kFileTooLarge, path.string());
  }
}

Result<void> WriteFileDurably(const std::filesystem::path& path, std::string_view content, unsigned mode) {
  std::filesystem::path temporary = path;
  temporary += ".new";
  // A crash may have left such a file behind.
  GATEWAY_TRY(RemoveFile(temporary));
  GATEWAY_ASSIGN(UniqueFd fd, OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode));
  GATEWAY_TRY(WriteAll(fd.get(), content));
  GATEWAY_TRY(SyncFile(fd.get()));
  return RenameDurably(temporary, path);
}

Result<void> SyncFile(int fd) {
  if (::fsync(fd) != 0) return ErrorFromErrno(errno, "fsync", "file");
  return {};
}

Result<void> SyncFile(const std::filesystem::path& path) {
  GATEWAY_ASSIGN(UniqueFd fd, OpenForReading(path));
  return SyncFile(fd.get());
}

Result<void> SyncDirectory(const std::filesystem::path& directory) {
  // The parent of a bare file name is empty. It stands for the working directory.
  GATEWAY_ASSIGN(UniqueFd fd, OpenFile(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return ErrorFromErrno(errno, "fsync", directory);
  return {};
}

Result<void> RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return ErrorFromErrno(errno, "rename", from);
  GATEWAY_TRY(SyncDirectory(to.parent_path()));
  if (from.parent_path() == to.parent_path()) return {};
  return SyncDirectory(from.parent_path());
}

Result<void> RemoveFile(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return ErrorFromErrno(errno, "unlink", path);
  return {};
}

Result<void> CreateDirectories(const std::filesystem::path& directory) {
  if (directory.empty() || ::mkdir(directory.c_str(), 0700) == 0) return {};
  if (errno == EEXIST) return {};
  if (errno != ENOENT || !directory.has_relative_path()) return ErrorFromErrno(errno, "mkdir", directory);
  GATEWAY_TRY(CreateDirectories(directory.parent_path()));
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return ErrorFromErrno(errno, "mkdir", directory);
  return {};
}

Result<void> WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrorFromErrno(errno, "write", "file");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::size_t> FdSource::Read(std::span<char> buffer) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), range_.length));
  if (wanted == 0) return std::size_t{0};
  ssize_t count;
  do {
    count = ::pread(fd_, buffer.data(), wanted, static_cast<off_t>(range_.offset));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return ErrorFromErrno(errno, "read", "file");
  // A file that was cut off meanwhile must not look like one that ends here.
  if (count == 0) return Permanent(codes::kFileError, "the file is shorter than it was");
  range_.offset += static_cast<std::uint64_t>(count);
  range_.length -= static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

Result<FileSource> FileSource::Open(const std::filesystem::path& path) {
  GATEWAY_ASSIGN(UniqueFd fd, OpenForReading(path));
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd.get()));
  return FileSource(std::move(fd), {0, size});
}

Result<FileSource> FileSource::Open(const std::filesystem::path& path, ByteRange range) {
  GATEWAY_ASSIGN(UniqueFd fd, OpenForReading(path));
  return FileSource(std::move(fd), range);
}

Result<void> FdSink::Write(std::string_view bytes) {
  written_ += bytes.size();
  if (buffer_.size() + bytes.size() < kBufferSize && bytes.size() < kWorthACall) {
    buffer_.append(bytes);
    return {};
  }
  GATEWAY_TRY(Flush());
  if (bytes.size() >= kWorthACall) return WriteAll(fd_, bytes);
  buffer_.append(bytes);
  return {};
}

Result<void> FdSink::Flush() {
  GATEWAY_TRY(WriteAll(fd_, buffer_));
  buffer_.clear();
  return {};
}

Result<std::size_t> StringSource::Read(std::span<char> buffer) {
  const std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

Result<std::size_t> ReadFully(Source& source, std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    GATEWAY_ASSIGN(const std::size_t count, source.Read(buffer.subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

Result<std::uint64_t> Copy(Source& source, Sink& sink) {
  // Most of what is copied is smaller than the buffer. Setting the buffer to zero first would cost
  // another copy.
  const auto buffer = std::make_unique_for_overwrite<char[]>(kBufferSize);
  std::uint64_t total = 0;
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, source.Read({buffer.get(), kBufferSize}));
    if (count == 0) return total;
    GATEWAY_TRY(sink.Write({buffer.get(), count}));
    total += count;
  }
}

}  // namespace gateway
