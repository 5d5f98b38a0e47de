// What was done to the files below state_dir, in order, for the model of what survives a power loss
// (power.py).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string_view>

namespace fault {

enum class Op : std::uint8_t {
  create = 'C',      // path
  mkdir = 'D',       // path
  rename = 'R',      // path, other
  unlink = 'U',      // path, other: name of its shadow
  write = 'W',       // offset, data; of the ledger's files only, the others are written once
  truncate = 'T',    // offset: new size
  sync = 'S',        // offset: journal position when it began, number: size of the file
  failed_sync = 'E'  // what was not on disk now never will be, until it is written again
};

// A record: this, then path, other, data.
struct __attribute__((packed)) RecordHead {
  Op op;
  std::uint64_t inode;
  std::uint64_t offset;
  std::uint64_t number;
  std::uint32_t path_size;
  std::uint32_t other_size;
  std::uint32_t data_size;
};

struct Record {
  Op op;
  ino_t inode = 0;
  std::uint64_t offset = 0;
  std::uint64_t number = 0;
  std::string_view path;
  std::string_view other;
  std::string_view data;
};

// Thread-safe. A record is one write(): it is whole, or the process died before it, and nobody was
// told of its effect.
class Journal {
 public:
  // `file` is appended to; "": nothing is recorded.
  void Open(const char* file);
  [[nodiscard]] bool on() const { return fd_ >= 0; }
  std::uint64_t Position();
  void Append(const Record& record);

 private:
  int fd_ = -1;
  std::mutex mutex_;  // guards position_, and the order in the file
  std::uint64_t position_ = 0;
};

}  // namespace fault
