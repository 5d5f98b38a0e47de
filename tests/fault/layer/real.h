// The C library's functions behind those that the layer puts in their place.
#pragma once

#include <dlfcn.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/uio.h>

namespace fault {

struct RealCalls {
  int (*open)(const char*, int, ...);
  int (*openat)(int, const char*, int, ...);
  int (*close)(int);
  ssize_t (*read)(int, void*, size_t);
  ssize_t (*pread)(int, void*, size_t, off_t);
  int (*posix_spawn)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*,
                     char* const*);
  ssize_t (*write)(int, const void*, size_t);
  ssize_t (*writev)(int, const iovec*, int);
  ssize_t (*pwrite)(int, const void*, size_t, off_t);
  int (*fsync)(int);
  int (*fdatasync)(int);
  int (*ftruncate)(int, off_t);
  int (*rename)(const char*, const char*);
  int (*renameat2)(int, const char*, int, const char*, unsigned);
  int (*unlink)(const char*);
  int (*unlinkat)(int, const char*, int);
  int (*remove)(const char*);
  int (*mkdir)(const char*, mode_t);
};

template <typename Function>
void Find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

inline const RealCalls& Real() {
  static const RealCalls calls = [] {
    RealCalls found{};
    Find(found.open, "open");
    Find(found.openat, "openat");
    Find(found.close, "close");
    Find(found.read, "read");
    Find(found.pread, "pread");
    Find(found.posix_spawn, "posix_spawn");
    Find(found.write, "write");
    Find(found.writev, "writev");
    Find(found.pwrite, "pwrite");
    Find(found.fsync, "fsync");
    Find(found.fdatasync, "fdatasync");
    Find(found.ftruncate, "ftruncate");
    Find(found.rename, "rename");
    Find(found.renameat2, "renameat2");
    Find(found.unlink, "unlink");
    Find(found.unlinkat, "unlinkat");
    Find(found.remove, "remove");
    Find(found.mkdir, "mkdir");
    return found;
  }();
  return calls;
}

}  // namespace fault
