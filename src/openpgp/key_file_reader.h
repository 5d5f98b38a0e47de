// Reads what a key file holds, and checks each of its primary keys by itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "openpgp/key_packets.h"
#include "openpgp/openpgp.h"

namespace gateway::openpgp {

enum class SubkeyState {
  usable,
  expired,
  revoked,
  not_yet,  // made in the future, by our clock
  // Its primary key has not bound it, or it signs and has not signed back. It does not count.
  unbound,
  unread,  // RNP cannot read it
};

// Returns the reason for a person. Empty means that the subkey counts.
std::string_view WhyLeftOut(SubkeyState state);

struct SubkeyInfo {
  std::string fingerprint;  // as in PacketKey
  std::string key_id;       // as in PacketKey
  std::string algorithm;    // "ECDH", "RSA 3072"; if RNP cannot read the key, PacketKey::Kind()
  SubkeyState state = SubkeyState::unbound;
  bool signs = false;
  bool encrypts = false;
  Time created;
  Time expires;  // 0: never
};

struct FileKey {
  KeyInfo info;
  std::vector<SubkeyInfo> subkeys;  // in the order of the file
  std::vector<PacketKey> packets;   // the primary one first
  std::string usable_packets;       // of a public key: its user ids, and the subkeys that it has bound
  Secret secret_packets;            // of a secret key: as it is in the file
};

// Errors: config "key-unreadable" for the reasons of SplitKeys(), and for a primary key that RNP
// cannot read.
Result<std::vector<FileKey>> ReadKeyFile(std::string_view content, const SecurityPolicy& policy = {});

// Makes a partner's key of one of those. `partner` is its name.
PartnerKey PartnerKeyOf(const FileKey& key, std::string partner, const SecurityPolicy& policy = {});

}  // namespace gateway::openpgp
