// A file in spool/work that goes when it was not kept.
#pragma once

#include <filesystem>

#include "base/files.h"
#include "spool/spool.h"

namespace gateway::spool {

// Names the file; whoever writes it creates it. Keep() renames it away, and then nothing is left to remove.
class WorkFile {
 public:
  explicit WorkFile(const Spool& spool) : path_(spool.NewWorkFile()) {}
  WorkFile(const WorkFile&) = delete;
  WorkFile& operator=(const WorkFile&) = delete;
  ~WorkFile() { (void)RemoveFile(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

}  // namespace gateway::spool
