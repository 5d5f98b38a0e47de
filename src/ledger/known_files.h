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

  Result<bool> HasInstance(const std::string& key);
  Result<bool> HasMessage(const std::string& key);
  Result<bool> HasMail(const std::string& key);
  Result<bool> HasDocument(const std::string& key);
  Result<bool> HasDerived(const std::string& key);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
