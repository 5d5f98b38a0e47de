// Reads `transcode` of an outbound rule.
#include "config/rule_readers.h"

namespace gateway::config {

void ReadTranscode(Section& section, Coding& coding) {
  std::vector<std::pair<std::string, Coding>> names;
  for (const CodingName& known : kCodingNames) {
    // Nobody would send more than there is. A partner that needs it has its own `transfer_syntax`.
    if (known.coding != Coding::uncompressed) names.emplace_back(std::string(known.name), known.coding);
  }
  section.Read("transcode", coding, OneOf<Coding>(std::move(names)));
}

}  // namespace gateway::config
