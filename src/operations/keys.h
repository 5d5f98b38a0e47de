// Makes, reads and exports OpenPGP keys for a new site, without gpg. The files are plain armored
// OpenPGP, which gpg imports. No configuration and no ledger is needed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "openpgp/key_file_reader.h"

namespace gateway::operations {

struct KeyPairRequest {
  std::string user_id;  // "Klinikum A <teleradiologie@klinikum-a.example>"
  // The function writes OUT.secret.asc (0600) and OUT.public.asc; neither may exist.
  std::filesystem::path out;
  std::filesystem::path passphrase_file;  // empty: the secret key is not protected
  unsigned valid_days = 0;                // 0: it never expires
};

struct KeyPair {
  std::filesystem::path secret_file;
  std::filesystem::path public_file;
  bool passphrase_made = false;  // the passphrase's file did not exist; it stays even if `key` is an error
  Result<openpgp::KeyInfo> key;
};

// Returns how many days a new key can be valid for.
unsigned MostValidDays();
KeyPair GenerateKeyPair(const KeyPairRequest& request);

// Errors: those of openpgp::ReadKeyFile() and of the file, with the file's name.
Result<std::vector<openpgp::FileKey>> ReadKeys(const std::filesystem::path& file);

// Returns the public part of every key of the file, armored. Errors: as above.
Result<std::string> PublicKeysOf(const std::filesystem::path& file);
// Writes what PublicKeysOf() returns into the file `out`.
Result<void> ExportPublicKeys(const std::filesystem::path& file, const std::filesystem::path& out);

}  // namespace gateway::operations
