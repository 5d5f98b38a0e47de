// Knows what a PACS was given last under a SOP Instance UID. Another delivery under that UID would
// replace this content there.
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

// An instance that a PACS was given, or that is on its way to the PACS.
struct PacsContent {
  EarlierInstance instance;
  std::string pacs;
  bool pending = false;    // its delivery waits or is held
  std::int64_t given = 0;  // the highest number was given last; 0 if it was never given
  std::int64_t decided = 0;
};

// Returns these for all instances under this UID, from any partner.
std::vector<PacsContent> PacsContentsOf(Session& session, const std::string& sop_instance_uid);

// Returns the instance that the PACS was given last. Of the waiting ones it also returns the one
// that was decided last, which the PACS is to be given last. Of the two, the one that was decided
// last stands last. If no delivery under this UID names the PACS, as after a change of its name in
// the configuration, the PACS may have what any other one has. Then this is what each of them was
// given last, or is to be given.
std::vector<EarlierInstance> ContentOf(const std::vector<PacsContent>& contents, const std::string& pacs);

// Returns the instances that some PACS was given last, or is to be given, each of them once.
std::vector<std::int64_t> ContentOfAny(const std::vector<PacsContent>& contents);

// Compares the instances byte for byte, or by their digests.
bool IsSame(const EarlierInstance& one, const EarlierInstance& other);

// Notes that the PACS has the instance from now on, or may have it.
void NoteGiven(Session& session, std::int64_t delivery);

// Notes that the PACS may have the instance, although it has not said so. Whatever puts a delivery
// in doubt calls this, so that the PACS counts as having been given it.
void NoteDoubt(Session& session, std::int64_t delivery);

// Does the same if a worker has the delivery in hand, or had it and was not heard of since. Call it
// before the claim is voided, because the worker may store the instance all the same.
void NoteDoubtIfInHand(Session& session, std::int64_t delivery);

// Notes the doubt about other deliveries to the PACS of this one that have the same SOP Instance
// UID, and whose claims ended by themselves. The worker of such a claim stored the instance, if at
// all, before the PACS is given anything else. Call it before a worker gets the delivery in hand.
// `together` are the deliveries that were claimed just now.
void NoteEndedClaims(Session& session, std::int64_t delivery, const std::vector<std::int64_t>& together, Time now);

// Notes that somebody has just decided that the PACS is to have this instance, whatever it was
// given before. This is a person, or the one place that compares what comes.
void NoteDecided(Session& session, std::int64_t delivery);

// Compares a delivery with the others to its PACS that have the same SOP Instance UID and other
// content.
struct Standing {
  // The PACS was given this last, and the delivery would replace it.
  std::optional<EarlierInstance> replaced;
  bool overtaken = false;  // that one was decided later, so only a person may replace it
  bool waits = false;      // a worker has another one in hand
};

// `together` names the deliveries that one worker has claimed. The worker may begin with the most
// urgent of them that was decided first.
Standing StandingOf(Session& session, std::int64_t delivery, const std::vector<std::int64_t>& together, Time now);

// Records that the delivery failed, because this instance has overtaken it. A person then decides
// (retry, cancel).
Error StopOvertaken(Session& session, std::int64_t delivery, const EarlierInstance& by);

// Joins two deliveries of one instance to one PACS. `to` keeps what either of them says about the
// PACS.
void JoinGiven(Session& session, std::int64_t from, std::int64_t to);

// Call this when the delivery goes to another PACS. Its former PACS was given the instance all the
// same.
void KeepGiven(Session& session, std::int64_t delivery);

// Call this when a PACS was renamed. All that it was given under its old name, it was given under
// its new name.
void CarryGiven(Session& session, std::int64_t instance, const std::string& from, const std::string& to);

// Tells what one call of CarryNextGiven() did.
struct CarriedGiven {
  std::size_t instances = 0;
  std::optional<std::int64_t> last;  // the last of them; none: there are no more
};

// Does the same for the next 200 instances with a number above `after`, whatever their UIDs. A PACS
// may have been given hundreds of thousands, and C-STORE must not wait for all of them.
CarriedGiven CarryNextGiven(Session& session, const std::string& from, const std::string& to, std::int64_t after);

}  // namespace gateway::ledger
