// Makes mails leave no faster than the limits of their partner and their mailbox say, counted in
// bytes of the mails. All connections of a mailbox share one limit, and so do all mails to a
// partner. Nobody asks it about emergencies, so they pass.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/settings/limits.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "gateway/time.h"
#include "mail/pace.h"

namespace gateway::outbound {

// Returns the bytes per second that may leave at this time of day. 0 means any number.
std::uint64_t RateAt(const LimitSettings& limits, Time now);

// One limit. Thread-safe.
class Pacer {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Pacer(LimitSettings limits, const Clock& clock) : limits_(std::move(limits)), clock_(clock) {}

  [[nodiscard]] std::uint64_t Rate() const { return RateAt(limits_, clock_.Now()); }
  // Takes the time that `bytes` need, behind what others have taken. Returns how long it is from
  // `now` until this time is over.
  Milliseconds Take(std::size_t bytes, SteadyTime now);
  // Only one mail that needs long is on its way at any time, so that the others leave connections
  // to other partners. Returns false if there is one. EndLong() must follow after true.
  bool BeginLong();
  void EndLong();

 private:
  const LimitSettings limits_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  SteadyTime free_at_{};
  bool long_ = false;
};

// The limits of a configuration. Thread-safe after construction. The clock must outlive it, and it
// must outlive the paces.
class Pacers {
 public:
  // Says how a mail may leave. `pace` nullptr: as fast as it can. `busy`: not now, because a mail
  // to the same partner is on its way that needs long. `is_long`: this is such a mail.
  struct Turn {
    std::unique_ptr<mail::Pace> pace;
    bool busy = false;
    bool is_long = false;
  };

  Pacers(const std::vector<MailboxSettings>& mailboxes, const std::vector<PartnerSettings>& partners,
         const Clock& clock);

  // Returns whether anything that leaves by the mailbox is limited.
  [[nodiscard]] bool Concern(const std::string& mailbox) const;
  // `bytes` is the size of the mail. `goes_on` is called now and then while the mail waits.
  Turn TakeTurn(const std::string& mailbox, const std::string& partner, std::uint64_t bytes,
                std::function<void()> goes_on);

 private:
  std::map<std::string, Pacer> mailboxes_;
  std::map<std::string, Pacer> partners_;
  std::set<std::string> concerned_;  // mailboxes of partners with limits
};

}  // namespace gateway::outbound
