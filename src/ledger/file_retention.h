// Forgets the files of items that are done. The transaction only forgets them and returns their
// keys; the caller then removes the files. Any thread may call it.
#pragma once

#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct ForgottenFiles {
  std::vector<std::string> instances;
  std::vector<std::string> documents;
};

// Each call forgets at most `limit` files.
class FileRetention {
 public:
  explicit FileRetention(Database& database) : database_(database) {}

  // Forgets outbound instances and documents whose messages are all done since before
  // `done_before`. A message is done if its receipt came, or if it is sent and asked for none.
  Result<ForgottenFiles> ForgetSent(Time done_before, std::size_t limit);
  // Forgets received instances that are stored since before `stored_before`.
  Result<std::vector<std::string>> ForgetStored(Time stored_before, std::size_t limit);
  // Drops automatic answers that were put aside before `before`.
  Result<std::vector<std::string>> DropAutomaticAnswers(Time before, std::size_t limit, Time now);
  // Forgets changed copies of instances whose originals are forgotten, for whatever reason.
  Result<std::vector<std::string>> ForgetDerived(std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
