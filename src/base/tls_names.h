// Says why the names in a peer's certificate are not those of the expected host. OpenSSL says
// "hostname mismatch" both if the certificate has other names and if it has none.
#pragma once

#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace gateway {

// Makes the handshakes of `context` note what TakeNamesProblem() returns. They accept the same
// certificates as before.
void WatchNames(ssl_ctx_st* context);

// Returns the problem of this thread's last handshake, and forgets it. Empty means that the names
// were not the problem.
std::string TakeNamesProblem();

}  // namespace gateway
