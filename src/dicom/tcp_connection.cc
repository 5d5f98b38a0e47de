#include "dicom/tcp_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace gateway::dicom {
namespace {

void SetOption(int socket, int option) {
  const int on = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, option, &on, sizeof(on));
}

class TcpConnection : public DcmTCPConnection {
 public:
  TcpConnection(int socket, Waits& waits) : DcmTCPConnection(socket), waits_(waits) {
    waits_.socket = socket;
    HurryUp(socket);
  }
  ~TcpConnection() override { waits_.socket = -1; }

  ssize_t read(void* buffer, size_t size) override {
    while (true) {
      const ssize_t count = ::recv(getSocket(), buffer, size, MSG_DONTWAIT);
      if (count >= 0) {
        AcknowledgeAtOnce(getSocket());
        if (waits_.Received({static_cast<const char*>(buffer), static_cast<std::size_t>(count)})) return count;
        errno = EPROTO;
        return -1;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!waits_.Ready(Direction::reading, POLLIN)) return -1;
      } else if (errno != EINTR) {
        return -1;
      }
    }
  }

  // Writes all of it or fails, because DCMTK takes a short write for a broken connection.
  ssize_t write(void* buffer, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t count =
          ::send(getSocket(), static_cast<char*>(buffer) + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) {
        done += static_cast<size_t>(count);
        waits_.Moved(Direction::writing, static_cast<std::size_t>(count));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!waits_.Ready(Direction::writing, POLLOUT)) return -1;
      } else if (errno != EINTR) {
        return -1;
      }
    }
    return static_cast<ssize_t>(size);
  }

  OFBool networkDataAvailable(int seconds) override { return DataIsThere(waits_, seconds); }

  void closeTransportConnection() override {
    DcmTCPConnection::closeTransportConnection();
    waits_.socket = -1;
  }

 private:
  Waits& waits_;
};

}  // namespace

void HurryUp(int socket) {
  SetOption(socket, TCP_NODELAY);
  AcknowledgeAtOnce(socket);
}

void AcknowledgeAtOnce(int socket) {
  SetOption(socket, TCP_QUICKACK);
}

bool DataIsThere(Waits& waits, int seconds) {
  if (seconds == 0) return waits.ForData(Milliseconds(0)) == Wakeup::data;
  return waits.buffered || waits.Ready(Direction::reading, POLLIN);
}

DcmTransportConnection* TransportLayer::createConnection(DcmNativeSocketType socket, OFBool secure) {
  if (!on_taken_(socket)) return nullptr;
  waits_.Begin();
  if (secure) return make_secure_ ? make_secure_(socket) : nullptr;
  return new (std::nothrow) TcpConnection(socket, waits_);
}

}  // namespace gateway::dicom
