// These settings describe TLS, for DICOM and for mail.
#pragma once

#include <filesystem>

namespace gateway {

// Says which cipher suites, groups, signatures and key sizes TLS 1.2 and 1.3 may use. `modern`
// demands forward secrecy and AEAD. `bsi` allows only the suites of these that BSI TR-02102-2
// recommends. `legacy` also allows CBC and RSA key exchange, for old peers.
enum class TlsPolicy { modern, bsi, legacy };

// TLS for DICOM. The files are in PEM, and no private key has a passphrase.
struct TlsSettings {
  std::filesystem::path certificate_file;  // our certificate, with its chain; an SCU may have none
  std::filesystem::path key_file;
  std::filesystem::path ca_file;  // the CAs whose certificates the peer may show
  TlsPolicy policy = TlsPolicy::modern;
};

}  // namespace gateway
