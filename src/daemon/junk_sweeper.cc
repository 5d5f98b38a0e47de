#include "daemon/junk_sweeper.h"

#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

constexpr std::size_t kAtOnce = 200;
constexpr Milliseconds kBetween{10'000};
constexpr Milliseconds kAtOnceAgain{1};
constexpr Milliseconds kBetweenAlarms{3'600'000};

}  // namespace

Milliseconds JunkSweeper::Step(const std::stop_token& stop) {
  const Time now = clock_.Now();
  Tell(now);
  const Result<std::vector<std::string>> partners = junk_.Partners();
  if (!partners) {
    events::LedgerFailed("bound-junk", partners.error());
    return kBetween;
  }
  std::size_t dropped = 0;
  for (const std::string& partner : *partners) {
    if (stop.stop_requested()) break;
    dropped += Bound(partner, now);
  }
  return dropped == 0 ? kBetween : kAtOnceAgain;
}

// Tells of the first mail at once, and then of all mails of an hour together. If the clock was set
// back, this begins anew.
void JunkSweeper::Tell(Time now) {
  if (last_alarm_ && now >= *last_alarm_ && now - *last_alarm_ < kBetweenAlarms) return;
  if (now < told_) told_ = now;
  const Result<ledger::Junk::Strangers> strangers = junk_.StrangersSince(told_);
  if (!strangers) return events::LedgerFailed("count-strangers", strangers.error());
  if (strangers->since == 0) return;
  events::StrangersQuarantined(strangers->since, strangers->waiting);
  told_ = now;
  last_alarm_ = now;
}

std::size_t JunkSweeper::Bound(const std::string& partner, Time now) {
  const QuarantineLimits& limits = partner.empty() ? settings_.strangers : settings_.each_partner;
  const bool by_age = AgeIsCertain(clock_, limits.age);
  const Result<ledger::DroppedJunk> dropped = junk_.Bound(partner, limits, by_age, kAtOnce, now);
  if (!dropped) {
    events::LedgerFailed("bound-junk", dropped.error());
    return 0;
  }
  // A file that cannot be removed now is an orphan. The next start deals with it.
  for (const std::string& key : dropped->mail_keys) (void)spool_.Remove(spool::Kind::mail, key);
  if (dropped->mails > 0) events::JunkDropped(partner, dropped->mails, dropped->why);
  return dropped->mails;
}

}  // namespace gateway::daemon
