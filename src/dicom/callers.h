// Who may associate: the AE titles and addresses of settings.callers.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings.h"

struct sockaddr;

namespace gateway::dicom {

// Immutable once made: may be asked by several threads.
class Callers {
 public:
  // Looks up the names: config "caller-host-unknown".
  static Result<Callers> Resolve(const std::vector<CallerSettings>& callers);
  [[nodiscard]] bool Knows(const std::string& ae_title, const std::string& address) const;
  [[nodiscard]] bool KnowsAddress(const std::string& address) const;
  [[nodiscard]] std::size_t CountAddresses() const { return addresses_.size(); }

 private:
  std::set<std::pair<std::string, std::string>> titles_and_addresses_;
  std::set<std::string> addresses_;
};

// As text: 192.0.2.1 or 2001:db8::1. IPv4 addresses on an IPv6 socket are IPv4 addresses.
std::string AddressText(const sockaddr& address);

}  // namespace gateway::dicom
