// Finds files in the state directory that should not be there or should not be as they are, for
// `verify`. It only reads, and may run beside a daemon.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/disagreement_kind.h"
#include "gateway/result.h"

namespace gateway::spool {

struct Oddity {
  DisagreementKind kind{};  // file_mode, file_owner, file_foreign, work_left or node_id
  std::filesystem::path path;
  unsigned mode = 0;       // with file_mode: the permissions
  std::string error = {};  // with node_id: why the file cannot be read
};

// Looks at everything below `state_dir`. It tells of files that others may use, files whose owner
// is not that of the directory, and files with names that the gateway does not give. `expect_work`
// means that a daemon or a command is at work, so that its files in spool/work are in order.
// Returns at most 1000.
Result<std::vector<Oddity>> FindOddities(const std::filesystem::path& state_dir, bool expect_work);

}  // namespace gateway::spool
