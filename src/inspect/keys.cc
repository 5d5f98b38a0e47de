#include "inspect/keys.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "openpgp/error_codes.h"

namespace gateway::inspect {

Result<void> Keys::AddPartners(std::string_view content) {
  // SHA-1 is accepted here, because the findings report it.
  const openpgp::SecurityPolicy policy{.allow_sha1 = true};
  GATEWAY_ASSIGN(const std::vector<openpgp::FileKey> keys, openpgp::ReadKeyFile(content, policy));
  for (const openpgp::FileKey& key : keys) {
    if (key.info.secret)
      return ConfigError(codes::kSecretKeyOfPartner, "holds a secret key, not a partner's public one");
    partners.push_back({key.info, openpgp::PartnerKeyOf(key, key.info.fingerprint, policy)});
  }
  return {};
}

const openpgp::KeyInfo* FindKey(const std::vector<openpgp::KeyInfo>& keys, const std::string& key_id) {
  for (const openpgp::KeyInfo& key : keys) {
    const bool is_subkey = std::any_of(key.subkeys.begin(), key.subkeys.end(),
                                       [&](const std::string& fingerprint) { return fingerprint.ends_with(key_id); });
    if (is_subkey || key.fingerprint.ends_with(key_id)) return &key;
  }
  return nullptr;
}

const Partner* FindKey(const std::vector<Partner>& partners, const std::string& key_id) {
  const auto found = std::find_if(partners.begin(), partners.end(), [&](const Partner& partner) {
    return std::ranges::find(partner.key.key_ids, key_id) != partner.key.key_ids.end();
  });
  return found == partners.end() ? nullptr : &*found;
}

bool NamesAddress(const openpgp::KeyInfo& key, const std::string& address) {
  return std::any_of(key.user_ids.begin(), key.user_ids.end(), [&](const std::string& user_id) {
    const std::string lower = LowerCase(user_id);
    return lower == address || lower.find("<" + address + ">") != std::string::npos;
  });
}

}  // namespace gateway::inspect
