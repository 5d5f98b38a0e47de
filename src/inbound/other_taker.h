// Notices that somebody else fetches from our mailbox, for example a forgotten second gateway. Each
// of the two would have only a part of the images. If a mail disappears between our look at the
// folder and the moment when we fetch or remove it, another program took it, because a person does
// not delete within seconds. One such mail may be chance. Not thread-safe.
#pragma once

#include <chrono>
#include <deque>

namespace gateway::inbound {

class OtherTaker {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kEnough = 3;
  static constexpr std::chrono::minutes kWithin{60};

  // Notes that one more mail disappeared. Returns true if a person is to be told, at most once in
  // that time.
  bool Took(SteadyTime now) {
    times_.push_back(now);
    while (now - times_.front() > kWithin) times_.pop_front();
    if (times_.size() < kEnough || (told_ && now - told_at_ < kWithin)) return false;
    told_ = true;
    told_at_ = now;
    return true;
  }
  [[nodiscard]] std::size_t mails() const { return times_.size(); }

 private:
  std::deque<SteadyTime> times_;
  bool told_ = false;
  SteadyTime told_at_;
};

}  // namespace gateway::inbound
