#include "dicom/listeners.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "dicom/address_list.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr int kBacklog = 64;

// An address or a port may be late at boot, and systemd tries again. Only a port below 1024 that
// the unit does not allow stays forbidden.
Error ListenError(const std::string& where, int number) {
  std::string detail = where + ": " + std::generic_category().message(number);
  if (number == EACCES || number == EPERM) return ConfigError(codes::kBindFailed, std::move(detail));
  return Transient(number == EADDRINUSE ? codes::kPortInUse : codes::kBindFailed, std::move(detail));
}

Result<UniqueFd> Listen(const std::string& bind_address, std::uint16_t port) {
  const std::string where = bind_address + " port " + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(bind_address.c_str(), std::to_string(port).c_str(), &hints, &found)) {
    return Transient(codes::kBindFailed, where + ": " + ::gai_strerror(failure));
  }
  const AddressList list(found);
  UniqueFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  // This allows a port that was in use until just now.
  if (socket) (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (!socket || ::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return ListenError(where, errno);
  }
  return socket;
}

std::uint16_t PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  std::array<char, NI_MAXSERV> port{};
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, port.data(), port.size(), NI_NUMERICSERV);
  return static_cast<std::uint16_t>(std::atoi(port.data()));
}

}  // namespace

Result<std::shared_ptr<const Listeners>> Listeners::Open(const DicomSettings& settings) {
  std::shared_ptr<Listeners> opened(new Listeners);
  const bool tls_only = settings.tls && settings.tls_port == 0;
  GATEWAY_ASSIGN(UniqueFd first, Listen(settings.bind, settings.port));
  opened->port_ = PortOf(first.get());
  opened->all_.push_back({std::move(first), tls_only});
  if (settings.tls && !tls_only) {
    GATEWAY_ASSIGN(UniqueFd second, Listen(settings.bind, settings.tls_port));
    opened->all_.push_back({std::move(second), true});
  }
  return std::shared_ptr<const Listeners>(std::move(opened));
}

}  // namespace gateway::dicom
