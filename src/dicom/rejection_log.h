// Logs rejected associations. Anybody who reaches our port can cause as many as he likes
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
  // Does the same as RepetitionLog::Flush().
  void Flush(Clock::time_point now = Clock::now()) { repetitions_.Flush(now); }

 private:
  // The source is the host. The details are calling title, called title and further words.
  RepetitionLog repetitions_;
};

}  // namespace gateway::dicom
