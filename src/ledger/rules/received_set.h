// How far a set (partner, SETID) is here.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/received_sets.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// A mail with this part of a set was taken. Where nobody signed that, it is counted, and the study is noted as claimed
// only. The largest total that was
// stated counts; parts are counted, not compared with it: some number them from 0.
SetProgress RecordPart(Session& session, std::int64_t mail, const std::string& partner, const SetPart& part, Time now);

}  // namespace gateway::ledger
