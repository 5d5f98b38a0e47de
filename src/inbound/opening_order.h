// Decides which mail is opened when, so that nobody delays others by mails that are expensive to
// open, or by calling mails urgent. Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/open_queue.h"

namespace gateway::inbound {

class OpeningOrder {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Anybody can write "urgent" and a partner's address. It is believed if more than half of the
  // partner's last mails had its good signature.
  bool IsUrgencyBelieved(const std::string& partner);
  // Notes that a mail in this partner's name was expensive to open. Such mails seldom come alone.
  // For some minutes, other mails in its name are put back sooner.
  void NoteSlow(const std::string& partner);
  // Returns n: a mail in the partner's name gets 1/n of the usual time before it is put back.
  unsigned QuickShare(const std::string& partner);
  // Notes what became of a mail in a partner's name.
  void Note(const std::string& partner, bool signed_well);
  // Notes the same for mails from before the start, the latest first.
  void NoteBefore(const std::vector<ledger::MailOutcome>& outcomes);

  // The slow lane has one worker, see SlowLane.
  bool EnterSlowLane();
  void LeaveSlowLane();
  // Returns whether the slow lane has waited long enough to go before others.
  bool IsSlowLaneDue();

 private:
  std::mutex mutex_;                                  // guards the rest
  std::map<std::string, std::deque<bool>> outcomes_;  // by partner, the latest last
  std::map<std::string, SteadyTime> slow_;            // by partner: when one was put back last
  bool slow_lane_taken_ = false;
  SteadyTime slow_lane_left_ = std::chrono::steady_clock::now();
};

// Belongs to one worker, which leaves the lane when this object ends.
class SlowLane {
 public:
  explicit SlowLane(OpeningOrder& order) : order_(order) {}
  ~SlowLane() { Leave(); }
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;
  // Returns false if another worker is in the lane.
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
