#include "cli/keys_commands.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "openpgp/fingerprint_text.h"
#include "openpgp/key_file_reader.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

std::string Condition(const openpgp::KeyInfo& key) {
  if (key.revoked) return "revoked";
  if (key.expired) return "expired";
  return key.secret ? "secret" : "public";
}

std::string NameOf(openpgp::SubkeyState state) {
  switch (state) {
    case openpgp::SubkeyState::usable:
      return "usable";
    case openpgp::SubkeyState::expired:
      return "expired";
    case openpgp::SubkeyState::revoked:
      return "revoked";
    case openpgp::SubkeyState::not_yet:
      return "made in the future";
    case openpgp::SubkeyState::unbound:
    case openpgp::SubkeyState::unread:
      break;
  }
  return "NOT USED: " + std::string(openpgp::WhyLeftOut(state));
}

// Whatever the state of the subkey itself is, nobody uses a subkey of such a primary key.
std::string NameOf(const openpgp::KeyInfo& primary, openpgp::SubkeyState state) {
  if (state == openpgp::SubkeyState::usable && primary.revoked) return "NOT USED: its primary key is revoked";
  if (state == openpgp::SubkeyState::usable && primary.expired) return "NOT USED: its primary key is expired";
  return NameOf(state);
}

std::string FingerprintOf(const openpgp::SubkeyInfo& subkey) {
  return subkey.fingerprint.empty() ? "(no fingerprint)" : openpgp::FormatFingerprint(subkey.fingerprint);
}

void PrintSubkey(const openpgp::KeyInfo& primary, const openpgp::SubkeyInfo& subkey) {
  Out() << "  subkey     " << FingerprintOf(subkey) << "\n"
        << "             " << subkey.algorithm << (subkey.signs ? ", signs" : "")
        << (subkey.encrypts ? ", encrypts" : "") << ", " << NameOf(primary, subkey.state) << ", created "
        << FormatTime(subkey.created);
  if (ToUnixMilliseconds(subkey.expires) != 0) Out() << ", expires " << FormatTime(subkey.expires);
  Out() << "\n";
}

void PrintKey(const std::filesystem::path& file, const openpgp::FileKey& listed) {
  const openpgp::KeyInfo& key = listed.info;
  Out() << openpgp::FormatFingerprint(key.fingerprint) << "\n"
        << "  file       " << file.string() << "\n"
        << "  kind       " << Condition(key) << ", " << key.algorithm << (key.can_sign ? ", signs" : "")
        << (key.can_encrypt ? ", encrypts" : "") << "\n";
  if (key.bits != 0) Out() << "  bits       " << key.bits << "\n";
  if (key.sha1_only) Out() << "  weak       rests on self-signatures with SHA-1 (profile: accept_sha1)\n";
  Out() << "  created    " << FormatTime(key.created) << "\n";
  if (ToUnixMilliseconds(key.expires) != 0) Out() << "  expires    " << FormatTime(key.expires) << "\n";
  for (const std::string& user_id : key.user_ids) Out() << "  user       " << user_id << "\n";
  for (const openpgp::SubkeyInfo& subkey : listed.subkeys) PrintSubkey(key, subkey);
}

ordered_json TimeOrNull(Time time) {
  return ToUnixMilliseconds(time) == 0 ? ordered_json(nullptr) : ordered_json(FormatTime(time));
}

ordered_json ToJson(const openpgp::KeyInfo& primary, const openpgp::SubkeyInfo& subkey) {
  const bool nameless = subkey.fingerprint.empty();
  return {{"fingerprint", nameless ? ordered_json(nullptr) : ordered_json(subkey.fingerprint)},
          {"algorithm", subkey.algorithm},
          {"signs", subkey.signs},
          {"encrypts", subkey.encrypts},
          {"state", NameOf(primary, subkey.state)},
          {"created", FormatTime(subkey.created)},
          {"expires", TimeOrNull(subkey.expires)}};
}

ordered_json ToJson(const std::filesystem::path& file, const openpgp::FileKey& listed) {
  const openpgp::KeyInfo& key = listed.info;
  ordered_json subkeys = ordered_json::array();
  for (const openpgp::SubkeyInfo& subkey : listed.subkeys) subkeys.push_back(ToJson(key, subkey));
  return {{"file", file.string()},
          {"fingerprint", key.fingerprint},
          {"kind", Condition(key)},
          {"algorithm", key.algorithm},
          {"signs", key.can_sign},
          {"encrypts", key.can_encrypt},
          {"bits", key.bits == 0 ? ordered_json(nullptr) : ordered_json(key.bits)},
          {"sha1_only", key.sha1_only},
          {"created", FormatTime(key.created)},
          {"expires", TimeOrNull(key.expires)},
          {"user_ids", key.user_ids},
          {"subkeys", std::move(subkeys)}};
}

// A person who compares fingerprints must see that the file holds more keys than the one that is
// read out.
void WarnOfSeveral(const std::filesystem::path& file, std::size_t count) {
  if (count < 2) return;
  Err() << "dicom-mail-gateway: " << file.string() << " holds " << count
        << " primary keys; a partner's file may hold one only\n";
}

// A fingerprint alone does not tell that nobody may trust its key, or that the file must not be
// passed on.
void WarnOfCondition(const openpgp::KeyInfo& key) {
  if (key.revoked) Err() << "  this key is revoked: nobody may use it any more\n";
  if (!key.revoked && key.expired) Err() << "  this key is expired\n";
  if (!key.revoked && !key.expired && !key.can_encrypt) {
    Err() << "  nobody can encrypt to this key: its owner must send it with a subkey that encrypts\n";
  }
  if (key.secret) Err() << "  this is a secret key: its file stays here; for partners: keys export\n";
}

}  // namespace

unsigned MostValidDays() {
  return operations::MostValidDays();
}

int KeysGenerate(const GenerateOptions& options) {
  const operations::KeyPair pair = operations::GenerateKeyPair(options);
  if (pair.passphrase_made) Err() << "passphrase: " << options.passphrase_file.string() << " (made; stays here)\n";
  if (!pair.key) return PrintError(pair.key.error());
  Out() << openpgp::FormatFingerprint(pair.key->fingerprint) << "\n";
  Err() << "secret key: " << pair.secret_file.string() << " (stays here)\n"
        << "public key: " << pair.public_file.string() << " (for your partners)\n";
  return kExitOk;
}

int KeysList(const std::vector<std::filesystem::path>& files, bool json) {
  ordered_json list = ordered_json::array();
  for (const std::filesystem::path& file : files) {
    const Result<std::vector<openpgp::FileKey>> keys = operations::ReadKeys(file);
    if (!keys) return PrintError(keys.error());
    WarnOfSeveral(file, keys->size());
    for (const openpgp::FileKey& key : *keys) {
      if (json) {
        list.push_back(ToJson(file, key));
      } else {
        PrintKey(file, key);
      }
    }
  }
  if (json) PrintJson(list);
  return kExitOk;
}

int KeysExport(const std::filesystem::path& file, const std::filesystem::path& out) {
  if (!out.empty()) {
    const Result<void> written = operations::ExportPublicKeys(file, out);
    return written ? kExitOk : PrintError(written.error());
  }
  const Result<std::string> armored = operations::PublicKeysOf(file);
  if (!armored) return PrintError(armored.error());
  Out().Lines(*armored);
  return kExitOk;
}

int KeysFingerprint(const std::filesystem::path& file) {
  const Result<std::vector<openpgp::FileKey>> keys = operations::ReadKeys(file);
  if (!keys) return PrintError(keys.error());
  WarnOfSeveral(file, keys->size());
  for (const openpgp::FileKey& key : *keys) {
    Out() << openpgp::FormatFingerprint(key.info.fingerprint) << "\n";
    WarnOfCondition(key.info);
    // Subkeys go to standard error, because scripts read standard output. The primary key's
    // fingerprint is the one to compare and to write down.
    for (const openpgp::SubkeyInfo& subkey : key.subkeys) {
      Err() << "  subkey " << FingerprintOf(subkey) << ", " << NameOf(key.info, subkey.state) << "\n";
    }
  }
  return kExitOk;
}

}  // namespace gateway::cli
