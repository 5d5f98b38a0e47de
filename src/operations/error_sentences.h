// Says to people what the name of an error means. It knows the lists of all folders.
#pragma once

#include <string_view>

namespace gateway::operations {

// One sentence. It is empty when no list has the name: another version of the gateway may have
// written it into the ledger.
std::string_view SentenceOf(std::string_view code);

}  // namespace gateway::operations
