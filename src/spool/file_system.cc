#include "spool/file_system.h"

#include <sys/vfs.h>

#include <algorithm>
#include <array>

#include "spool/error_codes.h"

namespace gateway::spool {
namespace {

struct Known {
  unsigned long f_type;
  FileSystemFitness fitness;
  const char* name;
};

// The numbers are those of statfs(2) and linux/magic.h.
constexpr std::array kKnown{
    Known{0x6969, FileSystemFitness::network, "NFS"},
    Known{0xFF534D42, FileSystemFitness::network, "CIFS"},
    Known{0xFE534D42, FileSystemFitness::network, "SMB"},
    Known{0x517B, FileSystemFitness::network, "SMB"},
    Known{0x564C, FileSystemFitness::network, "NCP"},
    Known{0x5346414F, FileSystemFitness::network, "AFS"},
    Known{0x6B414653, FileSystemFitness::network, "AFS"},
    Known{0x73757245, FileSystemFitness::network, "Coda"},
    Known{0x01021994, FileSystemFitness::volatile_memory, "tmpfs"},
    Known{0x858458F6, FileSystemFitness::volatile_memory, "ramfs"},
    Known{0x65735546, FileSystemFitness::doubtful, "FUSE"},
    Known{0x01021997, FileSystemFitness::doubtful, "9P"},
    Known{0x00C36400, FileSystemFitness::doubtful, "Ceph"},
    Known{0x0BD00BD0, FileSystemFitness::doubtful, "Lustre"},
    Known{0x47504653, FileSystemFitness::doubtful, "GPFS"},
    Known{0x19830326, FileSystemFitness::doubtful, "BeeGFS"},
    Known{0x7461636F, FileSystemFitness::doubtful, "OCFS2"},
    Known{0x01161970, FileSystemFitness::doubtful, "GFS2"},
};

}  // namespace

FileSystemKind KindOfFileSystem(unsigned long f_type) {
  // The numbers have 32 bits, and some kernels hand them out with their sign.
  const auto* const found = std::find_if(
      kKnown.begin(), kKnown.end(), [f_type](const Known& known) { return known.f_type == (f_type & 0xFFFFFFFFUL); });
  if (found == kKnown.end()) return {};
  return {found->fitness, found->name};
}

FileSystemKind FileSystemOf(const std::filesystem::path& directory) {
  std::filesystem::path existing = directory;
  struct statfs status {};
  while (::statfs(existing.c_str(), &status) != 0) {
    if (!existing.has_relative_path()) return {};
    existing = existing.parent_path();
  }
  return KindOfFileSystem(static_cast<unsigned long>(status.f_type));
}

std::string WarningOf(const FileSystemKind& kind) {
  switch (kind.fitness) {
    case FileSystemFitness::volatile_memory:
      return "it is in memory (" + kind.name + "): everything in it is lost when the machine stops";
    case FileSystemFitness::doubtful:
      return "it is on " + kind.name +
             ", which may be a network file system: locks and SQLite's write-ahead log must work there as on a local "
             "disk";
    case FileSystemFitness::good:
    case FileSystemFitness::network:
      break;
  }
  return {};
}

Result<void> RefuseNetwork(const std::filesystem::path& directory) {
  const FileSystemKind kind = FileSystemOf(directory);
  if (kind.fitness != FileSystemFitness::network) return {};
  return ConfigError(codes::kStateDirOnNetwork,
                     directory.string() + " is on a network file system (" + kind.name +
                         "), where SQLite's write-ahead log and locks do not work: put it on a disk of this machine");
}

}  // namespace gateway::spool
