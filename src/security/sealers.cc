#include "security/sealers.h"

#include <sys/mman.h>

#include <cerrno>

#include "base/files.h"
#include "policy/error_codes.h"
#include "security/securities.h"

namespace gateway::security {

Result<std::unique_ptr<MailSealers>> MailSealers::Make(const Keys& keys, const NewFile& new_file) {
  std::unique_ptr<MailSealers> made(new MailSealers(keys));
  for (const MailSecurity& security : Securities()) {
    GATEWAY_ASSIGN(made->sealers_[security.kind], security.make_sealer(keys, new_file));
  }
  return made;
}

Result<MailSealer*> MailSealers::For(const std::string& partner) const {
  const PartnerKey* const key = keys_.OfPartner(partner);
  if (key == nullptr) return ConfigError(codes::kKeyNotUsable, "there is no key of partner " + partner);
  return sealers_.at(key->kind).get();
}

Result<UniqueFd> NewMemoryFile() {
  UniqueFd file(::memfd_create("mail", MFD_CLOEXEC));
  if (!file) return ErrorFromErrno(errno, "memfd_create", "memory");
  return file;
}

}  // namespace gateway::security
