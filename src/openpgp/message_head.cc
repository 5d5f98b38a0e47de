#include "openpgp/message_head.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/files.h"

namespace gateway::openpgp {
namespace {

constexpr std::size_t kLongestHead = 16'384;
constexpr std::size_t kMostHidden = 32;  // for each of them, every key costs a private key operation
constexpr std::string_view kHidden = "0000000000000000";

std::uint8_t ByteAt(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

// A whole packet at the start of `bytes`. nullopt means that there is none, or one of indefinite or
// partial length.
struct Packet {
  unsigned tag = 0;
  std::size_t body = 0;  // where it starts
  std::size_t size = 0;  // with its header
};

// Reads a packet by RFC 4880 section 4.2.
std::optional<Packet> ParsePacket(std::string_view bytes) {
  if (bytes.size() < 2 || (ByteAt(bytes, 0) & 0x80) == 0) return std::nullopt;
  const unsigned first = ByteAt(bytes, 0);
  const unsigned length = ByteAt(bytes, 1);
  Packet packet;
  unsigned octets = 0;  // bytes of a length that follows as a plain number
  std::size_t size = length;
  if ((first & 0x40) != 0) {
    packet.tag = first & 0x3f;
    packet.body = 2;
    if (length >= 224 && length < 255) return std::nullopt;
    if (length >= 192 && length < 224) {
      if (bytes.size() < 3) return std::nullopt;
      size = ((length - 192) << 8) + ByteAt(bytes, 2) + 192;
      packet.body = 3;
    } else if (length == 255) {
      octets = 4;
    }
  } else {
    packet.tag = (first >> 2) & 0xf;
    packet.body = 1;
    if ((first & 3) == 3) return std::nullopt;
    octets = 1U << (first & 3);
  }
  if (octets != 0) {
    if (bytes.size() < packet.body + octets) return std::nullopt;
    size = 0;
    for (unsigned i = 0; i < octets; ++i) size = size << 8 | ByteAt(bytes, packet.body + i);
    packet.body += octets;
  }
  if (size > bytes.size() - packet.body) return std::nullopt;
  packet.size = packet.body + size;
  return packet;
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<std::uint8_t>(c) >> 4];
    hex += kDigits[static_cast<std::uint8_t>(c) & 15];
  }
  return hex;
}

std::string FromHex(std::string_view hex) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(value(hex[i]) << 4 | value(hex[i + 1]));
  }
  return bytes;
}

bool SameAlgorithm(unsigned packet, unsigned key) {
  constexpr unsigned kRsaEncryptOnly = 2;
  return packet == key || (packet == kRsaEncryptOnly && key == 1);
}

struct NamedHead {
  std::vector<std::string> recipients;  // as they are in the message
  std::string packets;                  // with the hidden ones named
  std::size_t size = 0;                 // bytes of the packets in the original
  std::size_t hidden = 0;
};

// Reads the session key packets and markers at the start of `bytes`, and names the hidden
// recipients.
NamedHead NameHidden(std::string_view bytes, const std::function<std::vector<CandidateKey>()>& ask) {
  constexpr unsigned kPublicKey = 1;
  constexpr unsigned kPassword = 3;
  constexpr unsigned kMarker = 10;
  // Position in the body, after the version: 8 bytes, followed by the algorithm.
  constexpr std::size_t kKeyId = 1;
  std::optional<std::vector<CandidateKey>> candidates;
  NamedHead head;
  while (const std::optional<Packet> packet = ParsePacket(bytes.substr(head.size))) {
    if (packet->tag != kPublicKey && packet->tag != kPassword && packet->tag != kMarker) break;
    const std::string_view whole = bytes.substr(head.size, packet->size);
    head.size += packet->size;
    const std::string_view body = whole.substr(packet->body);
    const bool names_key = packet->tag == kPublicKey && body.size() > 9 && body[0] == 3;
    if (names_key) head.recipients.push_back(ToHex(body.substr(kKeyId, 8)));
    if (!names_key || head.recipients.back() != kHidden || ++head.hidden > kMostHidden) {
      head.packets += whole;
      continue;
    }
    if (!candidates) candidates = ask();
    std::string named;
    for (const CandidateKey& key : *candidates) {
      if (!SameAlgorithm(ByteAt(body, 9), key.algorithm)) continue;
      named += std::string(whole).replace(packet->body + kKeyId, 8, FromHex(key.key_id));
    }
    head.packets += named.empty() ? whole : named;
  }
  return head;
}

}  // namespace

NamedRecipients::NamedRecipients(Source& sealed, std::function<std::vector<CandidateKey>()> candidates)
    : sealed_(sealed), candidates_(std::move(candidates)) {}

Result<void> NamedRecipients::ReadHead() {
  head_read_ = true;
  ready_.resize(kLongestHead);
  GATEWAY_ASSIGN(const std::size_t size, ReadFully(sealed_, ready_));
  ready_.resize(size);
  NamedHead named = NameHidden(ready_, candidates_);
  if (named.hidden == 0) return {};
  recipients_ = std::move(named.recipients);
  ready_.replace(0, named.size, named.packets);
  return {};
}

Result<std::size_t> NamedRecipients::Read(std::span<char> buffer) {
  if (!head_read_) GATEWAY_TRY(ReadHead());
  if (taken_ == ready_.size()) return sealed_.Read(buffer);
  const std::size_t count = std::min(buffer.size(), ready_.size() - taken_);
  std::copy_n(ready_.data() + taken_, count, buffer.data());
  taken_ += count;
  return count;
}

}  // namespace gateway::openpgp
