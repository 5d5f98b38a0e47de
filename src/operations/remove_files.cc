#include "operations/remove_files.h"

namespace gateway::operations {

void RemoveFiles(const spool::Spool& spool, spool::Kind kind, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) (void)spool.Remove(kind, key);
}

}  // namespace gateway::operations
