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
#include <vector>

#include "base/handles.h"
#include "dicom/address_list.h"
#include "dicom/association_slots.h"
#include "dicom/callers.h"
#include "dicom/scp_association.h"
#include "dicom/tls_context.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

// Connections that have not associated yet, beyond max_associations: room to tell callers that there is no room.
constexpr std::size_t kSpareConnections = 32;
// Of those from one host, beyond its associations.
constexpr std::size_t kSpareOfHost = 16;
// Of those from addresses that no caller has: they are told so, but cannot crowd out the callers.
constexpr std::size_t kStrangers = 8;
constexpr int kBacklog = 64;

// An address or a port may be late at boot, and systemd tries again. Only a port below 1024 that the unit does not
// allow stays forbidden.
Error ListenError(const std::string& where, int number) {
  std::string detail = where + ": " + std::generic_category().message(number);
  if (number == EACCES || number == EPERM) return ConfigError("bind-failed", std::move(detail));
  return Transient(number == EADDRINUSE ? "port-in-use" : "bind-failed", std::move(detail));
}

Result<UniqueFd> Listen(const std::string& bind_address, std::uint16_t port) {
  const std::string where = bind_address + " port " + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(bind_address.c_str(), std::to_string(port).c_str(), &hints, &found)) {
    return Transient("bind-failed", where + ": " + ::gai_strerror(failure));
  }
  const AddressList list(found);
  UniqueFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  // A port that was in use until just now is free.
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

struct Listener {
  UniqueFd socket;
  bool secure = false;  // takes TLS only
};

Result<std::vector<Listener>> ListenWhere(const DicomSettings& settings) {
  std::vector<Listener> listeners;
  const bool tls_only = settings.tls && settings.tls_port == 0;
  GATEWAY_ASSIGN(UniqueFd first, Listen(settings.bind, settings.port));
  listeners.push_back({std::move(first), tls_only});
  if (settings.tls && !tls_only) {
    GATEWAY_ASSIGN(UniqueFd second, Listen(settings.bind, settings.tls_port));
    listeners.push_back({std::move(second), true});
  }
  return listeners;
}

unsigned AssociationsPerHost(const DicomSettings& settings, const Callers& callers) {
  if (settings.max_associations_per_host != 0) return settings.max_associations_per_host;
  return callers.AreOnOneHost() ? settings.max_associations : (settings.max_associations * 3 + 3) / 4;
}

}  // namespace

class StorageScp::Impl {
 public:
  struct Parts {
    std::unique_ptr<Callers> callers;
    std::vector<Listener> listeners;
    SslContext tls;
    UniqueFd stop;
  };

  Impl(const DicomSettings& settings, StorageHandler& handler, Parts parts)
      : settings_(settings),
        parts_(std::move(parts)),
        port_(PortOf(parts_.listeners.front().socket.get())),
        per_host_(AssociationsPerHost(settings_, *parts_.callers)),
        slots_(settings_.max_associations, per_host_),
        context_{.settings = settings_,
                 .handler = handler,
                 .callers = *parts_.callers,
                 .slots = slots_,
                 .rejections = rejections_,
                 .tls = parts_.tls.get(),
                 .stop_fd = parts_.stop.get()},
        acceptor_([this] { AcceptLoop(); }) {
    ::pthread_setname_np(acceptor_.native_handle(), "dicom-accept");
  }

  ~Impl() {
    (void)::eventfd_write(parts_.stop.get(), 1);  // never read, so every thread sees it
    acceptor_.join();
    parts_.listeners.clear();
    connections_.clear();  // joins
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Connection {
    std::string host;
    bool stranger = false;
    std::atomic<bool> done{false};
    std::jthread thread;
  };

  void AcceptLoop() {
    std::vector<pollfd> polled{{parts_.stop.get(), POLLIN, 0}};
    for (const Listener& listener : parts_.listeners) polled.push_back({listener.socket.get(), POLLIN, 0});
    while (true) {
      const int ready = ::poll(polled.data(), polled.size(), 10'000);
      if (polled.front().revents != 0) return;
      connections_.remove_if([](const Connection& connection) { return connection.done.load(); });
      rejections_.Flush();
      for (std::size_t i = 0; ready > 0 && i < parts_.listeners.size(); ++i) {
        if (polled[i + 1].revents != 0) AcceptOne(parts_.listeners[i]);
      }
    }
  }

  void AcceptOne(const Listener& listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    UniqueFd socket(::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
    if (!socket) {
      // Out of descriptors: the connection stays in the backlog, and asking again at once would only spin.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
      return;
    }
    StartConnection(std::move(socket), AddressText(reinterpret_cast<const sockaddr&>(address)), listener.secure);
  }

  [[nodiscard]] bool HasRoomFor(const std::string& host, bool stranger) const {
    std::size_t strangers = 0;
    std::size_t of_host = 0;
    for (const Connection& connection : connections_) {
      strangers += connection.stranger ? 1 : 0;
      of_host += connection.host == host ? 1 : 0;
    }
    return connections_.size() < settings_.max_associations + kSpareConnections && of_host < per_host_ + kSpareOfHost &&
           (!stranger || strangers < kStrangers);
  }

  void StartConnection(UniqueFd socket, const std::string& host, bool secure) {
    const bool stranger = !parts_.callers->KnowsAddress(host);
    if (!HasRoomFor(host, stranger)) {
      rejections_.Note({"", "", host, "too-many-connections", ""});
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.host = host;
    connection.stranger = stranger;
    try {
      connection.thread =
          std::jthread([this, &connection, host, secure, fd = std::make_shared<UniqueFd>(std::move(socket))] {
            Serve(std::move(*fd), host, secure);
            connection.done = true;
          });
    } catch (const std::system_error& error) {
      connections_.pop_back();
      events::ThreadFailed("dicom-accept", error.what());
    }
  }

  void Serve(UniqueFd socket, const std::string& host, bool secure) {
    ::pthread_setname_np(::pthread_self(), "dicom-scp");
    try {
      ScpAssociation(context_, std::move(socket), host, secure).Run();
    } catch (const std::exception& error) {
      events::ThreadFailed("dicom-scp", error.what());
    } catch (...) {
      events::ThreadFailed("dicom-scp", "unknown exception");
    }
  }

  const DicomSettings settings_;
  Parts parts_;
  const std::uint16_t port_;
  const unsigned per_host_;
  AssociationSlots slots_;
  RejectionLog rejections_;
  ScpContext context_;
  std::list<Connection> connections_;  // the acceptor's, until it is joined
  std::jthread acceptor_;
};

Result<std::unique_ptr<StorageScp>> StorageScp::Start(const DicomSettings& settings, StorageHandler& handler) {
  Impl::Parts parts;
  if (settings.tls) {
    GATEWAY_ASSIGN(parts.tls, MakeSslContext(*settings.tls, TlsRole::scp));
  }
  GATEWAY_ASSIGN(parts.listeners, ListenWhere(settings));
  parts.stop.Reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!parts.stop) return Transient("out-of-resources", "eventfd: " + std::generic_category().message(errno));
  parts.callers = std::make_unique<Callers>(settings.callers);
  return std::unique_ptr<StorageScp>(new StorageScp(std::make_unique<Impl>(settings, handler, std::move(parts))));
}

Result<void> StorageScp::CheckPort(const DicomSettings& settings) {
  GATEWAY_TRY(ListenWhere(settings));
  return {};
}

Result<void> StorageScp::CheckTls(const DicomSettings& settings) {
  if (!settings.tls) return {};
  GATEWAY_TRY(MakeSslContext(*settings.tls, TlsRole::scp));
  return {};
}

StorageScp::StorageScp(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StorageScp::~StorageScp() = default;

std::uint16_t StorageScp::port() const {
  return impl_->port();
}

}  // namespace gateway::dicom
