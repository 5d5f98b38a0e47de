#include "dicom/callers.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "dicom/address_list.h"

namespace gateway::dicom {
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

Result<Callers> Callers::Resolve(const std::vector<CallerSettings>& callers) {
  Callers resolved;
  for (const CallerSettings& caller : callers) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(caller.host.c_str(), nullptr, &hints, &found);
    const AddressList list(found);
    if (failure != 0) return ConfigError("caller-host-unknown", caller.host + ": " + ::gai_strerror(failure));
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
      const std::string address = AddressText(*entry->ai_addr);
      resolved.titles_and_addresses_.emplace(caller.ae_title, address);
      resolved.addresses_.insert(address);
    }
  }
  return resolved;
}

bool Callers::Knows(const std::string& ae_title, const std::string& address) const {
  return titles_and_addresses_.contains({ae_title, address});
}

bool Callers::KnowsAddress(const std::string& address) const {
  return addresses_.contains(address);
}

}  // namespace gateway::dicom
