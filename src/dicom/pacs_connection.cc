#include "dicom/pacs_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "base/error_codes.h"
#include "dicom/address_list.h"
#include "dicom/error_codes.h"
#include "dicom/name_lookup.h"

namespace gateway::dicom {
namespace {

std::string Text(int number) {
  return std::generic_category().message(number);
}

// Returns 0, or the errno of the failure.
int ConnectTo(const addrinfo& address, UniqueFd& socket, Waits& waits) {
  socket.Reset(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  waits.socket = socket.get();
  const bool answered = waits.Ready(Direction::writing, POLLOUT);
  waits.socket = -1;
  if (!answered) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Result<UniqueFd> ConnectToPacs(const std::string& host, std::uint16_t port, Waits& waits) {
  const std::string where = host + " port " + std::to_string(port);
  const auto until = std::chrono::steady_clock::now() + waits.timeout;
  const auto list =
      LookUpToConnect(host, port, [&] { return !waits.IsToEnd() && std::chrono::steady_clock::now() < until; });
  if (!list) return Transient(codes::kPacsUnreachable, "port " + std::to_string(port) + " of " + list.error().detail);
  const addrinfo* const found = list->get();
  int count = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) ++count;
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    UniqueFd socket;
    waits.Begin();
    // Each address gets its share of the time, so that one that does not answer leaves some for the
    // others.
    waits.SetDeadline(waits.timeout / count);
    error = ConnectTo(*address, socket, waits);
    if (error == 0) return socket;
  }
  return Transient(codes::kPacsUnreachable, where + ": " + Text(error));
}

Result<Doorway> Doorway::Open() {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (!listener || ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Transient(codes::kOutOfResources, "loopback: " + Text(errno));
  }
  return Doorway(std::move(listener), ntohs(address.sin_port));
}

}  // namespace gateway::dicom
