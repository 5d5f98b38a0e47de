// The forms of open_protocol.h in which the worker gets its keys.
#include <exception>
#include <nlohmann/json.hpp>

#include "opener/open_protocol.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

void WipeKeys(json& object) {
  for (json& key : object.at("secret")) WipeText(key.at("armored").get_ref<std::string&>());
}

openpgp::KeyMaterial KeysFromJson(const json& object) {
  openpgp::KeyMaterial keys;
  for (const json& key : object.at("secret")) {
    keys.secret_keys.push_back({key.at("fingerprint"), Secret(key.at("armored").get_ref<const std::string&>()), {}});
  }
  return keys;
}

}  // namespace

std::string KeyMaterialToText(const openpgp::KeyMaterial& keys) {
  json object{{"secret", json::array()}};
  for (const openpgp::SecretKey& key : keys.secret_keys) {
    object["secret"].push_back({{"fingerprint", key.fingerprint}, {"armored", key.armored.view()}});
  }
  std::string text = object.dump();
  WipeKeys(object);
  return text;
}

std::optional<openpgp::KeyMaterial> KeyMaterialFromText(const std::string& text) {
  json object = json::parse(text, nullptr, false);
  try {
    openpgp::KeyMaterial keys = KeysFromJson(object);
    WipeKeys(object);
    return keys;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// Writes the key in CBOR, which can hold bytes.
std::string PartnerKeyToText(const openpgp::PartnerKey& key) {
  const std::vector<std::uint8_t> bytes =
      json::to_cbor(json{{"partner", key.partner},
                         {"fingerprint", key.fingerprint},
                         {"key_ids", key.key_ids},
                         {"packets", json::binary(std::vector<std::uint8_t>(key.packets.begin(), key.packets.end()))},
                         {"allow_sha1", key.allow_sha1}});
  return {bytes.begin(), bytes.end()};
}

std::optional<openpgp::PartnerKey> PartnerKeyFromText(const std::string& text) {
  try {
    const json object = json::from_cbor(text);
    const json::binary_t& packets = object.at("packets").get_binary();
    return openpgp::PartnerKey{object.at("partner"), object.at("fingerprint"), object.at("key_ids"),
                               std::string(packets.begin(), packets.end()), object.at("allow_sha1")};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace gateway::opener
