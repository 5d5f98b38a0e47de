#include "dicom/tls_connection.h"

// clang-format off
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dicom.h>
// clang-format on

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <new>

#include "base/tls_names.h"
#include "dicom/tcp_connection.h"
#include "dicom/tls_context.h"

namespace gateway::dicom {
namespace {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

bool IsAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool Expect(SSL* ssl, const std::string& host) {
  if (IsAddress(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  // Names are in subjectAltName (RFC 9525). A certificate that has only a common name is for
  // nobody.
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

class TlsConnection : public DcmTransportConnection {
 public:
  TlsConnection(int socket, SslHandle ssl, Waits& waits)
      : DcmTransportConnection(socket), ssl_(std::move(ssl)), waits_(waits) {
    waits_.socket = socket;
    HurryUp(socket);
  }
  ~TlsConnection() override { close(); }

  OFCondition serverSideHandshake() override { return Handshake(SSL_accept); }
  OFCondition clientSideHandshake() override { return Handshake(SSL_connect); }
  OFCondition renegotiate(const char* /*suite*/) override { return EC_IllegalCall; }

  ssize_t read(void* buffer, size_t size) override {
    while (true) {
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_read_ex(ssl_.get(), buffer, size, &count);
      AcknowledgeAtOnce(getSocket());
      waits_.buffered = SSL_pending(ssl_.get()) > 0;
      if (result == 1) {
        if (waits_.Received({static_cast<const char*>(buffer), count})) return static_cast<ssize_t>(count);
        errno = EPROTO;
        return -1;
      }
      if (!MayGoOn(result, Direction::reading)) return -1;
    }
  }

  ssize_t write(void* buffer, size_t size) override {
    size_t done = 0;
    while (done < size) {
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_write_ex(ssl_.get(), static_cast<char*>(buffer) + done, size - done, &count);
      if (result == 1) {
        done += count;
        waits_.Moved(Direction::writing, count);
      } else if (!MayGoOn(result, Direction::writing)) {
        return -1;
      }
    }
    return static_cast<ssize_t>(size);
  }

  void close() override {
    if (getSocket() < 0) return;
    ERR_clear_error();
    if (!broken_) (void)SSL_shutdown(ssl_.get());  // tells the peer, and does not wait for its answer
    ERR_clear_error();
    closeTransportConnection();
  }

  void closeTransportConnection() override {
    if (getSocket() < 0) return;
    ::close(getSocket());
    setSocket(-1);
    waits_.socket = -1;
    waits_.buffered = false;
  }

  unsigned long getPeerCertificateLength() override { return 0; }
  unsigned long getPeerCertificate(void* /*buffer*/, unsigned long /*size*/) override { return 0; }
  OFBool networkDataAvailable(int seconds) override { return DataIsThere(waits_, seconds); }
  OFBool isTransparentConnection() override { return OFFalse; }
  OFString& dumpConnectionParameters(OFString& text) override { return text = SSL_get_version(ssl_.get()); }

 private:
  OFCondition Handshake(int (*step)(SSL*)) {
    while (true) {
      ERR_clear_error();
      const int result = step(ssl_.get());
      AcknowledgeAtOnce(getSocket());
      if (BIO_number_read(SSL_get_rbio(ssl_.get())) > 0) waits_.heard_peer = true;
      if (result == 1) return EC_Normal;
      if (MayGoOn(result, Direction::reading)) continue;
      if (waits_.tls_failure.empty()) waits_.tls_failure = waits_.timed_out ? "time-out" : "the peer hung up";
      return makeDcmnetCondition(DULC_TLSERROR, OF_error, waits_.tls_failure.c_str());
    }
  }

  // Must be called after a call that did not succeed. Waits for what the call needs. Returns false
  // with errno set if the connection has failed for good.
  bool MayGoOn(int result, Direction direction) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return waits_.Ready(direction, POLLIN);
      case SSL_ERROR_WANT_WRITE:
        return waits_.Ready(direction, POLLOUT);
      case SSL_ERROR_SSL:
        waits_.tls_failure = FailureText();
        break;
      default:
        break;
    }
    broken_ = true;
    errno = ECONNRESET;
    return false;
  }

  std::string FailureText() {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK) return SslErrorText();
    const std::string names = TakeNamesProblem();
    return std::string("certificate: ") + X509_verify_cert_error_string(verified) + (names.empty() ? "" : ": " + names);
  }

  SslHandle ssl_;
  Waits& waits_;
  bool broken_ = false;
};

}  // namespace

DcmTransportConnection* MakeTlsConnection(int socket, SSL_CTX& context, const std::string& expected_host,
                                          Waits& waits) {
  SslHandle ssl(SSL_new(&context));
  const int flags = ::fcntl(socket, F_GETFL);
  if (!ssl || flags < 0 || ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0) return nullptr;
  if (SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  if (!expected_host.empty() && !Expect(ssl.get(), expected_host)) return nullptr;
  return new (std::nothrow) TlsConnection(socket, std::move(ssl), waits);
}

}  // namespace gateway::dicom
