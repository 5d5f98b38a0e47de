// The time windows of the outbound rules. Immutable, so any thread may use it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time_windows.h"
#include "gateway/priority.h"
#include "gateway/settings/routes.h"

namespace gateway::outbound {

class Windows {
 public:
  explicit Windows(const RouteSettings& routes);

  // Returns the opening of the rule's window that goes on, or the next one. Returns nullopt if what
  // leaves by this rule leaves at any time, as emergencies do.
  [[nodiscard]] std::optional<Opening> OpeningOf(const std::string& rule, Priority priority, Time now) const;
  // Returns when the window opens, if it is closed now.
  [[nodiscard]] std::optional<Time> WaitsUntil(const std::string& rule, Priority priority, Time now) const;

 private:
  std::map<std::string, TimeWindow> windows_;  // by rule
  std::vector<std::string> holidays_;
};

}  // namespace gateway::outbound
