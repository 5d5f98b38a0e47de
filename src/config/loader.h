// Makes Settings of the YAML files. It collects every mistake with its file and line, not only the
// first one.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gateway/settings.h"

namespace gateway::config {

struct Diagnostic {
  std::filesystem::path file;
  int line = 0;  // from 1; 0: concerns the file as a whole
  std::string message;
  bool may_pass = false;  // the configuration is right, but a file system or the like is away
};

// Returns "FILE:LINE: message".
std::string Format(const Diagnostic& diagnostic);

// Says where a named thing is in the files. Mistakes that are found later need it (a key that
// cannot be loaded, a port in use).
struct Place {
  std::filesystem::path file;
  int line = 0;
};

struct Loaded {
  Settings settings;  // meaningful only if mistakes is empty
  std::vector<Diagnostic> mistakes;
  std::map<std::string, Place> places;  // "partner NAME", "mailbox NAME", "pacs NAME", "dicom.port", ...
};

// Returns whether there is a mistake that cannot pass by itself.
bool HasMistakes(const Loaded& loaded);

// Commands that do not use the files named in the configuration (secrets, keys, certificates), nor
// its directories for documents, need no access to them. systemd's credentials exist only for the
// service.
enum class NamedFiles { must_be_usable, may_be_missing };

// Reads FILE, partners.d/*.yaml beside it (each holds a map of partners, or `partners:` with such a
// map), and routes.d/*.yaml (each holds lists of rules, or `routes:` with such lists). It checks
// syntax, unknown and duplicate keys, types, ranges, references between sections, the named files
// and directories, and the security rules (TLS outside loopback). It opens neither keys nor
// sockets.
Loaded Load(const std::filesystem::path& file, NamedFiles named_files = NamedFiles::must_be_usable);

}  // namespace gateway::config
