#include "dicom/rejection_log.h"

#include "base/events.h"

namespace gateway::dicom {

RejectionLog::~RejectionLog() {
  for (const auto& [kind, count] : counts_) {
    if (count.unsaid > 0) Say(kind, count.unsaid);
  }
}

// A caller that makes up titles, or many callers, must not make the table grow, nor the log.
RejectionLog::Kind RejectionLog::KindOf(const RejectedAssociation& rejected) const {
  Kind exact{rejected.host, rejected.reason, rejected.calling_ae, rejected.called_ae, rejected.detail};
  if (counts_.contains(exact)) return exact;
  const Kind of_host{rejected.host, rejected.reason, "", "", ""};
  if (counts_.contains(of_host)) return of_host;
  const Kind of_others{"others", rejected.reason, "", "", ""};
  unsigned titles = 0;
  for (auto known = counts_.lower_bound(of_host);
       known != counts_.end() && std::get<0>(known->first) == rejected.host &&
       std::get<1>(known->first) == rejected.reason;
       ++known) {
    ++titles;
  }
  if (counts_.size() >= kKinds) return of_others;
  return titles >= kTitlesOfHost ? of_host : exact;
}

void RejectionLog::Note(const RejectedAssociation& rejected, Clock::time_point now) {
  Flush(now);
  const std::lock_guard lock(mutex_);
  const Kind kind = KindOf(rejected);
  const auto [known, is_new] = counts_.try_emplace(kind, Count{0, now});
  const bool exact =
      kind == Kind{rejected.host, rejected.reason, rejected.calling_ae, rejected.called_ae, rejected.detail};
  if (!is_new || !exact) {
    ++known->second.unsaid;
    return;
  }
  events::AssociationRejected(rejected.calling_ae, rejected.called_ae, rejected.host, rejected.reason, rejected.detail);
}

void RejectionLog::Flush(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (auto known = counts_.begin(); known != counts_.end();) {
    Count& count = known->second;
    if (now - count.since < kEach) {
      ++known;
    } else if (count.unsaid == 0) {
      known = counts_.erase(known);
    } else {
      Say(known->first, count.unsaid);
      count = {0, now};
      ++known;
    }
  }
}

void RejectionLog::Say(const Kind& kind, std::uint64_t times) {
  const auto& [host, reason, calling_ae, called_ae, detail] = kind;
  events::AssociationsRejected(calling_ae, called_ae, host, reason, times);
}

}  // namespace gateway::dicom
