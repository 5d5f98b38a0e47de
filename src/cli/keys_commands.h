// `keys generate|list|export|fingerprint`: everything that a new site needs, without gpg. The files
// are plain armored OpenPGP, which gpg imports.
#pragma once

#include <filesystem>
#include <vector>

#include "operations/keys.h"

namespace gateway::cli {

using GenerateOptions = operations::KeyPairRequest;
// Returns how many days a new key can be valid for.
unsigned MostValidDays();
int KeysGenerate(const GenerateOptions& options);
int KeysList(const std::vector<std::filesystem::path>& files, bool json);
// Writes the public part of `file`, armored, to `out` or to standard output.
int KeysExport(const std::filesystem::path& file, const std::filesystem::path& out);
int KeysFingerprint(const std::filesystem::path& file);

}  // namespace gateway::cli
