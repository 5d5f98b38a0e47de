// TLS, for DICOM and for mail.
#pragma once

#include <filesystem>

namespace gateway {

// Which cipher suites, groups, signatures and key sizes TLS 1.2 and 1.3 may use. modern: forward secrecy and AEAD.
// bsi: of these what BSI TR-02102-2 recommends, and no more. legacy: also CBC and RSA key exchange, for old peers.
enum class TlsPolicy { modern, bsi, legacy };

// TLS for DICOM. PEM files; no private key has a passphrase.
struct TlsSettings {
  std::filesystem::path certificate_file;  // ours, with its chain; an SCU may have none
  std::filesystem::path key_file;
  std::filesystem::path ca_file;  // whose certificates the peer may show
  TlsPolicy policy = TlsPolicy::modern;
};

}  // namespace gateway
