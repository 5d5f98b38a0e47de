// Whether a key has two owners: what a partner's file holds of another's key, or of ours, is a mistake at best.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "openpgp/key_files.h"

namespace gateway::openpgp {

struct KeyOwner {
  std::string whose;  // "partner klinikum-b", "mailbox main"
  bool ours = false;
  std::filesystem::path file;
  std::vector<PacketKey> keys;     // all that the file holds, whatever they are worth
  std::vector<std::string> loose;  // fingerprints of those that its primary key has not bound to itself
};
KeyOwner OwnerOf(const PartnerSettings& partner, const FileKey& file);
KeyOwner OwnerOf(const MailboxSettings& mailbox, const MailboxKey& key);

struct SharedKey {
  std::string whose;  // a partner
  Error error;        // config "key-of-another", which names both files and owners
};
// By key id, which equal keys share and others should not. Two mailboxes of ours may share one.
std::vector<SharedKey> FindSharedKeys(const std::vector<KeyOwner>& owners);

}  // namespace gateway::openpgp
