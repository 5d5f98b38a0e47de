// Rejected associations in the log: whoever reaches our port can cause as many as it likes. The first of a kind is a
// line of its own, the same again is counted, and each minute a line says how often. What was quiet for a minute is
// forgotten, and then the next is a first one again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

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
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kEach{60};
  static constexpr std::size_t kKinds = 100;  // that are counted one by one
  static constexpr unsigned kTitlesOfHost = 8;

  ~RejectionLog();  // says what was not said yet

  void Note(const RejectedAssociation& rejected, Clock::time_point now = Clock::now());
  // Says how often, where a minute is over. To be called every few seconds.
  void Flush(Clock::time_point now = Clock::now());

 private:
  // host, reason, calling and called title, detail
  using Kind = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  struct Count {
    std::uint64_t unsaid = 0;
    Clock::time_point since;
  };

  [[nodiscard]] Kind KindOf(const RejectedAssociation& rejected) const;
  static void Say(const Kind& kind, std::uint64_t times);

  std::mutex mutex_;  // guards counts_
  std::map<Kind, Count> counts_;
};

}  // namespace gateway::dicom
