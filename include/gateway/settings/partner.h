// An entry of section `partners`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/settings/limits.h"
#include "gateway/settings/profile.h"

namespace gateway {

struct PartnerSettings {
  std::string name;
  std::string address;
  std::vector<std::string> aliases;  // other addresses from which it writes; its key vouches for all of them
  std::string mailbox;               // the mailbox of ours that exchanges mails with it; default: the first
  std::filesystem::path key_file;
  std::string key_fingerprint;  // the pinned primary key: upper-case hex without spaces
  PartnerProfile profile;
  LimitSettings limits = {};  // of all that goes to the partner
};

}  // namespace gateway
