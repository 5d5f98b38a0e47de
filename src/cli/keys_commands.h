// `keys generate|list|export|fingerprint`: everything that a new site needs, without gpg. The files
// are plain armored OpenPGP, which gpg imports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::cli {

struct GenerateOptions {
  std::string user_id;  // "Klinikum A <teleradiologie@klinikum-a.example>"
  // Writes OUT.secret.asc (0600) and OUT.public.asc; neither may exist.
  std::filesystem::path out;
  std::filesystem::path passphrase_file;  // empty: the secret key is not protected
  unsigned valid_days = 0;                // 0: it never expires
};
// Returns how many days a new key can be valid for.
unsigned MostValidDays();
int KeysGenerate(const GenerateOptions& options);
int KeysList(const std::vector<std::filesystem::path>& files, bool json);
// Writes the public part of `file`, armored, to `out` or to standard output.
int KeysExport(const std::filesystem::path& file, const std::filesystem::path& out);
int KeysFingerprint(const std::filesystem::path& file);

}  // namespace gateway::cli
