#include "dicom/storage_scp.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <list>
#include <system_error>
#include <thread>

#include "base/events.h"
#include "base/handles.h"
#include "dicom/address_list.h"
#include "dicom/callers.h"
#include "dicom/scp_association.h"

namespace gateway::dicom {
namespace {

// Connections that have not associated yet, beyond max_associations: room to tell callers that there is no room.
constexpr std::size_t kSpareConnections = 32;
// Of those from addresses that no caller has: they are told so, but cannot crowd out the callers.
constexpr std::size_t kStrangers = 8;
constexpr int kBacklog = 64;

Result<UniqueFd> Listen(const std::string& bind_address, std::uint16_t port) {
  const std::string where = bind_address + " port " + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(bind_address.c_str(), std::to_string(port).c_str(), &hints, &found)) {
    return ConfigError("bind-failed", where + ": " + ::gai_strerror(failure));
  }
  const AddressList list(found);
  UniqueFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  // A port that was in use until just now is free.
  if (socket) (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (!socket || ::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    const int number = errno;
    return ConfigError(number == EADDRINUSE ? "port-in-use" : "bind-failed",
                       where + ": " + std::generic_category().message(number));
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

class StorageScp::Impl {
 public:
  Impl(const DicomSettings& settings, StorageHandler& handler, Callers callers, UniqueFd listener, UniqueFd stop)
      : settings_(settings),
        callers_(std::move(callers)),
        listener_(std::move(listener)),
        stop_(std::move(stop)),
        port_(PortOf(listener_.get())),
        context_{.settings = settings_, .handler = handler, .callers = callers_, .stop_fd = stop_.get()},
        acceptor_([this] { AcceptLoop(); }) {
    ::pthread_setname_np(acceptor_.native_handle(), "dicom-accept");
  }

  ~Impl() {
    (void)::eventfd_write(stop_.get(), 1);  // never read, so every thread sees it
    acceptor_.join();
    listener_.Reset();
    connections_.clear();  // joins
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Connection {
    bool stranger = false;
    std::atomic<bool> done{false};
    std::jthread thread;
  };

  void AcceptLoop() {
    while (true) {
      std::array<pollfd, 2> polled{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
      const int ready = ::poll(polled.data(), polled.size(), 10'000);
      if (polled[1].revents != 0) return;
      connections_.remove_if([](const Connection& connection) { return connection.done.load(); });
      if (ready > 0) AcceptOne();
    }
  }

  void AcceptOne() {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    UniqueFd socket(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
    if (!socket) {
      // Out of descriptors: the connection stays in the backlog, and asking again at once would only spin.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
      return;
    }
    StartConnection(std::move(socket), AddressText(reinterpret_cast<const sockaddr&>(address)));
  }

  void StartConnection(UniqueFd socket, const std::string& host) {
    const bool stranger = !callers_.KnowsAddress(host);
    std::size_t strangers = 0;
    for (const Connection& connection : connections_) strangers += connection.stranger ? 1 : 0;
    if (connections_.size() >= settings_.max_associations + kSpareConnections ||
        (stranger && strangers >= kStrangers)) {
      events::AssociationRejected("", "", host, "too-many-connections");
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.stranger = stranger;
    try {
      connection.thread = std::jthread([this, &connection, host, fd = std::make_shared<UniqueFd>(std::move(socket))] {
        Serve(std::move(*fd), host);
        connection.done = true;
      });
    } catch (const std::system_error& error) {
      connections_.pop_back();
      events::ThreadFailed("dicom-accept", error.what());
    }
  }

  void Serve(UniqueFd socket, const std::string& host) {
    ::pthread_setname_np(::pthread_self(), "dicom-scp");
    try {
      ScpAssociation(context_, std::move(socket), host).Run();
    } catch (const std::exception& error) {
      events::ThreadFailed("dicom-scp", error.what());
    } catch (...) {
      events::ThreadFailed("dicom-scp", "unknown exception");
    }
  }

  const DicomSettings settings_;
  const Callers callers_;
  UniqueFd listener_;
  UniqueFd stop_;  // an eventfd
  const std::uint16_t port_;
  ScpContext context_;
  std::list<Connection> connections_;  // the acceptor's, until it is joined
  std::jthread acceptor_;
};

Result<std::unique_ptr<StorageScp>> StorageScp::Start(const DicomSettings& settings, StorageHandler& handler) {
  GATEWAY_ASSIGN(Callers callers, Callers::Resolve(settings.callers));
  GATEWAY_ASSIGN(UniqueFd listener, Listen(settings.bind, settings.port));
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) return Transient("out-of-resources", "eventfd: " + std::generic_category().message(errno));
  auto impl = std::make_unique<Impl>(settings, handler, std::move(callers), std::move(listener), std::move(stop));
  return std::unique_ptr<StorageScp>(new StorageScp(std::move(impl)));
}

Result<void> StorageScp::CheckPort(const DicomSettings& settings) {
  GATEWAY_TRY(Listen(settings.bind, settings.port));
  return {};
}

StorageScp::StorageScp(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StorageScp::~StorageScp() = default;

std::uint16_t StorageScp::port() const {
  return impl_->port();
}

}  // namespace gateway::dicom
