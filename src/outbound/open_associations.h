// Knows which studies associations bring that are still open. Memory is enough: when the gateway
// starts, no association is open. All association threads and the closer call it at the same time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "gateway/time.h"

namespace gateway::outbound {

class OpenAssociations {
 public:
  // Must be called before an instance of the study is recorded.
  void Note(std::uint64_t association, const std::string& study_instance_uid);
  void End(std::uint64_t association, Time now);

  [[nodiscard]] bool Bring(const std::string& study_instance_uid) const;
  // Returns when the last association that brought the study ended, if that was within a day.
  [[nodiscard]] std::optional<Time> EndedFor(const std::string& study_instance_uid) const;

 private:
  mutable std::mutex mutex_;  // guards all that follows
  std::map<std::uint64_t, std::set<std::string>> studies_;
  std::map<std::string, std::size_t> open_;  // how many associations bring the study
  std::map<std::string, Time> ended_;
};

}  // namespace gateway::outbound
