#include "tls_kit.h"

#include <stdexcept>

namespace gateway::dicom {

Authority::Authority(const std::string& name) {
  OpenSsl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
           "/CN=" + name, "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", directory_ / "ca.key", "-out",
           certificate()});
}

Certificate Authority::Issue(const std::string& name, const std::string& sans, int days) {
  Certificate issued{directory_ / (name + ".pem"), directory_ / (name + ".key")};
  const std::string request = directory_ / (name + ".csr");
  const std::string extensions = directory_ / (name + ".ext");
  WriteFile(extensions, (sans.empty() ? "" : "subjectAltName=" + sans) + "\nbasicConstraints=critical,CA:FALSE\n");
  OpenSsl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
           "-keyout", issued.key, "-out", request});
  OpenSsl({"x509", "-req", "-in", request, "-CA", certificate(), "-CAkey", directory_ / "ca.key", "-CAcreateserial",
           "-days", std::to_string(days), "-extfile", extensions, "-out", issued.certificate});
  return issued;
}

void Authority::OpenSsl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  const Finished finished = RunTool(arguments);
  if (finished.exit_code != 0) throw std::runtime_error(finished.output);
}

TlsSettings TlsOf(const Certificate& own, const Authority& peers) {
  return {.certificate_file = own.certificate, .key_file = own.key, .ca_file = peers.certificate()};
}

std::vector<std::string> TlsOptions(const Certificate& own, const Authority& peers) {
  return {"+tls", own.key, own.certificate, "+cf", peers.certificate()};
}

}  // namespace gateway::dicom
