// Rejected associations in the log: whoever reaches our port can cause as many as it likes
// (telemetry/repetition_log.h).
#pragma once

#include <string>

#include "telemetry/repetition_log.h"

namespace gateway::dicom {

struct RejectedAssociation {
  std::string calling_ae;
  std::string called_ae;
  std::string host;
  std::string reason;
  std::string detail;
};

// Thread-safe.
class RejectionLog {
 public:
  using Clock = RepetitionLog::Clock;

  RejectionLog();

  void Note(const RejectedAssociation& rejected, Clock::time_point now = Clock::now());
  // As RepetitionLog has it.
  void Flush(Clock::time_point now = Clock::now()) { repetitions_.Flush(now); }

 private:
  RepetitionLog repetitions_;  // of a host, with its reason; details: calling and called title, and more words
};

}  // namespace gateway::dicom
