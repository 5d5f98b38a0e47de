#include "inbound/opening_order.h"

#include <algorithm>

namespace gateway::inbound {
namespace {

constexpr std::size_t kRemembered = 10;
constexpr std::chrono::seconds kSlowLaneWaits{10};
constexpr std::chrono::minutes kSlowIsRemembered{10};
// This leaves ten times what a mail with an ordinary image needs.
constexpr unsigned kShareAfterSlow = 8;

}  // namespace

bool OpeningOrder::IsUrgencyBelieved(const std::string& partner) {
  const std::lock_guard lock(mutex_);
  const auto found = outcomes_.find(partner);
  if (found == outcomes_.end()) return false;
  const auto good = std::count(found->second.begin(), found->second.end(), true);
  return 2 * static_cast<std::size_t>(good) > found->second.size();
}

void OpeningOrder::Note(const std::string& partner, bool signed_well) {
  const std::lock_guard lock(mutex_);
  std::deque<bool>& outcomes = outcomes_[partner];
  outcomes.push_back(signed_well);
  if (outcomes.size() > kRemembered) outcomes.pop_front();
}

void OpeningOrder::NoteSlow(const std::string& partner) {
  const std::lock_guard lock(mutex_);
  slow_[partner] = std::chrono::steady_clock::now();
}

unsigned OpeningOrder::QuickShare(const std::string& partner) {
  const std::lock_guard lock(mutex_);
  const auto found = slow_.find(partner);
  const bool lately = found != slow_.end() && std::chrono::steady_clock::now() - found->second < kSlowIsRemembered;
  return lately ? kShareAfterSlow : 1;
}

void OpeningOrder::NoteBefore(const std::vector<ledger::MailOutcome>& outcomes) {
  const std::lock_guard lock(mutex_);
  for (const ledger::MailOutcome& outcome : outcomes) {
    std::deque<bool>& of_partner = outcomes_[outcome.partner];
    if (of_partner.size() < kRemembered) of_partner.push_front(outcome.signed_well);
  }
}

bool OpeningOrder::EnterSlowLane() {
  const std::lock_guard lock(mutex_);
  if (slow_lane_taken_) return false;
  slow_lane_taken_ = true;
  return true;
}

void OpeningOrder::LeaveSlowLane() {
  const std::lock_guard lock(mutex_);
  slow_lane_taken_ = false;
  slow_lane_left_ = std::chrono::steady_clock::now();
}

bool OpeningOrder::IsSlowLaneDue() {
  const std::lock_guard lock(mutex_);
  return !slow_lane_taken_ && std::chrono::steady_clock::now() - slow_lane_left_ > kSlowLaneWaits;
}

}  // namespace gateway::inbound
