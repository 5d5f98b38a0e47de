#include "operations/known_files.h"

namespace gateway::operations {

Result<bool> KnowsFile(ledger::KnownFiles& files, const spool::Entry& entry) {
  switch (entry.kind) {
    case spool::Kind::instance:
      return files.KnowsInstanceFile(entry.key);
    case spool::Kind::message:
      return files.KnowsMessageFile(entry.key);
    case spool::Kind::mail:
      return files.KnowsMailFile(entry.key);
    case spool::Kind::derived:
      return files.KnowsDerivedFile(entry.key);
    case spool::Kind::document:
      break;
  }
  return files.KnowsDocumentFile(entry.key);
}

}  // namespace gateway::operations
