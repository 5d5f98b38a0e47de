// Why the names in a peer's certificate are not those of the host that was expected. OpenSSL says "hostname mismatch"
// where the certificate has other names, and where it has none.
#pragma once

#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace gateway {

// The handshakes of `context` note what TakeNamesProblem() tells; what they accept stays the same.
void WatchNames(ssl_ctx_st* context);

// Of this thread's last handshake: empty where its names were not the trouble. Told once.
std::string TakeNamesProblem();

}  // namespace gateway
