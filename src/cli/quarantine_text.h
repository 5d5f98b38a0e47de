// The wording of `quarantine`: what it tells about an item that waits for a person.
#pragma once

#include <string>

#include "ledger/document_link.h"
#include "ledger/quarantine_ledger.h"

namespace gateway::cli {

// Why it waits, besides the code of the reason.
std::string DetailOf(const ledger::QuarantineItem& item);
// Why it is certain which study a document belongs to, or that it is not.
std::string WordsOf(const ledger::StudyOfDocument& study);

}  // namespace gateway::cli
