// YAML -> Settings, with every mistake reported at its file and line, not only the first.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gateway/settings.h"

namespace gateway::config {

struct Diagnostic {
  std::filesystem::path file;
  int line = 0;  // from 1; 0: the file as a whole
  std::string message;
  bool may_pass = false;  // not the configuration is wrong: a file system or the like is away
};

// "FILE:LINE: message"
std::string Format(const Diagnostic& diagnostic);

// Where a named thing stands, for mistakes that are only found later (a key that does not load, a port in use).
struct Place {
  std::filesystem::path file;
  int line = 0;
};

struct Loaded {
  Settings settings;  // meaningful only when mistakes is empty
  std::vector<Diagnostic> mistakes;
  std::map<std::string, Place> places;  // "partner NAME", "mailbox NAME", "pacs NAME", "dicom.port", ...
};

// Is anything wrong that cannot pass by itself?
bool HasMistakes(const Loaded& loaded);

// Who uses nothing of what the files hold that the configuration names (secrets, keys, certificates), or of its
// directories for documents, need not be able to: systemd's credentials are there for the service alone.
enum class NamedFiles { must_be_usable, may_be_missing };

// Reads FILE and partners.d/*.yaml beside it (each holds a map of partners, or `partners:` with one). Checks syntax,
// unknown and duplicate keys, types, ranges, references between sections, files that must exist, and the security rules
// (TLS outside loopback). Does not open keys, sockets or directories.
Loaded Load(const std::filesystem::path& file, NamedFiles named_files = NamedFiles::must_be_usable);

}  // namespace gateway::config
