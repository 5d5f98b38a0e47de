#include "openpgp/key_owners.h"

#include <algorithm>
#include <map>
#include <utility>

#include "openpgp/error_codes.h"

namespace gateway::openpgp {
namespace {

struct Place {
  const KeyOwner* owner;
  const PacketKey* key;
};

// Returns a text such as "partner klinikum-c (FILE, as a subkey that its primary key has not bound
// to itself)".
std::string Describe(const Place& place) {
  const bool primary = place.key == &place.owner->keys.front();
  const auto& loose = place.owner->loose;
  const bool bound = std::ranges::find(loose, place.key->fingerprint) == loose.end();
  return place.owner->whose + " (" + place.owner->file.string() + ", as " +
         (primary ? "its primary key"
          : bound ? "a subkey"
                  : "a subkey that its primary key has not bound to itself") +
         ")";
}

std::string NameOf(const PacketKey& one, const PacketKey& other) {
  if (one.fingerprint == other.fingerprint && !one.fingerprint.empty()) return "the key " + one.fingerprint;
  if (one.key_id == other.key_id && !one.key_id.empty()) return "the key id " + one.key_id;
  const auto name = [](const PacketKey& key) { return key.fingerprint.empty() ? key.Kind() : key.fingerprint; };
  return "the key " + name(one) + " (it is the key " + name(other) +
         " with another date or in another form, so one secret key opens or signs for both)";
}

Error Shared(const Place& one, const Place& other) {
  const std::string key = NameOf(*one.key, *other.key);
  if (one.owner->ours != other.owner->ours) {
    const Place& theirs = one.owner->ours ? other : one;
    const Place& ours = one.owner->ours ? one : other;
    return ConfigError(codes::kKeyOfAnother, key + " in the file of " + Describe(theirs) + " is our own, of " +
                                                 Describe(ours) + ". Ask the partner for a file with its own key only");
  }
  return ConfigError(codes::kKeyOfAnother,
                     key + " is in the files of " + Describe(one) + " and of " + Describe(other) +
                         ": a key has one owner. Ask both, by telephone, which key is theirs, and "
                         "for a file without the other's");
}

}  // namespace

KeyOwner OwnerOf(const PartnerSettings& partner, const FileKey& file) {
  KeyOwner owner{"partner " + partner.name, false, partner.key_file, file.packets, {}};
  for (const SubkeyInfo& subkey : file.subkeys) {
    if (subkey.state == SubkeyState::unbound) owner.loose.push_back(subkey.fingerprint);
  }
  return owner;
}

KeyOwner OwnerOf(const MailboxSettings& mailbox, const MailboxKey& key) {
  return {"our mailbox " + mailbox.name, true, mailbox.key.file, key.packets, {}};
}

std::vector<SharedKey> FindSharedKeys(const std::vector<KeyOwner>& owners) {
  std::vector<SharedKey> shared;
  // By key id, and by public number. A number that is a key is never as short as a key id.
  std::map<std::string, Place> places;
  for (const KeyOwner& owner : owners) {
    bool told = false;
    for (const PacketKey& key : owner.keys) {
      const Place place{&owner, &key};
      for (const std::string& known_by : {key.key_id, key.public_number}) {
        if (known_by.empty()) continue;
        const auto [first, fresh] = places.emplace(known_by, place);
        const bool other = !fresh && first->second.owner != &owner && !(owner.ours && first->second.owner->ours);
        if (!other || told) continue;
        // Our keys come first, because a mistake is a partner's.
        shared.push_back({owner.whose, Shared(place, first->second)});
        told = true;
      }
    }
  }
  return shared;
}

}  // namespace gateway::openpgp
