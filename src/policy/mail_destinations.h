// The destinations of a mailbox are its mail server and the partners behind it. If a partner fails
// (its own server is away, busy, or hangs), the mailbox keeps away from it, and the other partners
// do not wait. Thread-safe after construction.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/partner.h"
#include "gateway/time.h"
#include "policy/destination.h"

namespace gateway {

// Whoever tries the destinations of a mailbox tells others by these calls, in its own thread. An
// empty partner stands for the mail server.
struct MailHooks {
  std::function<void(const std::string& partner, const Error& error, Time now)> away;
  // The server or partner works again, so items that wait for it are due.
  std::function<void(const std::string& partner)> back;
};

class MailDestinations {
 public:
  MailDestinations(const FailurePolicy& policy, const std::vector<PartnerSettings>& partners) : server_(policy) {
    for (const PartnerSettings& partner : partners) partners_.try_emplace(partner.name, policy);
  }

  [[nodiscard]] Destination& server() { return server_; }
  [[nodiscard]] bool Knows(const std::string& name) const { return partners_.contains(name); }
  // `name` must be a partner of the configuration.
  [[nodiscard]] Destination& partner(const std::string& name) { return partners_.at(name); }
  // Returns how many bytes one mail may have, as the server announced last (RFC 1870). 0 means no
  // limit, or not known yet.
  [[nodiscard]] std::uint64_t size_limit() const { return size_limit_; }
  void LearnSizeLimit(std::uint64_t bytes) { size_limit_ = bytes; }
  // Lets everything that waits be tried now.
  void EndBackOff() {
    (void)server_.Worked();
    for (auto& [name, partner] : partners_) (void)partner.Worked();
  }

 private:
  Destination server_;
  std::atomic<std::uint64_t> size_limit_{0};
  std::map<std::string, Destination> partners_;
};

}  // namespace gateway
