// Says on what kind of file system the state directory is. The processes of SQLite share memory for
// its write-ahead log, and our lock is a flock(). Neither works over a network file system. A file
// system in memory is lost with the power.
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

// Decides by the f_type of statfs() (statfs(2)).
FileSystemKind KindOfFileSystem(unsigned long f_type);
// Looks at the file system of `directory`, or of the nearest directory above it that exists.
// Returns `good` if the system cannot say.
FileSystemKind FileSystemOf(const std::filesystem::path& directory);
// Returns a warning in words, for logs and `check`. Empty means that there is nothing to warn of.
std::string WarningOf(const FileSystemKind& kind);
// Error: config "state-dir-on-network".
Result<void> RefuseNetwork(const std::filesystem::path& directory);

}  // namespace gateway::spool
