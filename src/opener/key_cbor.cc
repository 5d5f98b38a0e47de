// The forms of open_protocol.h in which the worker gets its keys. CBOR can hold bytes.
#include <algorithm>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/secret.h"
#include "opener/open_protocol.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

// More than the fields of a key need, apart from what it holds.
constexpr std::size_t kRoomForFields = 4096;

json Binary(std::string_view bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

std::string_view BytesOf(const json& object) {
  const json::binary_t& bytes = object.get_binary();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Wipes the secrets at the end of a scope, however the scope ends.
class WipedSecrets {
 public:
  explicit WipedSecrets(json& keys) : keys_(keys) {}
  WipedSecrets(const WipedSecrets&) = delete;
  WipedSecrets& operator=(const WipedSecrets&) = delete;
  ~WipedSecrets() {
    if (!keys_.is_array()) return;
    for (json& key : keys_) {
      const auto secret = key.is_object() ? key.find("secret") : key.end();
      if (secret == key.end() || !secret->is_binary()) continue;
      ::explicit_bzero(secret->get_binary().data(), secret->get_binary().size());
    }
  }

 private:
  json& keys_;
};

std::string_view NameOf(SecurityKind kind) {
  return std::ranges::find(kSecurityKinds, kind, &NamedSecurityKind::kind)->name;
}

SecurityKind KindNamed(const json& object) {
  const auto& name = object.get_ref<const std::string&>();
  const auto* const found = std::ranges::find(kSecurityKinds, name, &NamedSecurityKind::name);
  if (found == kSecurityKinds.end()) throw std::invalid_argument("no such kind of security");
  return found->kind;
}

security::OwnKey OwnKeyFrom(const json& key) {
  return {KindNamed(key.at("kind")), key.at("mailbox"), key.at("identity"), key.at("names"),
          Secret(BytesOf(key.at("secret")))};
}

}  // namespace

std::string KeysToBytes(const security::Keys& keys) {
  json array = json::array();
  const WipedSecrets wiped(array);
  std::size_t room = kRoomForFields;
  for (const security::OwnKey& key : keys.own) {
    array.push_back({{"kind", NameOf(key.kind)},
                     {"mailbox", key.mailbox},
                     {"identity", key.identity},
                     {"names", key.names},
                     {"secret", Binary(key.secret.view())}});
    room += kRoomForFields + key.secret.size();
  }
  std::string bytes;
  bytes.reserve(room);  // bytes that grow would leave copies of secrets behind
  json::to_cbor(array, bytes);
  return bytes;
}

std::optional<security::Keys> KeysFromBytes(const std::string& bytes) {
  try {
    json array = json::from_cbor(bytes);
    const WipedSecrets wiped(array);
    if (!array.is_array()) return std::nullopt;
    security::Keys keys;
    for (const json& key : array) keys.own.push_back(OwnKeyFrom(key));
    return keys;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string PartnerKeyToBytes(const security::PartnerKey& key) {
  std::string bytes;
  json::to_cbor(json{{"kind", NameOf(key.kind)},
                     {"partner", key.partner},
                     {"identity", key.identity},
                     {"names", key.names},
                     {"content", Binary(key.content)},
                     {"accept_sha1", key.accept_sha1}},
                bytes);
  return bytes;
}

std::optional<security::PartnerKey> PartnerKeyFromBytes(const std::string& bytes) {
  try {
    const json object = json::from_cbor(bytes);
    return security::PartnerKey{KindNamed(object.at("kind")),
                                object.at("partner"),
                                object.at("identity"),
                                object.at("names"),
                                std::string(BytesOf(object.at("content"))),
                                object.at("accept_sha1")};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace gateway::opener
