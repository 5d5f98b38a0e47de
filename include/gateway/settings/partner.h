// An entry of section `partners`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/settings/profile.h"

namespace gateway {

struct PartnerSettings {
  std::string name;
  std::string address;
  std::vector<std::string> aliases;  // other addresses that it writes from; its key vouches for them all
  std::string mailbox;               // which of ours talks to it; default: the first
  std::filesystem::path key_file;
  std::string key_fingerprint;  // upper-case hex without spaces: the pinned primary key
  PartnerProfile profile;
};

}  // namespace gateway
