#include "dicom/tcp_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

namespace gateway::dicom {
namespace {

using Clock = std::chrono::steady_clock;

void SetOption(int socket, int option) {
  const int on = 1;
  // Failure costs speed only.
  (void)::setsockopt(socket, IPPROTO_TCP, option, &on, sizeof(on));
}

Wakeup Wait(const Waits& waits, short events, int interrupt_fd, Milliseconds limit) {
  auto until = Clock::now() + std::max(limit, Milliseconds(0));
  if (waits.deadline) until = std::min(until, *waits.deadline);
  while (true) {
    std::array<pollfd, 2> polled{{{waits.socket, events, 0}, {interrupt_fd, POLLIN, 0}}};
    const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
    const int ready =
        ::poll(polled.data(), polled.size(), static_cast<int>(std::clamp<long>(left.count(), 0, 1 << 30)));
    if (ready > 0 && polled[1].revents != 0) return Wakeup::interrupted;
    if (ready > 0) return Wakeup::data;
    if (ready == 0) return Wakeup::timeout;
    if (errno != EINTR) return Wakeup::data;  // the read or write that follows reports what is wrong
  }
}

class TcpConnection : public DcmTCPConnection {
 public:
  TcpConnection(int socket, Waits& waits) : DcmTCPConnection(socket), waits_(waits) {
    waits_.socket = socket;
    SetOption(socket, TCP_NODELAY);
    SetOption(socket, TCP_QUICKACK);
  }
  ~TcpConnection() override { waits_.socket = -1; }

  ssize_t read(void* buffer, size_t size) override {
    if (!Ready(POLLIN, waits_.interrupt_fd)) return -1;
    const ssize_t count = ::recv(getSocket(), buffer, size, 0);
    SetOption(getSocket(), TCP_QUICKACK);
    if (count > 0) waits_.heard_peer = true;
    return count;
  }

  // All of it, or failure: DCMTK takes a short write for a broken connection.
  ssize_t write(void* buffer, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t count =
          ::send(getSocket(), static_cast<char*>(buffer) + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) {
        done += static_cast<size_t>(count);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!Ready(POLLOUT, -1)) return -1;
      } else if (errno != EINTR) {
        return -1;
      }
    }
    return static_cast<ssize_t>(size);
  }

  // DCMTK calls this with what is left of a timeout: with less than nothing when a slow peer has used it up, which
  // its own implementation takes for "for ever".
  OFBool networkDataAvailable(int seconds) override {
    const Wakeup wakeup = Wait(waits_, POLLIN, waits_.interrupt_fd, Seconds(seconds));
    if (wakeup == Wakeup::timeout && seconds != 0) waits_.timed_out = true;
    return wakeup == Wakeup::data;
  }

  void closeTransportConnection() override {
    DcmTCPConnection::closeTransportConnection();
    waits_.socket = -1;
  }

 private:
  bool Ready(short events, int interrupt_fd) {
    const Wakeup wakeup = Wait(waits_, events, interrupt_fd, waits_.timeout);
    if (wakeup == Wakeup::data) return true;
    waits_.timed_out = wakeup == Wakeup::timeout;
    errno = ETIMEDOUT;
    return false;
  }

  Waits& waits_;
};

}  // namespace

Wakeup WaitForData(const Waits& waits, Milliseconds limit) {
  return Wait(waits, POLLIN, waits.interrupt_fd, limit);
}

DcmTransportConnection* TransportLayer::createConnection(DcmNativeSocketType socket, OFBool secure) {
  if (on_taken_) on_taken_();
  if (secure) return nullptr;
  waits_.timed_out = false;
  waits_.heard_peer = false;
  return new (std::nothrow) TcpConnection(socket, waits_);
}

}  // namespace gateway::dicom
