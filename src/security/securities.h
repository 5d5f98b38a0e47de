// The table of all kinds of mail security: the only place that knows which there are. Whoever adds
// one adds its line in securities.cc. Other folders use keys.h, sealers.h, openers.h and
// examined_keys.h.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/security_kind.h"
#include "security/examined_keys.h"
#include "security/keys.h"
#include "security/mail_security.h"

namespace gateway::security {

struct MailSecurity {
  SecurityKind kind;
  // Adds the keys of this kind that the settings name, as ReadKeys() does.
  Result<void> (*read_keys)(const std::vector<MailboxSettings>& mailboxes, const std::vector<PartnerSettings>& partners,
                            Keys& keys);
  // `keys` must outlive the object.
  Result<std::unique_ptr<MailSealer>> (*make_sealer)(const Keys& keys, const NewFile& new_file);
  // Makes an opener that has no key yet.
  Result<std::unique_ptr<MailOpener>> (*make_opener)(const Tolerance& tolerance);
  // Reads the content of a partner's key file, as ReadPartnerKeys() does.
  Result<std::vector<ExaminedPartner>> (*read_partner_keys)(std::string_view content, const Tolerance& tolerance);
};

std::span<const MailSecurity> Securities();

}  // namespace gateway::security
