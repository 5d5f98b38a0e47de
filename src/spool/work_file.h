// A file in spool/work that is removed unless it was kept.
#pragma once

#include <filesystem>

#include "base/files.h"
#include "spool/spool.h"

namespace gateway::spool {

// This object only names the file, and the writer of the file creates it. Keep() renames the file
// away, and then there is nothing left to remove.
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
