#include "security/securities.h"

#include <array>

#include "security/openpgp_security.h"

namespace gateway::security {
namespace {

constexpr std::array kSecurities{
    MailSecurity{SecurityKind::openpgp, &ReadOpenPgpKeys, &MakeOpenPgpSealer, &MakeOpenPgpOpener, &ReadOpenPgpPartners},
};

}  // namespace

std::span<const MailSecurity> Securities() {
  return kSecurities;
}

}  // namespace gateway::security
