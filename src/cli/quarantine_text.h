// The wording of `quarantine`: what it tells about an item that waits for a person.
#pragma once

#include <string>

#include "ledger/document_link.h"
#include "ledger/quarantine_item.h"

namespace gateway::cli {

// Returns why the item waits, besides the code of the reason.
std::string DetailOf(const ledger::QuarantineItem& item);
// Returns why it is certain which study a document belongs to, or that it is not certain.
std::string WordsOf(const ledger::StudyOfDocument& study);

}  // namespace gateway::cli
