#include "cli/check_text.h"

#include <string_view>
#include <variant>

#include "cli/stranded.h"

namespace gateway::cli {
namespace {

std::string_view ConsequenceOf(operations::UnknownHost::Of host) {
  switch (host) {
    case operations::UnknownHost::Of::caller:
      return "this caller is refused as long as its name is not known";
    case operations::UnknownHost::Of::pacs:
      return "images wait for this PACS as long as its name is not known";
    case operations::UnknownHost::Of::mail_server:
      break;
  }
  return "no mail goes this way as long as its name is not known";
}

struct InWords {
  std::string operator()(const operations::ServiceRuns& /*runs*/) const {
    return "note: the service is running; what was checked here counts from its next start";
  }
  std::string operator()(const operations::PortInUse& port) const {
    return "note: dicom.port: " + port.error +
           "; the running service holds its port, so that this is no mistake unless you changed the port";
  }
  std::string operator()(const operations::KeyWithSha1& key) const {
    return "note: partner " + key.partner + ": its key rests on self-signatures with SHA-1";
  }
  std::string operator()(const operations::ShortKey& key) const {
    return "note: partner " + key.partner + ": its key has " + std::to_string(key.bits) + " bits";
  }
  std::string operator()(const operations::SubkeyLeftOut& left_out) const {
    const openpgp::SubkeyInfo& subkey = left_out.subkey;
    return "partner " + left_out.partner + ": a subkey of its key is not used: " + subkey.algorithm + ", " +
           (subkey.fingerprint.empty() ? "" : subkey.fingerprint + ", ") +
           std::string(openpgp::WhyLeftOut(subkey.state));
  }
  std::string operator()(const operations::NoAuthority& found) const {
    return "warning: " + found.key + " " + found.file.string() +
           ": no certificate in it is that of a CA, so it vouches for no other certificate";
  }
  std::string operator()(const operations::CertificatesNotValid& found) const {
    return "warning: " + found.key + " " + found.file.string() + ": " + std::to_string(found.not_valid) + " of its " +
           std::to_string(found.certificates) + " certificates " + (found.not_valid == 1 ? "is" : "are") +
           " not valid today";
  }
  std::string operator()(const operations::DoubtfulFileSystem& doubtful) const {
    return "warning: gateway.state_dir " + doubtful.state_dir.string() + ": " + doubtful.warning;
  }
  std::string operator()(const operations::DoubtfulRule& rule) const {
    return "note: " + (rule.place.empty() ? "" : rule.place + ": ") + rule.finding;
  }
  std::string operator()(const operations::UnknownHost& host) const {
    return "warning: " + host.key + ": " + host.error + "; " + std::string(ConsequenceOf(host.of));
  }
  std::string operator()(const ledger::Stranded& stranded) const { return TextOf(stranded); }
};

}  // namespace

std::string TextOf(const operations::CheckNote& note) {
  return std::visit(InWords{}, note);
}

}  // namespace gateway::cli
