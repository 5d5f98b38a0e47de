// Owns a result of getaddrinfo().
#pragma once

#include <netdb.h>

#include <memory>

namespace gateway::dicom {

struct AddressListDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

}  // namespace gateway::dicom
