// Makes, reads and exports keys for `dicom-mail-gateway keys`, as plain armored OpenPGP, which gpg
// imports and exports.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "openpgp/fingerprint_text.h"
#include "openpgp/key_file_reader.h"
#include "openpgp/openpgp.h"

namespace gateway::openpgp {

struct GeneratedKey {
  std::string secret_armored;  // protected by the passphrase if there is one
  std::string public_armored;
  KeyInfo info;
};

constexpr unsigned kMaxValidDays = 36'500;

// Makes an Ed25519 primary key (certify, sign) with a Cv25519 subkey (encrypt). It expires only if
// valid_days is above 0. `user_id` is a text such as "Klinikum A
// <teleradiologie@klinikum-a.example>". Errors: config "bad-user-id", "bad-passphrase",
// "bad-validity"; permanent "key-generation-failed".
Result<GeneratedKey> GenerateKey(std::string_view user_id, std::string_view passphrase, unsigned valid_days);

// Returns the public part of every key in `content`, armored.
Result<std::string> ExportPublic(std::string_view content);

// Check the files of a partner or mailbox, as they must be before the daemon starts. Errors:
// config, naming the file; transient if the disk fails.
Result<KeyInfo> CheckPartnerKey(const PartnerSettings& partner);
Result<KeyInfo> CheckMailboxKey(const MailboxSettings& mailbox);

struct MailboxKey {
  KeyInfo info;
  std::vector<PacketKey> packets;  // everything that its file holds
  Secret unprotected;              // armored, without its passphrase
  // Config "key-not-usable": it is expired or revoked, or has no part that encrypts. All other
  // conditions hold.
  std::optional<Error> unusable;
};
// Errors: those of CheckMailboxKey(), except "key-not-usable". That condition comes by itself, with
// time.
Result<MailboxKey> LoadMailboxKey(const MailboxSettings& mailbox);

struct LoadedPartnerKey {
  FileKey file;
  PartnerKey key;  // the part of the file that counts
  // Is set as in MailboxKey, and also if no part signs and the profile demands signatures.
  std::optional<Error> unusable;
};
// Errors: those of CheckPartnerKey(), except "key-not-usable".
Result<LoadedPartnerKey> LoadPartnerKey(const PartnerSettings& partner);

}  // namespace gateway::openpgp
