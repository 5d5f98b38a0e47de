// What a key file holds, each of its primary keys judged by itself.
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
  unbound,  // its primary key has not bound it, or it signs and has not signed back: it does not count
  unread,   // RNP cannot read it
};

// For a person; empty: it counts.
std::string_view WhyLeftOut(SubkeyState state);

struct SubkeyInfo {
  std::string fingerprint;  // as PacketKey has it
  std::string algorithm;    // "ECDH", "RSA 3072"; of one that is not read its PacketKey::Kind()
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
  std::string usable_packets;       // a public key, its user ids, and the subkeys that it has bound
  Secret secret_packets;            // a secret key, as it stands in the file
};

// config "key-unreadable": as SplitKeys, and of a primary key that RNP cannot read.
Result<std::vector<FileKey>> ReadKeyFile(std::string_view content, const SecurityPolicy& policy = {});

// Of one of those. `partner`: its name.
PartnerKey PartnerKeyOf(const FileKey& key, std::string partner, const SecurityPolicy& policy = {});

}  // namespace gateway::openpgp
