#include "outbound/windows.h"

namespace gateway::outbound {
namespace {

// A window may open on a holiday of a year that nobody has named yet. It is looked at again then.
constexpr std::chrono::hours kYear{24 * 365};

}  // namespace

Windows::Windows(const RouteSettings& routes) : holidays_(routes.holidays) {
  for (const OutboundRuleSettings& rule : routes.outbound) {
    if (rule.window) windows_.emplace(rule.name, *rule.window);
  }
}

std::optional<Opening> Windows::OpeningOf(const std::string& rule, Priority priority, Time now) const {
  const auto window = windows_.find(rule);
  if (window == windows_.end() || priority == Priority::emergency) return std::nullopt;
  const std::optional<Opening> opening = NextOpening(window->second, holidays_, now);
  return opening ? opening : Opening{now + kYear, now + kYear};
}

std::optional<Time> Windows::WaitsUntil(const std::string& rule, Priority priority, Time now) const {
  const std::optional<Opening> opening = OpeningOf(rule, priority, now);
  return opening && opening->from > now ? std::optional(opening->from) : std::nullopt;
}

}  // namespace gateway::outbound
