// Keys for `dicom-mail-gateway keys`: made, read and exported as plain armored OpenPGP, as gpg imports and exports it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "openpgp/key_file_reader.h"
#include "openpgp/openpgp.h"

namespace gateway::openpgp {

struct GeneratedKey {
  std::string secret_armored;  // protected by the passphrase when there is one
  std::string public_armored;
  KeyInfo info;
};

// Ed25519 primary key (certify, sign) with a Cv25519 subkey (encrypt), no expiry unless valid_days > 0.
// `user_id`: "Klinikum A <teleradiologie@klinikum-a.example>".
Result<GeneratedKey> GenerateKey(std::string_view user_id, std::string_view passphrase, unsigned valid_days);

// The public part of every key in `content`, armored.
Result<std::string> ExportPublic(std::string_view content);

// "0123456789ABCDEF..." -> "0123 4567 89AB CDEF ...", and back (spaces, lower case, "0x" taken).
std::string FormatFingerprint(std::string_view fingerprint);
std::string NormaliseFingerprint(std::string_view fingerprint);

// What the two files of a partner or mailbox must satisfy before the daemon starts. config errors name the file.
Result<KeyInfo> CheckPartnerKey(const PartnerSettings& partner);
Result<KeyInfo> CheckMailboxKey(const MailboxSettings& mailbox);

struct MailboxKey {
  KeyInfo info;
  std::vector<PacketKey> packets;  // what its file holds
  Secret unprotected;              // armored, without its passphrase
  std::optional<Error> unusable;   // config "key-not-usable": expired, revoked, none that encrypts; else as checked
};
// The errors of CheckMailboxKey but this one: it comes by itself, with time.
Result<MailboxKey> LoadMailboxKey(const MailboxSettings& mailbox);

struct LoadedPartnerKey {
  FileKey file;
  PartnerKey key;                 // what counts of it
  std::optional<Error> unusable;  // as above
};
// The errors of CheckPartnerKey but "key-not-usable".
Result<LoadedPartnerKey> LoadPartnerKey(const PartnerSettings& partner);

}  // namespace gateway::openpgp
