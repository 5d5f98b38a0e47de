// Writes whole mails for every partner, by the kind of security that the partner's key is of.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/result.h"
#include "gateway/security_kind.h"
#include "security/keys.h"
#include "security/mail_security.h"

namespace gateway::security {

class MailSealers {
 public:
  // Call it in the thread that uses the object. `keys` must outlive it. Errors: config, for keys
  // that cannot be used at all.
  static Result<std::unique_ptr<MailSealers>> Make(const Keys& keys, const NewFile& new_file);

  // Returns the sealer for the mails to this partner. Error: config "key-not-usable" if there is no
  // key of the partner.
  [[nodiscard]] Result<MailSealer*> For(const std::string& partner) const;

 private:
  explicit MailSealers(const Keys& keys) : keys_(keys) {}

  const Keys& keys_;
  std::map<SecurityKind, std::unique_ptr<MailSealer>> sealers_;
};

// Makes a file in memory, for small entities.
Result<UniqueFd> NewMemoryFile();

}  // namespace gateway::security
