// Which mail is opened when: that nobody holds up others by mails that are dear to open, or by calling them urgent.
// Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/inbound_ledger.h"

namespace gateway::inbound {

class OpeningOrder {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Anybody can write "urgent" and a partner's address. It is believed where of the partner's last mails more carried
  // its good signature than not.
  bool IsUrgencyBelieved(const std::string& partner);
  // A mail in this partner's name was dear to open. Such mails seldom come alone: for some minutes its others are put
  // back sooner.
  void NoteSlow(const std::string& partner);
  // The part of the usual time, one through this number, that a mail in the partner's name gets before it is put back.
  unsigned QuickShare(const std::string& partner);
  // What became of a mail in a partner's name.
  void Note(const std::string& partner, bool signed_well);
  // Of those before the start, the latest first.
  void NoteBefore(const std::vector<ledger::MailOutcome>& outcomes);

  // The slow lane has one worker: SlowLane.
  bool EnterSlowLane();
  void LeaveSlowLane();
  // It has waited long enough to go before others.
  bool IsSlowLaneDue();

 private:
  std::mutex mutex_;                                  // guards the rest
  std::map<std::string, std::deque<bool>> outcomes_;  // by partner, the latest last
  std::map<std::string, SteadyTime> slow_;            // by partner: when one was put back last
  bool slow_lane_taken_ = false;
  SteadyTime slow_lane_left_ = std::chrono::steady_clock::now();
};

// Of one worker, which leaves the lane with it.
class SlowLane {
 public:
  explicit SlowLane(OpeningOrder& order) : order_(order) {}
  ~SlowLane() { Leave(); }
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;
  // False: another is in it.
  bool Enter() { return entered_ = order_.EnterSlowLane(); }
  void Leave() {
    if (entered_) order_.LeaveSlowLane();
    entered_ = false;
  }

 private:
  OpeningOrder& order_;
  bool entered_ = false;
};

}  // namespace gateway::inbound
