#include "daemon/key_watch.h"

#include <chrono>

#include "base/time_text.h"
#include "policy/error_codes.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

constexpr Milliseconds kBetween{60'000};
constexpr std::chrono::hours kDay{24};
constexpr auto kNotice = 30 * kDay;

void Tell(const KeyExpiry& key, Time now) {
  if (key.until <= now) {
    events::KeyUnusable(key.whose, ConfigError(codes::kKeyNotUsable, "it expired at " + FormatTime(key.until)));
  } else {
    events::KeyExpires(key.whose, FormatTime(key.until), (key.until - now) / kDay);
  }
}

}  // namespace

KeyWatch::KeyWatch(const std::vector<KeyExpiry>& keys, const Clock& clock) : clock_(clock) {
  for (const KeyExpiry& key : keys) keys_.push_back({key, false, std::nullopt});
}

Milliseconds KeyWatch::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  for (Watched& watched : keys_) {
    const bool over = watched.key.until <= now;
    if (watched.key.until - now > kNotice) continue;
    // Somebody may have set the clock back.
    const bool today = watched.told && *watched.told <= now && now - *watched.told < kDay;
    if (today && over == watched.over) continue;
    Tell(watched.key, now);
    watched.told = now;
    watched.over = over;
  }
  return kBetween;
}

}  // namespace gateway::daemon
