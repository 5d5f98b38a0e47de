// What is in the state directory and should not be as it is, for `verify`. Reads only; beside a running daemon too.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/result.h"

namespace gateway::spool {

struct Oddity {
  std::string code;  // "file-mode", "file-owner", "file-foreign", "work-left"
  std::filesystem::path path;
  std::string detail;
};

// Everything below `state_dir`: files that others may read, or that belong to somebody else than the directory does,
// files whose names are none of ours. `expect_work`: a daemon or a command is at work, whose files in spool/work are no
// oddity. At most 1000.
Result<std::vector<Oddity>> FindOddities(const std::filesystem::path& state_dir, bool expect_work);

}  // namespace gateway::spool
