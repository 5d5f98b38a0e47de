// Counts what became of the instances that a person wants to have stored once more.
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace gateway::ledger {

struct Redelivered {
  std::size_t instances = 0;   // the instances that the item holds
  std::size_t deliveries = 0;  // the deliveries that wait again
  std::size_t under_way = 0;   // the deliveries that were waiting already
  std::size_t gone = 0;        // instances whose file is gone, because its retention time is over
  std::size_t undecided = 0;   // instances that are in quarantine or dropped
  std::size_t nowhere = 0;     // instances that no PACS of the configuration had
  // Deliveries that were left out because the PACS was given another content of that SOP Instance
  // UID since. For a mail, a set or a study, each PACS gets the content once more that it was given
  // last.
  std::size_t superseded = 0;
  std::size_t replacing = 0;             // deliveries of the one instance that replace such a content
  std::set<std::string> not_configured;  // the PACS that had some of them and are not in the configuration
};

}  // namespace gateway::ledger
