#include "ledger/store/integrity.h"

#include "ledger/store/sqlite/dialect.h"

namespace gateway::ledger {

std::vector<std::string> DamagedPages(Session& session, std::size_t limit) {
  return dialect::DamagedPages(session, limit);
}

std::vector<BrokenReference> BrokenReferences(Session& session) {
  return dialect::BrokenReferences(session);
}

}  // namespace gateway::ledger
