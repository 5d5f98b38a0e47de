// Host names to addresses, without the resolver holding up a stop.
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

// Looks up all of `hosts` at the same time, and tells each as soon as it is known, until a stop.
using LookUp = std::function<void(const std::vector<std::string>& hosts, const Found& found, const std::stop_token&)>;

// Whom to connect to, in the order of getaddrinfo(): as long as `go_on` says so, which is asked often. transient
// "host-unknown".
Result<AddressList> LookUpToConnect(const std::string& host, std::uint16_t port, const std::function<bool()>& go_on);

// By the system's resolver (getaddrinfo). transient "host-unknown", with the resolver's words in the detail.
void LookUpByResolver(const std::vector<std::string>& hosts, const Found& found, const std::stop_token& stop);

}  // namespace gateway::dicom
