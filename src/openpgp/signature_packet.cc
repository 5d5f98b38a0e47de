#include "openpgp/signature_packet.h"

#include <exception>
#include <nlohmann/json.hpp>

#include "openpgp/key_files.h"

namespace gateway::openpgp {
namespace {

using nlohmann::json;

constexpr int kIntendedRecipient = 35;
constexpr std::size_t kMostIntended = 100;
// The version of the key, before its fingerprint.
constexpr std::size_t kVersionDigits = 2;

SignaturePacket FromJson(const json& packet) {
  SignaturePacket read;
  const json& material = packet.at("material");
  read.number = NormaliseFingerprint(material.at(material.contains("r.raw") ? "r.raw" : "s.raw").get<std::string>());
  // The same number with zeros in front makes the same signature. Without this a padded replay
  // would look new.
  read.number.erase(0, read.number.find_first_not_of('0'));
  for (const json& subpacket : packet.at("subpackets")) {
    if (subpacket.at("type") != kIntendedRecipient || !subpacket.at("hashed") ||
        read.intended.size() == kMostIntended) {
      continue;
    }
    const std::string content = subpacket.at("raw");
    if (content.size() > kVersionDigits) {
      read.intended.push_back(NormaliseFingerprint(content.substr(kVersionDigits)));
    }
  }
  return read;
}

}  // namespace

SignaturePacket ReadSignaturePacket(rnp_signature_handle_t packet) {
  char* text = nullptr;
  if (rnp_signature_packet_to_json(packet, RNP_JSON_DUMP_MPI | RNP_JSON_DUMP_RAW, &text) != RNP_SUCCESS) return {};
  const TextBuffer owner(text);
  // RNP also copies what a subpacket says in words, in any character set. Only digits are read from
  // here.
  for (char* c = text; *c != '\0'; ++c) {
    if (static_cast<unsigned char>(*c) >= 0x80) *c = '?';
  }
  try {
    return FromJson(json::parse(text).at(0));
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace gateway::openpgp
