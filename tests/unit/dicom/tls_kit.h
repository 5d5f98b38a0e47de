// A throw-away certificate authority, by openssl's command line.
#pragma once

#include <string>

#include "fixture.h"
#include "gateway/settings/tls.h"

namespace gateway::dicom {

struct Certificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

class Authority {
 public:
  explicit Authority(const std::string& name = "Test CA");
  [[nodiscard]] std::filesystem::path certificate() const { return directory_ / "ca.pem"; }
  // `sans` as openssl writes them: "DNS:localhost,IP:127.0.0.1". Empty: no subjectAltName. Fewer
  // days than none: it has expired.
  Certificate Issue(const std::string& name, const std::string& sans, int days = 30);

 private:
  void OpenSsl(std::vector<std::string> arguments);
  TempDirectory directory_;
};

TlsSettings TlsOf(const Certificate& own, const Authority& peers);
// storescu's and storescp's options: a key, its certificate, whom to believe.
std::vector<std::string> TlsOptions(const Certificate& own, const Authority& peers);

}  // namespace gateway::dicom
