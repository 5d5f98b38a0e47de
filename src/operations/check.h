// Checks a configuration as `run` would load it: the keys, routes, certificates, ports and
// directories, and the names of hosts.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "config/loader.h"
#include "ledger/destination_name.h"
#include "openpgp/key_file_reader.h"

namespace gateway::operations {

// The daemon runs, so what was checked counts from its next start.
struct ServiceRuns {};
// The daemon runs and holds the port of the configuration, or another program does.
struct PortInUse {
  std::string error;
};
// The key of a partner rests on self-signatures with SHA-1.
struct KeyWithSha1 {
  std::string partner;
};
struct ShortKey {
  std::string partner;
  unsigned bits = 0;
};
// A subkey of a partner's key that is not used.
struct SubkeyLeftOut {
  std::string partner;
  openpgp::SubkeyInfo subkey;
};
// No certificate in the file of CAs is that of a CA.
struct NoAuthority {
  std::string key;  // of the configuration
  std::filesystem::path file;
};
// Some certificates in the file of CAs are not valid today.
struct CertificatesNotValid {
  std::string key;
  std::filesystem::path file;
  std::size_t not_valid = 0;
  std::size_t certificates = 0;
};
// The state directory is on a file system that is not meant for it.
struct DoubtfulFileSystem {
  std::filesystem::path state_dir;
  std::string warning;
};
// The name of a host has no address at present. This is no mistake in the configuration, because a
// name server may be away, or a computer may not exist yet.
struct UnknownHost {
  enum class Of { caller, pacs, mail_server };
  std::string key;  // of the configuration
  Of of = Of::caller;
  std::string error;
};

// A rule is probably not what the administrator means (routing/examination.h).
struct DoubtfulRule {
  std::string place;  // file and line; empty if it is none of one rule
  std::string finding;
};

// Something that the configuration allows, but a person should know.
using CheckNote = std::variant<ServiceRuns, PortInUse, KeyWithSha1, ShortKey, SubkeyLeftOut, NoAuthority,
                               CertificatesNotValid, DoubtfulFileSystem, DoubtfulRule, UnknownHost, ledger::Stranded>;

struct Checked {
  // Loaded::mistakes also holds what was found beyond the files of the configuration.
  config::Loaded loaded;
  std::vector<CheckNote> notes;
};

Checked CheckConfiguration(const std::filesystem::path& file);

}  // namespace gateway::operations
