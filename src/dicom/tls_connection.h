// A connection with TLS, with the socket options and waits of tcp_connection.h. DCMTK's own class
// would wait for its peer for ever, also in the handshake.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmtrans.h>
// clang-format on

#include <openssl/ssl.h>

#include <string>

#include "dicom/waits.h"

namespace gateway::dicom {

// Makes a connection over `socket` and owns the socket from then on. The SCP's certificate must be
// for the name or address `expected_host`; it is empty on the SCP's side. Returns null if OpenSSL
// has no memory, and then does not own the socket. A handshake that fails leaves waits.tls_failure.
// `waits` must outlive the connection.
DcmTransportConnection* MakeTlsConnection(int socket, SSL_CTX& context, const std::string& expected_host, Waits& waits);

}  // namespace gateway::dicom
