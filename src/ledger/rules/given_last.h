// What a PACS was given last under a SOP Instance UID: what another delivery under that UID would replace there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/received_instance.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Locks the SOP Instance UID of the instance that a delivery is about (lock.h). Transactions that
// decide by what else has the UID then come one after the other. Call it before any row is changed.
void LockUidOf(Session& session, std::int64_t delivery);

// An instance that a PACS was given, or that is on its way there.
struct Holding {
  EarlierInstance instance;
  std::string pacs;
  bool pending = false;    // its delivery waits, or is held
  std::int64_t given = 0;  // the later, the higher; 0: it was never given
  std::int64_t decided = 0;
};

// Of all instances under this UID, from any partner.
std::vector<Holding> HoldingsOf(Session& session, const std::string& sop_instance_uid);

// Of these, the one that the PACS was given last, and of those that wait the one that was decided last, which it is to
// be given last. The one of both that was decided last stands last. Of a PACS that no delivery under this UID names, as
// of one that the configuration renamed: what any PACS was given last.
std::vector<EarlierInstance> HeldBy(const std::vector<Holding>& holdings, const std::string& pacs);

// Those that some PACS was given last, or is to be given: each once.
std::vector<std::int64_t> HeldAnywhere(const std::vector<Holding>& holdings);

// Byte for byte, or by their digests.
bool IsSame(const EarlierInstance& one, const EarlierInstance& other);

// The PACS has it from now on, or may have it.
void NoteGiven(Session& session, std::int64_t delivery);

// A person, or the one place that compares what comes, has just decided that the PACS is to have this one, whatever it
// was given before.
void NoteDecided(Session& session, std::int64_t delivery);

// A delivery beside the others of its SOP Instance UID to its PACS that have other content.
struct Standing {
  std::optional<EarlierInstance> replaced;  // what the PACS was given last, and what this one would replace there
  bool overtaken = false;                   // that one was decided after this one: without a person it replaces nothing
  bool waits = false;                       // a worker has another one in hand
};

// `together`: deliveries that one worker has claimed; it may begin with the most urgent
// of them that was decided first.
Standing StandingOf(Session& session, std::int64_t delivery, const std::vector<std::int64_t>& together, Time now);

// The delivery failed, as it was overtaken by this instance: a person decides (retry, cancel).
Error StopOvertaken(Session& session, std::int64_t delivery, const EarlierInstance& by);

// Two deliveries of one instance to one PACS become one: `to` keeps what either of them says of the PACS.
void JoinGiven(Session& session, std::int64_t from, std::int64_t to);

// The delivery goes to another PACS, and this one was given its instance all the same.
void KeepGiven(Session& session, std::int64_t delivery);

// A PACS that was renamed was given all that it had been given under its old name.
void CarryGiven(Session& session, std::int64_t instance, const std::string& from, const std::string& to);

}  // namespace gateway::ledger
