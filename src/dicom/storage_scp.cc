#include "dicom/storage_scp.h"

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

#include "base/error_codes.h"
#include "base/handles.h"
#include "dicom/association_slots.h"
#include "dicom/callers.h"
#include "dicom/scp_association.h"
#include "dicom/tls_context.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

// So many connections may exist beyond max_associations before they associate. They leave room to
// tell callers that there is no room.
constexpr std::size_t kSpareConnections = 32;
// So many of them may come from one host, beyond its associations.
constexpr std::size_t kSpareOfHost = 16;
// So many of them may come from addresses that no caller has. They get an answer, but cannot crowd
// out the callers.
constexpr std::size_t kStrangers = 8;

unsigned AssociationsPerHost(const DicomSettings& settings, const Callers& callers) {
  if (settings.max_associations_per_host != 0) return settings.max_associations_per_host;
  return callers.AreOnOneHost() ? settings.max_associations : (settings.max_associations * 3 + 3) / 4;
}

}  // namespace

class StorageScp::Impl {
 public:
  struct Parts {
    std::unique_ptr<Callers> callers;
    std::shared_ptr<const Listeners> listeners;
    SslContext tls;
    UniqueFd stop;
  };

  Impl(const DicomSettings& settings, StorageHandler& handler, Parts parts)
      : settings_(settings),
        parts_(std::move(parts)),
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
    parts_.listeners.reset();
    connections_.clear();  // joins the threads
  }

  [[nodiscard]] std::uint16_t port() const { return parts_.listeners->port(); }

 private:
  struct Connection {
    std::string host;
    bool stranger = false;
    std::atomic<bool> done{false};
    std::jthread thread;
  };

  void AcceptLoop() {
    std::vector<pollfd> polled{{parts_.stop.get(), POLLIN, 0}};
    const std::vector<Listeners::Listener>& listeners = parts_.listeners->all();
    for (const Listeners::Listener& listener : listeners) polled.push_back({listener.socket.get(), POLLIN, 0});
    while (true) {
      // The poll ends every ten seconds, so that repeated rejections are logged in time.
      const int ready = ::poll(polled.data(), polled.size(), 10'000);
      if (polled.front().revents != 0) return;
      connections_.remove_if([](const Connection& connection) { return connection.done.load(); });
      rejections_.Flush();
      for (std::size_t i = 0; ready > 0 && i < listeners.size(); ++i) {
        if (polled[i + 1].revents != 0) AcceptOne(listeners[i]);
      }
    }
  }

  void AcceptOne(const Listeners::Listener& listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    UniqueFd socket(::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
    if (!socket) {
      // There are no descriptors left. The connection stays in the backlog, and asking again at
      // once would only use up the processor.
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
  const unsigned per_host_;
  AssociationSlots slots_;
  RejectionLog rejections_;
  ScpContext context_;
  std::list<Connection> connections_;  // used by the acceptor only, until it is joined
  std::jthread acceptor_;
};

Result<std::unique_ptr<StorageScp>> StorageScp::Start(const DicomSettings& settings, StorageHandler& handler,
                                                      std::shared_ptr<const Listeners> listeners) {
  Impl::Parts parts;
  if (settings.tls) {
    GATEWAY_ASSIGN(parts.tls, MakeSslContext(*settings.tls, TlsRole::scp));
  }
  if (!listeners) {
    GATEWAY_ASSIGN(listeners, Listeners::Open(settings));
  }
  parts.listeners = std::move(listeners);
  parts.stop.Reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!parts.stop) return Transient(codes::kOutOfResources, "eventfd: " + std::generic_category().message(errno));
  parts.callers = std::make_unique<Callers>(settings.callers);
  return std::unique_ptr<StorageScp>(new StorageScp(std::make_unique<Impl>(settings, handler, std::move(parts))));
}

Result<void> StorageScp::CheckPort(const DicomSettings& settings) {
  GATEWAY_TRY(Listeners::Open(settings));
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
