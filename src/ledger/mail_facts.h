// The facts about a mail that are known once its header has been read.
#pragma once

#include <optional>
#include <string>

#include "gateway/telemedicine_set.h"

namespace gateway::ledger {

// Any of these may be empty.
struct MailFacts {
  std::string sender;   // address
  std::string partner;  // the partner that has this address
  std::string message_id;
  std::string signer;  // fingerprint of the key of a valid signature
  std::optional<TelemedicineSet> set;
};

}  // namespace gateway::ledger
