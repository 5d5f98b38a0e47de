// Tells the scan for orphans which files of the spool the ledger knows.
#pragma once

#include <string>

#include "gateway/result.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// The keys are keys of the spool.
class KnownFiles {
 public:
  explicit KnownFiles(Database& database) : database_(database) {}

  Result<bool> KnowsInstanceFile(const std::string& key);
  Result<bool> KnowsMessageFile(const std::string& key);
  Result<bool> KnowsMailFile(const std::string& key);
  Result<bool> KnowsDocumentFile(const std::string& key);
  Result<bool> KnowsDerivedFile(const std::string& key);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
