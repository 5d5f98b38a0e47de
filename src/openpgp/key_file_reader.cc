#include "openpgp/key_file_reader.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "openpgp/error_codes.h"
#include "openpgp/key_strength.h"
#include "openpgp/keyring_impl.h"
#include "openpgp/keys_in_use.h"
#include "openpgp/rnp_silence.h"
#include "openpgp/rnp_streams.h"

namespace gateway::openpgp {
namespace {

// A binding counts whatever our clock says, and even if the key has expired since, because RNP
// looks at these files only once.
bool IsBound(rnp_key_handle_t subkey) {
  const std::size_t count = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_signature_count, subkey);
  for (std::size_t i = 0; i < count; ++i) {
    rnp_signature_handle_t created = nullptr;
    if (rnp_key_get_signature_at(subkey, i, &created) != RNP_SUCCESS) continue;
    const SignatureHandle signature(created);
    if (TextOf(rnp_signature_get_type, created) != "subkey binding") continue;
    const rnp_result_t valid = rnp_signature_is_valid(created, 0);
    if (valid == RNP_SUCCESS || valid == RNP_ERROR_SIGNATURE_EXPIRED) return true;
  }
  return false;
}

bool IsFromTheFuture(std::uint32_t created) {
  return static_cast<std::int64_t>(created) > static_cast<std::int64_t>(std::time(nullptr));
}

SubkeyState StateOf(rnp_key_handle_t subkey, const PacketKey& packet) {
  if (FlagOf(rnp_key_is_revoked, subkey)) return SubkeyState::revoked;
  if (!IsBound(subkey)) return SubkeyState::unbound;
  if (IsFromTheFuture(packet.created)) return SubkeyState::not_yet;
  return IsExpired(subkey) ? SubkeyState::expired : SubkeyState::usable;
}

bool Allows(rnp_key_handle_t key, const char* usage) {
  bool allowed = false;
  return rnp_key_allows_usage(key, usage, &allowed) == RNP_SUCCESS && allowed;
}

SubkeyInfo DescribeSubkey(rnp_ffi_t ffi, const PacketKey& packet) {
  SubkeyInfo info;
  info.fingerprint = packet.fingerprint;
  info.key_id = packet.key_id;
  info.created = Time(Seconds(packet.created));
  const KeyHandle subkey = packet.fingerprint.empty() ? nullptr : FindByFingerprint(ffi, packet.fingerprint);
  if (!subkey) {
    info.state = SubkeyState::unread;
    info.algorithm = packet.Kind();
    return info;
  }
  info.algorithm = AlgorithmName(subkey.get());
  info.state = StateOf(subkey.get(), packet);
  info.signs = Allows(subkey.get(), "sign");
  info.encrypts = Allows(subkey.get(), "encrypt");
  info.expires = Time(Seconds(ExpiryOf(subkey.get())));
  return info;
}

// Leaves out other people's certificates, and subkeys that the key has not bound.
Result<std::string> UsablePackets(rnp_ffi_t ffi, const FileKey& key) {
  const KeyHandle primary = FindByFingerprint(ffi, key.info.fingerprint);
  (void)rnp_key_remove_signatures(primary.get(), RNP_KEY_SIGNATURE_NON_SELF_SIG, nullptr, nullptr);
  for (const SubkeyInfo& subkey : key.subkeys) {
    if (subkey.state != SubkeyState::unbound) continue;
    const KeyHandle handle = FindByFingerprint(ffi, subkey.fingerprint);
    if (handle && rnp_key_remove(handle.get(), RNP_KEY_REMOVE_PUBLIC) != RNP_SUCCESS) {
      return ConfigError(codes::kKeyUnreadable, "the subkey " + subkey.fingerprint + " cannot be left out");
    }
  }
  const OutputHandle output = OutputToMemory();
  constexpr std::uint32_t kPublic = RNP_KEY_EXPORT_PUBLIC | RNP_KEY_EXPORT_SUBKEYS;
  if (rnp_key_export(primary.get(), output.get(), kPublic) != RNP_SUCCESS) {
    return ConfigError(codes::kKeyUnreadable, key.info.fingerprint + " cannot be exported");
  }
  return MemoryContent(output.get());
}

Result<FileKey> ReadKey(TransferableKey& split, const SecurityPolicy& policy) {
  FileKey key;
  // Each primary key gets an RNP context of its own. RNP would carry what the file says of a subkey
  // over to another key.
  GATEWAY_ASSIGN(const FfiHandle ffi, CreateFfi(policy.allow_sha1 ? Sha1::allowed : Sha1::by_date));
  GATEWAY_ASSIGN(const std::vector<KeyInfo> imported, ImportKeys(ffi.get(), split.packets));
  key.info = imported.front();
  GATEWAY_ASSIGN(const std::set<std::string> sha1_only, FindSha1Only(ffi.get(), imported, split.packets));
  key.info.sha1_only = sha1_only.contains(key.info.fingerprint);
  key.packets = std::move(split.keys);
  for (std::size_t i = 1; i < key.packets.size(); ++i) {
    key.subkeys.push_back(DescribeSubkey(ffi.get(), key.packets[i]));
  }
  if (key.info.secret) {
    key.secret_packets = Secret(split.packets);
  } else {
    GATEWAY_ASSIGN(key.usable_packets, UsablePackets(ffi.get(), key));
  }
  return key;
}

}  // namespace

std::string_view WhyLeftOut(SubkeyState state) {
  if (state == SubkeyState::unbound) return "its primary key has not bound it to itself";
  if (state == SubkeyState::unread) return "RNP, the OpenPGP of this gateway, cannot read it";
  return {};
}

Result<std::vector<FileKey>> ReadKeyFile(std::string_view content, const SecurityPolicy& policy) {
  const RnpSilence silence;
  GATEWAY_ASSIGN(std::vector<TransferableKey> split, SplitKeys(content));
  Result<std::vector<FileKey>> keys = std::vector<FileKey>();
  for (TransferableKey& one : split) {
    const WipedAtEnd wiped(one.packets);  // also those after one that cannot be read
    if (!keys) continue;
    Result<FileKey> key = ReadKey(one, policy);
    if (key) {
      keys->push_back(std::move(key).value());
    } else {
      keys = key.error();
    }
  }
  return keys;
}

PartnerKey PartnerKeyOf(const FileKey& key, std::string partner, const SecurityPolicy& policy) {
  PartnerKey trusted{std::move(partner), key.info.fingerprint, {}, key.usable_packets, policy.allow_sha1};
  trusted.key_ids.push_back(key.packets.front().key_id);
  for (const SubkeyInfo& subkey : key.subkeys) {
    if (WhyLeftOut(subkey.state).empty()) trusted.key_ids.push_back(subkey.key_id);
  }
  return trusted;
}

}  // namespace gateway::openpgp
