// Mails of people who are no partners, in the log: anybody can send thousands (telemetry/repetition_log.h).
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
  static constexpr unsigned kLines = 10;  // of a mailbox and reason, until it was quiet for a minute

  StrangerLog();

  // A mail in the name of no partner came.
  void Fetched(const std::string& mail, const std::string& mailbox, std::uint64_t bytes,
               Clock::time_point now = Clock::now());
  // A stranger's mail went to quarantine.
  void Quarantined(const std::string& mail, const std::string& mailbox, const Error& reason,
                   Clock::time_point now = Clock::now());
  // Likewise an automatic answer's, whoever sent it.
  void SetAside(const std::string& mail, const std::string& mailbox, const Error& reason,
                Clock::time_point now = Clock::now());
  // As RepetitionLog has it.
  void Flush(Clock::time_point now = Clock::now());

 private:
  RepetitionLog fetched_;
  RepetitionLog quarantined_;
};

}  // namespace gateway::inbound
