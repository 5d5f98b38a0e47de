#include "operations/known_files.h"

namespace gateway::operations {

Result<bool> KnowsFile(ledger::KnownFiles& files, const spool::Entry& entry) {
  switch (entry.kind) {
    case spool::Kind::instance:
      return files.HasInstance(entry.key);
    case spool::Kind::message:
      return files.HasMessage(entry.key);
    case spool::Kind::mail:
      return files.HasMail(entry.key);
    case spool::Kind::derived:
      return files.HasDerived(entry.key);
    case spool::Kind::document:
      break;
  }
  return files.HasDocument(entry.key);
}

}  // namespace gateway::operations
