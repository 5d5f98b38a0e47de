#include "dicom/callers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

bool HasTitle(const CallerSettings& caller, const std::string& ae_title) {
  if (ae_title.empty()) return caller.blank_ae_title;
  return caller.any_ae_title || caller.ae_title == ae_title;
}

}  // namespace

std::string AddressText(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

Callers::Callers(const std::vector<CallerSettings>& callers, LookUp look_up, LookupTimes times)
    : look_up_(std::move(look_up)), times_(times) {
  for (const CallerSettings& caller : callers) {
    const auto network = IpNetwork::Parse(caller.host);
    callers_.push_back({caller, network});
    if (!network) names_.try_emplace(caller.host);
  }
  if (names_.empty()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
  ::pthread_setname_np(thread_.native_handle(), "dicom-callers");
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, times_.first_round, [this] { return first_round_over_; });
}

Callers::~Callers() = default;  // the thread is the last member, so it ends before the others go

bool Callers::HasHost(const Caller& caller, const std::string& address) const {
  if (caller.network) {
    const auto from = IpNetwork::Parse(address);
    return from && caller.network->Contains(*from);
  }
  const Addresses& known = names_.at(caller.settings.host).addresses;
  return std::find(known.begin(), known.end(), address) != known.end();
}

bool Callers::Knows(const std::string& ae_title, const std::string& address) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(callers_.begin(), callers_.end(), [&](const Caller& caller) {
    return HasTitle(caller.settings, ae_title) && HasHost(caller, address);
  });
}

bool Callers::KnowsAddress(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(callers_.begin(), callers_.end(), [&](const Caller& caller) { return HasHost(caller, address); });
}

bool Callers::AreOnOneHost() const {
  return std::all_of(callers_.begin(), callers_.end(), [this](const Caller& caller) {
    return LowerCase(caller.settings.host) == LowerCase(callers_.front().settings.host) &&
           (!caller.network || caller.network->IsAddress());
  });
}

void Callers::LookAgainFor(const std::string& ae_title) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (last_call_lookup_ != Clock::time_point{} && now - last_call_lookup_ < times_.between_calls) return;
  bool any = false;
  for (const Caller& caller : callers_) {
    if (caller.network || !HasTitle(caller.settings, ae_title)) continue;
    names_.at(caller.settings.host).due = now;
    any = true;
  }
  if (!any) return;
  last_call_lookup_ = now;
  changed_.notify_all();
}

void Callers::Loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    LookUpDue(stop);
    std::unique_lock lock(mutex_);
    first_round_over_ = true;
    changed_.notify_all();
    const auto next = std::min_element(names_.begin(), names_.end(), [](const auto& a, const auto& b) {
                        return a.second.due < b.second.due;
                      })->second.due;
    // LookAgainFor() may make a name due that was not.
    changed_.wait_until(lock, stop, next, [this, next] {
      return std::any_of(names_.begin(), names_.end(), [next](const auto& name) { return name.second.due < next; });
    });
  }
}

void Callers::LookUpDue(const std::stop_token& stop) {
  std::vector<std::string> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [host, name] : names_) {
      if (name.due <= Clock::now()) due.push_back(host);
    }
  }
  if (due.empty()) return;
  look_up_(
      due, [this](const std::string& host, const Result<Addresses>& found) { Note(host, found); }, stop);
}

void Callers::Note(const std::string& host, const Result<Addresses>& found) {
  const std::lock_guard lock(mutex_);
  Name& name = names_.at(host);
  const auto now = Clock::now();
  if (!found) {
    const Milliseconds doubled(times_.after_failure.count() << std::min(name.failures, 10U));
    const Milliseconds wait = std::min(doubled, times_.most_after_failure);
    ++name.failures;
    name.due = now + wait;
    // A failing name has one line in the log until it was found again.
    if (!name.failing) events::CallerUnresolved(host, found.error(), name.addresses.size());
    name.failing = true;
    return;
  }
  if (name.failing || (name.looked_up && name.addresses != *found)) {
    std::string text;
    for (const std::string& address : *found) text += (text.empty() ? "" : " ") + address;
    events::CallerResolved(host, text);
  }
  name.addresses = *found;
  name.looked_up = true;
  name.failing = false;
  name.failures = 0;
  name.due = now + times_.again;
}

}  // namespace gateway::dicom
