// Opens the mails of every partner, each part by the kind of security that it is of.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "gateway/result.h"
#include "gateway/security_kind.h"
#include "security/examined_keys.h"
#include "security/keys.h"
#include "security/mail_security.h"

namespace gateway::security {

class MailOpeners {
 public:
  // Makes openers with our keys of `keys`. Errors: config, for keys that cannot be used at all.
  static Result<std::unique_ptr<MailOpeners>> Make(const Keys& keys, const Tolerance& tolerance = {});

  // Adds every key of ours in the content of a key file, of whatever kind, as
  // MailOpener::AddOwnKeys() does. If no kind of security can read the file, the error is that of
  // the first kind.
  Result<std::vector<KeyFacts>> AddOwnKeys(std::string_view content, const Secret* passphrase);
  // From now on only signatures by this key count. With nullptr nobody's count. Error: config
  // "key-unreadable", after which nobody's count.
  Result<void> UsePartner(const PartnerKey* partner);
  // Starts all threads that the openers will need. A process that gives up the right to start
  // threads calls it before. Error: config "sandbox-failed".
  Result<void> StartThreads();
  [[nodiscard]] MailOpener& Of(SecurityKind kind) const { return *openers_.at(kind); }

 private:
  std::map<SecurityKind, std::unique_ptr<MailOpener>> openers_;
};

}  // namespace gateway::security
