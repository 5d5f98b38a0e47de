#include "cli/keys_commands.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/random_text.h"
#include "base/secret.h"
#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/operator_session.h"
#include "crypto/key_files.h"
#include "crypto/passphrase_file.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

Result<std::vector<crypto::KeyInfo>> ReadKeys(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(const std::string content, ReadSmallFile(file));
  GATEWAY_ASSIGN(crypto::Keyring keyring, crypto::Keyring::Create());
  Result<std::vector<crypto::KeyInfo>> keys = keyring.Add(content);
  if (!keys) return ConfigError(keys.error().code, file.string() + ": " + keys.error().detail);
  return keys;
}

std::string Condition(const crypto::KeyInfo& key) {
  if (key.revoked) return "revoked";
  if (key.expired) return "expired";
  return key.secret ? "secret" : "public";
}

void PrintKey(const std::filesystem::path& file, const crypto::KeyInfo& key) {
  std::cout << crypto::FormatFingerprint(key.fingerprint) << "\n"
            << "  file       " << file.string() << "\n"
            << "  kind       " << Condition(key) << ", " << key.algorithm << (key.can_sign ? ", signs" : "")
            << (key.can_encrypt ? ", encrypts" : "") << "\n";
  if (key.bits != 0) std::cout << "  bits       " << key.bits << "\n";
  if (key.sha1_only) std::cout << "  weak       rests on self-signatures with SHA-1 (profile: accept_sha1)\n";
  std::cout << "  created    " << FormatTime(key.created) << "\n";
  if (ToUnixMilliseconds(key.expires) != 0) std::cout << "  expires    " << FormatTime(key.expires) << "\n";
  for (const std::string& user_id : key.user_ids) std::cout << "  user       " << user_id << "\n";
}

ordered_json ToJson(const std::filesystem::path& file, const crypto::KeyInfo& key) {
  return {
      {"file", file.string()},
      {"fingerprint", key.fingerprint},
      {"kind", Condition(key)},
      {"algorithm", key.algorithm},
      {"signs", key.can_sign},
      {"encrypts", key.can_encrypt},
      {"bits", key.bits == 0 ? ordered_json(nullptr) : ordered_json(key.bits)},
      {"sha1_only", key.sha1_only},
      {"created", FormatTime(key.created)},
      {"expires", ToUnixMilliseconds(key.expires) == 0 ? ordered_json(nullptr) : ordered_json(FormatTime(key.expires))},
      {"user_ids", key.user_ids}};
}

std::filesystem::path WithSuffix(std::filesystem::path path, const char* suffix) {
  return path += suffix;
}

// In a directory of another group than root's (the package makes such), what root makes is that group's to read. In all
// others secrets are for their owner alone.
Result<void> GiveToGroup(const std::filesystem::path& file) {
  struct stat directory {};
  const std::filesystem::path parent = file.has_parent_path() ? file.parent_path() : ".";
  if (::geteuid() != 0 || ::stat(parent.c_str(), &directory) != 0 || directory.st_gid == 0) return {};
  if (::chown(file.c_str(), static_cast<uid_t>(-1), directory.st_gid) != 0) return ErrorFromErrno(errno, "chown", file);
  if (::chmod(file.c_str(), 0640) != 0) return ErrorFromErrno(errno, "chmod", file);
  return {};
}

Result<void> WriteForGroup(const std::filesystem::path& file, std::string_view content, unsigned mode) {
  GATEWAY_TRY(WriteFileDurably(file, content, mode));
  return GiveToGroup(file);
}

// One that nobody has made yet is made, of 192 random bits.
Result<void> MakePassphrase(const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.empty() || std::filesystem::exists(file, ignored)) return {};
  std::string passphrase = RandomHex(24) + "\n";
  const Result<void> written = WriteForGroup(file, passphrase, 0600);
  WipeText(passphrase);
  if (written) std::cerr << "passphrase: " << file.string() << " (made; stays here)\n";
  return written;
}

Result<crypto::KeyInfo> Generate(const GenerateOptions& options, const std::filesystem::path& secret_file,
                                 const std::filesystem::path& public_file) {
  for (const std::filesystem::path& file : {secret_file, public_file}) {
    if (std::error_code ignored; std::filesystem::exists(file, ignored)) {
      return Permanent("file-exists", file.string() + " is not overwritten");
    }
  }
  GATEWAY_TRY(MakePassphrase(options.passphrase_file));
  GATEWAY_ASSIGN(const Secret passphrase, crypto::ReadPassphrase(options.passphrase_file));
  if (passphrase.empty() && !options.passphrase_file.empty()) {
    return ConfigError("passphrase-empty", options.passphrase_file.string());
  }
  Result<crypto::GeneratedKey> key = crypto::GenerateKey(options.user_id, passphrase.view(), options.valid_days);
  if (!key) return key.error();
  GATEWAY_TRY(WriteForGroup(secret_file, key->secret_armored, 0600));
  GATEWAY_TRY(WriteForGroup(public_file, key->public_armored, 0644));
  return key->info;
}

}  // namespace

int KeysGenerate(const GenerateOptions& options) {
  const std::filesystem::path secret_file = WithSuffix(options.out, ".secret.asc");
  const std::filesystem::path public_file = WithSuffix(options.out, ".public.asc");
  const Result<crypto::KeyInfo> key = Generate(options, secret_file, public_file);
  if (!key) return Report(key.error());
  std::cout << crypto::FormatFingerprint(key->fingerprint) << "\n";
  std::cerr << "secret key: " << secret_file.string() << " (stays here)\n"
            << "public key: " << public_file.string() << " (for your partners)\n";
  return kExitOk;
}

int KeysList(const std::vector<std::filesystem::path>& files, bool json) {
  ordered_json list = ordered_json::array();
  for (const std::filesystem::path& file : files) {
    const Result<std::vector<crypto::KeyInfo>> keys = ReadKeys(file);
    if (!keys) return Report(keys.error());
    for (const crypto::KeyInfo& key : *keys) {
      if (json) {
        list.push_back(ToJson(file, key));
      } else {
        PrintKey(file, key);
      }
    }
  }
  if (json) std::cout << list.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
  return kExitOk;
}

int KeysExport(const std::filesystem::path& file, const std::filesystem::path& out) {
  const Result<std::string> content = ReadSmallFile(file);
  if (!content) return Report(content.error());
  const Result<std::string> armored = crypto::ExportPublic(*content);
  if (!armored) return Report(armored.error());
  if (out.empty()) {
    std::cout << *armored;
    return kExitOk;
  }
  const Result<void> written = WriteFileDurably(out, *armored, 0644);
  return written ? kExitOk : Report(written.error());
}

int KeysFingerprint(const std::filesystem::path& file) {
  const Result<std::vector<crypto::KeyInfo>> keys = ReadKeys(file);
  if (!keys) return Report(keys.error());
  for (const crypto::KeyInfo& key : *keys) std::cout << crypto::FormatFingerprint(key.fingerprint) << "\n";
  return kExitOk;
}

}  // namespace gateway::cli
