#include "journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "real.h"

namespace fault {
namespace {

iovec Part(const void* data, std::size_t size) {
  return {const_cast<void*>(data), size};
}

}  // namespace

void Journal::Open(const char* file) {
  if (*file == '\0') return;
  fd_ = Real().open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    std::perror("fault layer: journal");
    std::abort();
  }
  position_ = static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t Journal::Position() {
  const std::lock_guard lock(mutex_);
  return position_;
}

void Journal::Append(const Record& record) {
  const RecordHead head{record.op,
                        record.inode,
                        record.offset,
                        record.number,
                        static_cast<std::uint32_t>(record.path.size()),
                        static_cast<std::uint32_t>(record.other.size()),
                        static_cast<std::uint32_t>(record.data.size())};
  const std::array parts{Part(&head, sizeof(head)), Part(record.path.data(), record.path.size()),
                         Part(record.other.data(), record.other.size()), Part(record.data.data(), record.data.size())};
  const std::size_t size = sizeof(head) + record.path.size() + record.other.size() + record.data.size();
  const std::lock_guard lock(mutex_);
  if (Real().writev(fd_, parts.data(), parts.size()) != static_cast<ssize_t>(size)) {
    std::perror("fault layer: journal");
    std::abort();
  }
  position_ += size;
}

}  // namespace fault
