#include "dicom/name_lookup.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <mutex>
#include <set>

#include "base/sanitizers.h"
#include "dicom/address_list.h"
#include "dicom/callers.h"

namespace gateway::dicom {
namespace {

constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 50'000'000};

// What the resolver's own thread writes to, until it is done with it.
struct Request {
  explicit Request(std::string name, std::string port = {}) : host(std::move(name)), service(std::move(port)) {
    hints.ai_socktype = SOCK_STREAM;
    control.ar_name = host.c_str();
    if (!service.empty()) control.ar_service = service.c_str();
    control.ar_request = &hints;
  }
  std::string host;
  std::string service;
  addrinfo hints{};
  gaicb control{};
};

using Requests = std::vector<std::unique_ptr<Request>>;

// What the resolver does not give back before the process ends.
void Abandon(std::unique_ptr<Request> request) {
  static std::mutex mutex;
  static Requests abandoned;
  const std::lock_guard lock(mutex);
  abandoned.push_back(std::move(request));
}

Error Unknown(const std::string& host, int failure) {
  return Transient("host-unknown", host + ": " + ::gai_strerror(failure));
}

Addresses AddressesOf(const addrinfo* entry) {
  std::set<std::string> addresses;
  for (; entry != nullptr; entry = entry->ai_next) addresses.insert(AddressText(*entry->ai_addr));
  return {addresses.begin(), addresses.end()};
}

Requests Ask(const std::vector<std::string>& hosts, const Found& found) {
  Requests requests;
  for (const std::string& host : hosts) {
    auto request = std::make_unique<Request>(host);
    std::array<gaicb*, 1> list{&request->control};
    if (const int failure = ::getaddrinfo_a(GAI_NOWAIT, list.data(), 1, nullptr)) {
      found(host, Unknown(host, failure));
    } else {
      requests.push_back(std::move(request));
    }
  }
  return requests;
}

// True when it is over, and told.
bool Tell(Request& request, const Found& found) {
  const int state = ::gai_error(&request.control);
  if (state == EAI_INPROGRESS) return false;
  const AddressList list(request.control.ar_result);
  if (state == 0) {
    found(request.host, AddressesOf(list.get()));
  } else {
    found(request.host, Unknown(request.host, state));
  }
  return true;
}

// Asked for no more.
void GiveUp(std::unique_ptr<Request> request) {
  if (::gai_cancel(&request->control) == EAI_NOTCANCELED) Abandon(std::move(request));
}

// ThreadSanitizer does not know the resolver's own threads, and crashes in them.
Result<AddressList> LookUpHere(const Request& request) {
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(request.host.c_str(), request.control.ar_service, &request.hints, &found);
  if (failure != 0) return Unknown(request.host, failure);
  return AddressList(found);
}

}  // namespace

Result<AddressList> LookUpToConnect(const std::string& host, std::uint16_t port, const std::function<bool()>& go_on) {
  auto request = std::make_unique<Request>(host, std::to_string(port));
  if constexpr (kThreadSanitized) return LookUpHere(*request);
  std::array<gaicb*, 1> list{&request->control};
  if (const int failure = ::getaddrinfo_a(GAI_NOWAIT, list.data(), 1, nullptr)) return Unknown(host, failure);
  const std::array<const gaicb*, 1> awaited{&request->control};
  while (::gai_error(&request->control) == EAI_INPROGRESS) {
    if (!go_on()) {
      GiveUp(std::move(request));
      return Transient("host-unknown", host + ": the name server does not answer");
    }
    (void)::gai_suspend(awaited.data(), 1, &kLook);
  }
  if (const int failure = ::gai_error(&request->control)) return Unknown(host, failure);
  return AddressList(request->control.ar_result);
}

// getaddrinfo() itself asks each server for some seconds, several times, and nothing interrupts it.
void LookUpByResolver(const std::vector<std::string>& hosts, const Found& found, const std::stop_token& stop) {
  Requests open = Ask(hosts, found);
  while (!open.empty() && !stop.stop_requested()) {
    std::erase_if(open, [&](const auto& request) { return Tell(*request, found); });
    std::vector<const gaicb*> list;
    for (const auto& request : open) list.push_back(&request->control);
    if (!list.empty()) (void)::gai_suspend(list.data(), static_cast<int>(list.size()), &kLook);
  }
  for (auto& request : open) GiveUp(std::move(request));
}

}  // namespace gateway::dicom
