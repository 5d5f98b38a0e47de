// An item that waits in the quarantine until a person decides about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/priority.h"
#include "gateway/time.h"

namespace gateway::ledger {

struct QuarantineItem {
  ItemId id;
  std::string reason;  // the name of an ErrorCode
  std::string detail;  // as it came; for a conflict, the difference from the other instance
  std::string partner;
  std::string sender;  // for a mail: its sender's address, as it came
  Time since;
  std::uint64_t size = 0;
  std::vector<std::string> spool_keys;
  std::string calling_ae;  // for an instance that came by C-STORE, to route it again
  std::string called_ae;
  // For an instance that came by mail, to route it again: the id of its set, empty if it was in
  // none, and the priority that its sender gave the mail. nullopt: the mail is forgotten.
  std::optional<std::string> set;
  std::optional<Priority> mail_priority;
  // A document has the name here that its sender gave it, which may name a patient.
  std::string name;
  std::string content_type;  // for a document
};

}  // namespace gateway::ledger
