#include "operations/keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "base/random_text.h"
#include "base/secret.h"
#include "openpgp/key_files.h"
#include "openpgp/passphrase_file.h"
#include "operations/error_codes.h"

namespace gateway::operations {
namespace {

std::filesystem::path WithSuffix(std::filesystem::path path, const char* suffix) {
  return path += suffix;
}

// If the directory belongs to another group than root's (the package makes such directories), that
// group may read what root makes. In all other directories secrets are only for their owner.
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

// Makes a passphrase of 192 random bits, unless the file exists. Returns whether it made one.
Result<bool> MakePassphrase(const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.empty() || std::filesystem::exists(file, ignored)) return false;
  std::string passphrase = RandomHex(24) + "\n";
  const Result<void> written = WriteForGroup(file, passphrase, 0600);
  WipeText(passphrase);
  if (!written) return written.error();
  return true;
}

Result<openpgp::KeyInfo> Generate(const KeyPairRequest& request, KeyPair& pair) {
  for (const std::filesystem::path& file : {pair.secret_file, pair.public_file}) {
    if (std::error_code ignored; std::filesystem::exists(file, ignored)) {
      return Permanent(codes::kFileExists, file.string() + " is not overwritten");
    }
  }
  GATEWAY_ASSIGN(pair.passphrase_made, MakePassphrase(request.passphrase_file));
  GATEWAY_ASSIGN(const Secret passphrase, openpgp::ReadPassphrase(request.passphrase_file));
  if (passphrase.empty() && !request.passphrase_file.empty()) {
    return ConfigError(codes::kPassphraseEmpty, request.passphrase_file.string());
  }
  Result<openpgp::GeneratedKey> key = openpgp::GenerateKey(request.user_id, passphrase.view(), request.valid_days);
  if (!key) return key.error();
  GATEWAY_TRY(WriteForGroup(pair.secret_file, key->secret_armored, 0600));
  GATEWAY_TRY(WriteForGroup(pair.public_file, key->public_armored, 0644));
  return key->info;
}

// Calls `read` with the content of the file, and wipes that afterwards, as it may be secret.
template <typename Read>
auto ReadFrom(const std::filesystem::path& file, const Read& read) -> decltype(read(std::string_view())) {
  GATEWAY_ASSIGN(std::string content, ReadSmallFile(file));
  auto result = read(std::string_view(content));
  WipeText(content);
  if (!result) return ErrorNamed(Fault::config, result.error().code, file.string() + ": " + result.error().detail);
  return result;
}

}  // namespace

unsigned MostValidDays() {
  return openpgp::kMaxValidDays;
}

KeyPair GenerateKeyPair(const KeyPairRequest& request) {
  KeyPair pair{WithSuffix(request.out, ".secret.asc"), WithSuffix(request.out, ".public.asc"), false, Error{}};
  pair.key = Generate(request, pair);
  return pair;
}

Result<std::vector<openpgp::FileKey>> ReadKeys(const std::filesystem::path& file) {
  return ReadFrom(file, [](std::string_view content) { return openpgp::ReadKeyFile(content); });
}

Result<std::string> PublicKeysOf(const std::filesystem::path& file) {
  return ReadFrom(file, openpgp::ExportPublic);
}

Result<void> ExportPublicKeys(const std::filesystem::path& file, const std::filesystem::path& out) {
  GATEWAY_ASSIGN(const std::string armored, PublicKeysOf(file));
  return WriteFileDurably(out, armored, 0644);
}

}  // namespace gateway::operations
