// Turns host names into addresses without letting the resolver hold up a stop.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "dicom/address_list.h"
#include "gateway/result.h"

namespace gateway::dicom {

using Addresses = std::vector<std::string>;  // as AddressText() writes them, each once, sorted
using Found = std::function<void(const std::string& host, const Result<Addresses>& addresses)>;

// Looks up all of `hosts` at the same time, and tells each as soon as its answer is known, until
// a stop.
using LookUp = std::function<void(const std::vector<std::string>& hosts, const Found& found, const std::stop_token&)>;

// Returns the addresses to connect to, in the order of getaddrinfo(). It waits as long as `go_on`
// returns true, and asks it often. Error: transient "host-unknown".
Result<AddressList> LookUpToConnect(const std::string& host, std::uint16_t port, const std::function<bool()>& go_on);

// Asks the system's resolver (getaddrinfo). Error for each host: transient "host-unknown", with the
// resolver's words in the detail.
void LookUpByResolver(const std::vector<std::string>& hosts, const Found& found, const std::stop_token& stop);

}  // namespace gateway::dicom
