// Records how much of a set (partner, SETID) is here.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/received_sets.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Records that a mail with this part of a set was taken. If nobody signed that, the part counts,
// but its study is noted only as claimed. The largest total that was stated counts. Parts are
// counted, and not compared with the total, because some senders number them from 0.
SetProgress RecordPart(Session& session, std::int64_t mail, const std::string& partner, const SetPart& part, Time now);

}  // namespace gateway::ledger
