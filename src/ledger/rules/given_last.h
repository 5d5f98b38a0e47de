// What a PACS was given last under a SOP Instance UID: what another delivery under that UID would replace there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/inbound_ledger.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// An instance that a PACS was given, or that is on its way there.
struct Holding {
  EarlierInstance instance;
  std::string pacs;
  bool pending = false;    // its delivery waits, or is held
  std::int64_t given = 0;  // the later, the higher; 0: it was never given
};

// Of all instances under this UID, from any partner.
std::vector<Holding> HoldingsOf(Session& session, const std::string& sop_instance_uid);

// Of these, the one that the PACS was given last, and the one that it is to be given last of those that wait. Of a PACS
// that no delivery under this UID names, as of one that the configuration renamed: what any PACS was given last.
std::vector<EarlierInstance> HeldBy(const std::vector<Holding>& holdings, const std::string& pacs);

// Those that some PACS was given last, or is to be given: each once.
std::vector<std::int64_t> HeldAnywhere(const std::vector<Holding>& holdings);

// The PACS has it from now on, or may have it.
void NoteGiven(Session& session, std::int64_t delivery);

}  // namespace gateway::ledger
