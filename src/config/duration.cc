#include "config/duration.h"

#include "config/values.h"

namespace gateway::config {

std::optional<Milliseconds> ParseDuration(std::string_view text) {
  return Duration(Milliseconds(0), std::chrono::hours(24 * 3650)).parse(text);
}

}  // namespace gateway::config
