// Finds keys that have two owners. If a partner's file holds another's key, or ours, that is a
// mistake at best.
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
  std::vector<PacketKey> keys;     // all keys in the file, whatever they are worth
  std::vector<std::string> loose;  // fingerprints of those that its primary key has not bound to itself
};
KeyOwner OwnerOf(const PartnerSettings& partner, const FileKey& file);
KeyOwner OwnerOf(const MailboxSettings& mailbox, const MailboxKey& key);

struct SharedKey {
  std::string whose;  // a partner
  Error error;        // config "key-of-another", which names both files and owners
};
// Compares the key ids, which equal keys share and others should not share, and the public numbers,
// which also show a key that was written with another time of creation. Two mailboxes of ours may
// share a key.
std::vector<SharedKey> FindSharedKeys(const std::vector<KeyOwner>& owners);

}  // namespace gateway::openpgp
