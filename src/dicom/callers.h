// Decides who may associate: the AE titles and hosts of settings.callers. A host is an address, a
// network or a name. Names are looked up at the start and then every hour; after a failure soon,
// and then ever more seldom. A name is also looked up if a caller with its title comes from an
// unknown address. A name that cannot be looked up keeps the addresses that it had last. A name
// that never had any lets nobody in, and keeps nobody else out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/ip_network.h"
#include "dicom/name_lookup.h"
#include "gateway/settings/dicom.h"
#include "gateway/time.h"

struct sockaddr;

namespace gateway::dicom {

// Says when names are looked up. Tests are less patient.
struct LookupTimes {
  Milliseconds again{3'600'000};      // after a success
  Milliseconds after_failure{5'000};  // doubled with each failure, up to ...
  Milliseconds most_after_failure{300'000};
  Milliseconds between_calls{60'000};  // at least this long between lookups because somebody called
  Milliseconds first_round{10'000};    // the constructor waits at most this long for the first lookups
};

// Thread-safe.
class Callers {
 public:
  explicit Callers(const std::vector<CallerSettings>& callers, LookUp look_up = LookUpByResolver,
                   LookupTimes times = {});
  ~Callers();
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  // `ae_title` must have no padding; an empty one is blank. `address` must be written as by
  // AddressText().
  [[nodiscard]] bool Knows(const std::string& ae_title, const std::string& address) const;
  [[nodiscard]] bool KnowsAddress(const std::string& address) const;
  // Must be called if an unknown caller came. Looks up names again that may have another address by
  // now.
  void LookAgainFor(const std::string& ae_title);
  // Returns whether all callers are on one host: they have the same host, which is no network.
  [[nodiscard]] bool AreOnOneHost() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Name {
    Addresses addresses;
    bool failing = false;
    bool looked_up = false;
    unsigned failures = 0;
    Clock::time_point due{};
  };
  struct Caller {
    CallerSettings settings;
    std::optional<IpNetwork> network;  // nullopt: settings.host is a name
  };

  [[nodiscard]] bool HasHost(const Caller& caller, const std::string& address) const;
  void Loop(const std::stop_token& stop);
  void LookUpDue(const std::stop_token& stop);
  void Note(const std::string& host, const Result<Addresses>& found);

  const LookUp look_up_;
  const LookupTimes times_;
  std::vector<Caller> callers_;
  mutable std::mutex mutex_;           // guards the three members below
  std::map<std::string, Name> names_;  // by host
  Clock::time_point last_call_lookup_{};
  bool first_round_over_ = false;
  std::condition_variable_any changed_;
  std::jthread thread_;  // there is none if there are no names
};

// Returns 192.0.2.1 or 2001:db8::1. An IPv4 address on an IPv6 socket is written as an IPv4
// address.
std::string AddressText(const sockaddr& address);

}  // namespace gateway::dicom
