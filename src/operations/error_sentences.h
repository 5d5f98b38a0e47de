// Explains the name of an error to people. It knows the lists of all folders.
#pragma once

#include <string_view>

namespace gateway::operations {

// Returns one sentence. It is empty if no list has the name, because another version of the gateway
// may have written it into the ledger.
std::string_view SentenceOf(std::string_view code);

}  // namespace gateway::operations
