#include "outbound/pacers.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/time_windows.h"
#include "mail/error_codes.h"
#include "policy/worker.h"

namespace gateway::outbound {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kPiecesInASecond = 4;
constexpr std::uint64_t kLong = 5;         // seconds
constexpr Milliseconds kLook{100};         // between two looks whether the gateway stops
constexpr std::chrono::minutes kTell{10};  // between two calls of `goes_on`

class LimitedPace : public mail::Pace {
 public:
  // `long_of` is the limit by which the mail is long; nullptr: it is not.
  LimitedPace(std::vector<Pacer*> pacers, Pacer* long_of, std::function<void()> goes_on)
      : pacers_(std::move(pacers)), long_of_(long_of), goes_on_(std::move(goes_on)), told_(SteadyClock::now()) {}
  ~LimitedPace() override {
    if (long_of_ != nullptr) long_of_->EndLong();
  }

  [[nodiscard]] std::size_t PieceOf(std::size_t bytes) const override {
    std::size_t piece = bytes;
    for (const Pacer* const pacer : pacers_) {
      const std::uint64_t rate = pacer->Rate();
      if (rate != 0) piece = std::min<std::size_t>(piece, std::max<std::uint64_t>(rate / kPiecesInASecond, 1));
    }
    return piece;
  }

  Result<Milliseconds> Wait(std::size_t bytes) override {
    const SteadyClock::time_point begin = SteadyClock::now();
    Milliseconds wait{0};
    for (Pacer* const pacer : pacers_) wait = std::max(wait, pacer->Take(bytes, begin));
    for (SteadyClock::time_point now = begin; now < begin + wait; now = SteadyClock::now()) {
      if (WorkerIsToStop()) return Transient(codes::kInterrupted);
      if (now - told_ >= kTell) {
        told_ = now;
        goes_on_();
      }
      std::this_thread::sleep_for(std::min<SteadyClock::duration>(kLook, begin + wait - now));
    }
    return wait;
  }

 private:
  const std::vector<Pacer*> pacers_;
  Pacer* const long_of_;
  const std::function<void()> goes_on_;
  SteadyClock::time_point told_;
};

}  // namespace

std::uint64_t RateAt(const LimitSettings& limits, Time now) {
  for (const LimitSettings::Hours& hours : limits.hours) {
    if (IsWithin(hours.span, now)) return hours.bulk;
  }
  return limits.bulk;
}

Milliseconds Pacer::Take(std::size_t bytes, SteadyTime now) {
  const std::uint64_t rate = Rate();
  if (rate == 0) return Milliseconds(0);
  const auto needed = std::chrono::microseconds(bytes * 1'000'000 / rate);
  const std::lock_guard lock(mutex_);
  free_at_ = std::max(free_at_, now) + needed;
  return std::chrono::ceil<Milliseconds>(free_at_ - now);
}

bool Pacer::BeginLong() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(long_, true);
}

void Pacer::EndLong() {
  const std::lock_guard lock(mutex_);
  long_ = false;
}

Pacers::Pacers(const std::vector<MailboxSettings>& mailboxes, const std::vector<PartnerSettings>& partners,
               const Clock& clock) {
  for (const MailboxSettings& mailbox : mailboxes) {
    if (mailbox.limits.IsSet()) mailboxes_.try_emplace(mailbox.name, mailbox.limits, clock);
  }
  for (const PartnerSettings& partner : partners) {
    if (!partner.limits.IsSet()) continue;
    partners_.try_emplace(partner.name, partner.limits, clock);
    concerned_.insert(partner.mailbox);
  }
}

bool Pacers::Concern(const std::string& mailbox) const {
  return mailboxes_.contains(mailbox) || concerned_.contains(mailbox);
}

Pacers::Turn Pacers::TakeTurn(const std::string& mailbox, const std::string& partner, std::uint64_t bytes,
                              std::function<void()> goes_on) {
  std::vector<Pacer*> pacers;
  if (const auto found = mailboxes_.find(mailbox); found != mailboxes_.end()) pacers.push_back(&found->second);
  Pacer* long_of = nullptr;
  if (const auto found = partners_.find(partner); found != partners_.end()) {
    Pacer& own = found->second;
    const std::uint64_t rate = own.Rate();
    if (rate != 0 && bytes / rate >= kLong) {
      if (!own.BeginLong()) return {.pace = nullptr, .busy = true};
      long_of = &own;
    }
    pacers.push_back(&own);
  }
  if (pacers.empty()) return {};
  return {std::make_unique<LimitedPace>(std::move(pacers), long_of, std::move(goes_on)), false, long_of != nullptr};
}

}  // namespace gateway::outbound
