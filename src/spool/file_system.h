// What kind of file system the state directory lies on. SQLite's log (WAL) is shared memory of its processes, and our
// lock is a flock(): neither works over a network file system, and what is in memory is lost with the power.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"

namespace gateway::spool {

enum class FileSystemFitness { good, volatile_memory, doubtful, network };

struct FileSystemKind {
  FileSystemFitness fitness = FileSystemFitness::good;
  std::string name;  // for people: "NFS"
};

// By statfs()'s f_type (statfs(2)).
FileSystemKind KindOfFileSystem(unsigned long f_type);
// Of `directory`, or of the nearest one above it that exists. good, where it cannot be asked.
FileSystemKind FileSystemOf(const std::filesystem::path& directory);
// In words, for logs and `check`; empty: nothing is to be said.
std::string WarningOf(const FileSystemKind& kind);
// config "state-dir-on-network".
Result<void> RefuseNetwork(const std::filesystem::path& directory);

}  // namespace gateway::spool
