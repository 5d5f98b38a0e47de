#include "telemetry/repetition_log.h"

namespace gateway {

RepetitionLog::~RepetitionLog() {
  for (const auto& [kind, count] : counts_) {
    if (count.unsaid > 0) say_(kind, count.unsaid);
  }
}

// Somebody who makes up details, or comes from many sources, must let neither the table nor the log
// grow.
RepetitionLog::Kind RepetitionLog::KnownKind(const Kind& kind) const {
  if (counts_.contains(kind)) return kind;
  const Kind of_source{kind.source, kind.what, {}};
  if (counts_.contains(of_source)) return of_source;
  unsigned detailed = 0;
  for (auto known = counts_.lower_bound(of_source);
       known != counts_.end() && known->first.source == kind.source && known->first.what == kind.what; ++known) {
    ++detailed;
  }
  if (counts_.size() >= kKinds) return {std::string(kOthers), kind.what, {}};
  return detailed >= kDetailed ? of_source : kind;
}

bool RepetitionLog::Note(const Kind& kind, Clock::time_point now) {
  Flush(now);
  const std::lock_guard lock(mutex_);
  const Kind known = KnownKind(kind);
  Count& count = counts_.try_emplace(known, Count{0, 0, now}).first->second;
  if (known == kind && count.lines < lines_) {
    ++count.lines;
    return true;
  }
  ++count.unsaid;
  return false;
}

void RepetitionLog::Flush(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (auto known = counts_.begin(); known != counts_.end();) {
    Count& count = known->second;
    if (now - count.since < kEach) {
      ++known;
    } else if (count.unsaid == 0) {
      known = counts_.erase(known);
    } else {
      say_(known->first, count.unsaid);
      count.unsaid = 0;
      count.since = now;
      ++known;
    }
  }
}

}  // namespace gateway
