// A connection with TLS, with the socket options and the waits of tcp_connection.h. DCMTK's own would wait for its
// peer for ever, in the handshake too.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmtrans.h>
// clang-format on

#include <openssl/ssl.h>

#include <string>

#include "dicom/waits.h"

namespace gateway::dicom {

// Over `socket`, which it owns from then on. `expected_host`: the name or address that the SCP's certificate must be
// for; empty on the SCP's side. Null, and the socket is not owned, where OpenSSL has no memory. A handshake that fails
// leaves waits.tls_failure. `waits` must outlive it.
DcmTransportConnection* MakeTlsConnection(int socket, SSL_CTX& context, const std::string& expected_host, Waits& waits);

}  // namespace gateway::dicom
