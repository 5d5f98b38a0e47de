// OpenPGP as mail security: PGP/MIME (RFC 3156) by a keyring. Only securities.cc includes this.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "security/examined_keys.h"
#include "security/keys.h"
#include "security/mail_security.h"

namespace gateway::security {

// The functions of MailSecurity (securities.h).
Result<void> ReadOpenPgpKeys(const std::vector<MailboxSettings>& mailboxes,
                             const std::vector<PartnerSettings>& partners, Keys& keys);
Result<std::unique_ptr<MailSealer>> MakeOpenPgpSealer(const Keys& keys, const NewFile& new_file);
Result<std::unique_ptr<MailOpener>> MakeOpenPgpOpener(const Tolerance& tolerance);
Result<std::vector<ExaminedPartner>> ReadOpenPgpPartners(std::string_view content, const Tolerance& tolerance);

}  // namespace gateway::security
