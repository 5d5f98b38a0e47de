#include "operations/known_files.h"

namespace gateway::operations {

Result<bool> KnowsFile(ledger::OperatorLedger& ledger, const spool::Entry& entry) {
  switch (entry.kind) {
    case spool::Kind::instance:
      return ledger.KnowsInstanceFile(entry.key);
    case spool::Kind::message:
      return ledger.KnowsMessageFile(entry.key);
    case spool::Kind::mail:
      return ledger.KnowsMailFile(entry.key);
    case spool::Kind::derived:
      return ledger.KnowsDerivedFile(entry.key);
    case spool::Kind::document:
      break;
  }
  return ledger.KnowsDocumentFile(entry.key);
}

}  // namespace gateway::operations
