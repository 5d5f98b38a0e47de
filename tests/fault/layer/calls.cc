// The C library's calls, as LD_PRELOAD puts them before its own: each may fail as a rule says, and
// those that change what is on disk are recorded. Files outside of state_dir are left alone.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "layer.h"
#include "real.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace fault {
namespace {

using Path = std::optional<std::string>;

struct stat StatusOf(int fd) {
  struct stat status {};
  (void)::fstat(fd, &status);
  return status;
}

ino_t InodeOf(const char* path) {
  struct stat status {};
  return ::lstat(path, &status) == 0 ? status.st_ino : 0;
}

Path Below(const char* path) {
  Layer* const layer = Layer::Get();
  return layer == nullptr ? std::nullopt : layer->Below(path);
}

Path PathOf(int fd) {
  Layer* const layer = Layer::Get();
  return layer == nullptr ? std::nullopt : layer->PathOf(fd);
}

bool Fails(Call call, const Path& path) {
  return path && Layer::Get()->Fails(call, *path);
}

bool Records(const Path& path) {
  return path && Layer::Get()->journal().on();
}

void Append(const Record& record) {
  const int kept = errno;
  Layer::Get()->journal().Append(record);
  errno = kept;
}

// SQLite asks for a file's status before it opens it, so that a file that is there was not created
// by open().
int Open(const char* name, int flags, mode_t mode) {
  const Path path = Below(name);
  if (!path) return Real().open(name, flags, mode);
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (Fails(writes ? kOpen : kOpenToRead, path)) return -1;
  const bool there = InodeOf(name) != 0;
  const int fd = Real().open(name, flags, mode);
  if (fd < 0) return fd;
  Layer::Get()->Opened(fd, *path);
  if (!there && Records(path)) Append({.op = Op::create, .inode = StatusOf(fd).st_ino, .path = *path});
  return fd;
}

ssize_t Read(int fd, const auto& real) {
  return Fails(kRead, PathOf(fd)) ? -1 : real();
}

ssize_t Write(int fd, const void* data, size_t size, std::optional<off_t> at) {
  const auto write = [&](size_t count) {
    return at ? Real().pwrite(fd, data, count, *at) : Real().write(fd, data, count);
  };
  const Path path = PathOf(fd);
  if (Fails(kWrite, path)) {
    if (size < 2 || !Layer::Get()->WritesHalf()) return -1;
    size /= 2;
  }
  if (!path) return write(size);
  const off_t offset = at ? *at : ::lseek(fd, 0, SEEK_CUR);
  const ssize_t written = write(size);
  if (written > 0) {
    Layer::Get()->RecordWrite(fd, *path, static_cast<std::uint64_t>(offset),
                              {static_cast<const char*>(data), static_cast<std::size_t>(written)});
  }
  return written;
}

int Sync(int fd, int (*real)(int)) {
  const Path path = PathOf(fd);
  if (!path) return real(fd);
  const ino_t inode = StatusOf(fd).st_ino;
  if (Fails(kSync, path)) {
    if (Records(path)) Append({.op = Op::failed_sync, .inode = inode, .path = *path});
    return -1;
  }
  if (Layer::Get()->Lies(*path)) return 0;
  const std::uint64_t begun = Records(path) ? Layer::Get()->journal().Position() : 0;
  const auto size = static_cast<std::uint64_t>(StatusOf(fd).st_size);
  // What the machine's own disk does is not what is tested, and it would cost most of the time.
  const int result = Records(path) ? 0 : real(fd);
  if (Records(path)) Append({.op = Op::sync, .inode = inode, .offset = begun, .number = size, .path = *path});
  return result;
}

int Rename(const char* from, const char* to, const auto& real) {
  const Path source = Below(from);
  const Path target = Below(to);
  if (Fails(kRename, source)) return -1;
  const ino_t inode = InodeOf(from);
  const std::string shadow = Records(target) ? Layer::Get()->Shadow(to) : std::string();
  const int result = real();
  if (result != 0 || !Records(source) || !target) return result;
  if (!shadow.empty()) Append({.op = Op::unlink, .path = *target, .other = shadow});
  Append({.op = Op::rename, .inode = inode, .path = *source, .other = *target});
  return result;
}

int Unlink(const char* name, const auto& real) {
  const Path path = Below(name);
  if (Fails(kUnlink, path)) return -1;
  const std::string shadow = Records(path) ? Layer::Get()->Shadow(name) : std::string();
  const int result = real();
  if (result == 0 && Records(path)) Append({.op = Op::unlink, .path = *path, .other = shadow});
  return result;
}

// An open worker has no environment, and so would have no layer.
int Spawn(pid_t* pid, const char* program, const posix_spawn_file_actions_t* actions,
          const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
  const char* const control = std::getenv("FAULT_CONTROL");
  const char* const library = std::getenv("LD_PRELOAD");
  std::array<std::string, 3> added{std::string("FAULT_CONTROL=") + (control == nullptr ? "" : control),
                                   std::string("LD_PRELOAD=") + (library == nullptr ? "" : library),
                                   std::string(kInWorker) + "=1"};
  std::vector<char*> all;
  for (char* const* variable = environment; *variable != nullptr; ++variable) all.push_back(*variable);
  if (Layer::Get() != nullptr) {
    for (std::string& variable : added) all.push_back(variable.data());
  }
  all.push_back(nullptr);
  return Real().posix_spawn(pid, program, actions, attributes, arguments, all.data());
}

__attribute__((constructor)) void SetUp() {
  Layer::SetUp();
}

}  // namespace
}  // namespace fault

EXPORT void gateway_durable_point(const char* name) {
  if (fault::Layer* const layer = fault::Layer::Get(); layer != nullptr) layer->Pass(name);
}

EXPORT int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return fault::Open(name, flags, mode);
}

EXPORT int open64(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return fault::Open(name, flags, mode);
}

EXPORT int __open_2(const char* name, int flags) {
  return fault::Open(name, flags, 0);
}

EXPORT int __open64_2(const char* name, int flags) {
  return fault::Open(name, flags, 0);
}

EXPORT int close(int fd) {
  if (fault::Layer* const layer = fault::Layer::Get(); layer != nullptr) layer->Closed(fd);
  return fault::Real().close(fd);
}

EXPORT ssize_t read(int fd, void* buffer, size_t size) {
  return fault::Read(fd, [&] { return fault::Real().read(fd, buffer, size); });
}

EXPORT ssize_t __read_chk(int fd, void* buffer, size_t size, size_t /*room*/) {
  return read(fd, buffer, size);
}

EXPORT ssize_t pread(int fd, void* buffer, size_t size, off_t offset) {
  return fault::Read(fd, [&] { return fault::Real().pread(fd, buffer, size, offset); });
}

EXPORT ssize_t pread64(int fd, void* buffer, size_t size, off64_t offset) {
  return pread(fd, buffer, size, offset);
}

EXPORT ssize_t __pread_chk(int fd, void* buffer, size_t size, off_t offset, size_t /*room*/) {
  return pread(fd, buffer, size, offset);
}

EXPORT ssize_t __pread64_chk(int fd, void* buffer, size_t size, off64_t offset, size_t /*room*/) {
  return pread(fd, buffer, size, offset);
}

EXPORT int posix_spawn(pid_t* pid, const char* program, const posix_spawn_file_actions_t* actions,
                       const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
  return fault::Spawn(pid, program, actions, attributes, arguments, environment);
}

EXPORT ssize_t write(int fd, const void* data, size_t size) {
  return fault::Write(fd, data, size, std::nullopt);
}

EXPORT ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return fault::Write(fd, data, size, offset);
}

EXPORT ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return fault::Write(fd, data, size, offset);
}

EXPORT int fsync(int fd) {
  return fault::Sync(fd, fault::Real().fsync);
}

EXPORT int fdatasync(int fd) {
  return fault::Sync(fd, fault::Real().fdatasync);
}

EXPORT int ftruncate(int fd, off_t size) {
  const fault::Path path = fault::PathOf(fd);
  if (fault::Fails(fault::kTruncate, path)) return -1;
  const int result = fault::Real().ftruncate(fd, size);
  if (result == 0 && fault::Records(path)) {
    fault::Append({.op = fault::Op::truncate,
                   .inode = fault::StatusOf(fd).st_ino,
                   .offset = static_cast<std::uint64_t>(size),
                   .path = *path});
  }
  return result;
}

EXPORT int ftruncate64(int fd, off64_t size) {
  return ftruncate(fd, size);
}

EXPORT int rename(const char* from, const char* to) {
  return fault::Rename(from, to, [&] { return fault::Real().rename(from, to); });
}

EXPORT int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
  return fault::Rename(from, to,
                       [&] { return fault::Real().renameat2(from_directory, from, to_directory, to, flags); });
}

EXPORT int unlink(const char* name) {
  return fault::Unlink(name, [&] { return fault::Real().unlink(name); });
}

EXPORT int unlinkat(int directory, const char* name, int flags) {
  return fault::Unlink(name, [&] { return fault::Real().unlinkat(directory, name, flags); });
}

EXPORT int remove(const char* name) {
  return fault::Unlink(name, [&] { return fault::Real().remove(name); });
}

EXPORT int mkdir(const char* name, mode_t mode) {
  const fault::Path path = fault::Below(name);
  if (fault::Fails(fault::kMkdir, path)) return -1;
  const int result = fault::Real().mkdir(name, mode);
  if (result == 0 && fault::Records(path)) {
    fault::Append({.op = fault::Op::mkdir, .inode = fault::InodeOf(name), .path = *path});
  }
  return result;
}
