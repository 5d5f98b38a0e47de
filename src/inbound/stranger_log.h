// Logs mails of people who are not partners. Anybody can send thousands of them, so it counts
// repetitions (telemetry/repetition_log.h).
#pragma once

#include <cstdint>
#include <string>

#include "gateway/result.h"
#include "telemetry/repetition_log.h"

namespace gateway::inbound {

// Thread-safe.
class StrangerLog {
 public:
  using Clock = RepetitionLog::Clock;
  static constexpr unsigned kLines = 10;  // for each mailbox and reason, until it was quiet for a minute

  StrangerLog();

  // Notes that a mail came in no partner's name.
  void Fetched(const std::string& mail, const std::string& mailbox, std::uint64_t bytes,
               Clock::time_point now = Clock::now());
  // Notes that a stranger's mail went to quarantine.
  void Quarantined(const std::string& mail, const std::string& mailbox, const Error& reason,
                   Clock::time_point now = Clock::now());
  // Notes the same for an automatic answer, whoever sent it.
  void SetAside(const std::string& mail, const std::string& mailbox, const Error& reason,
                Clock::time_point now = Clock::now());
  // See RepetitionLog::Flush().
  void Flush(Clock::time_point now = Clock::now());

 private:
  RepetitionLog fetched_;
  RepetitionLog quarantined_;
};

}  // namespace gateway::inbound
