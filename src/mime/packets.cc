#include "mime/packets.h"

#include <algorithm>
#include <cstddef>

#include "base/base64.h"

namespace gateway::mime {
namespace {

// RFC 4880 section 4.3, and RFC 9580 section 5.14 for the padding.
constexpr unsigned kSignature = 2;
constexpr unsigned kSecretKey = 5;
constexpr unsigned kPublicKey = 6;
constexpr unsigned kSecretSubkey = 7;
constexpr unsigned kMarker = 10;
constexpr unsigned kTrust = 12;
constexpr unsigned kUserId = 13;
constexpr unsigned kPublicSubkey = 14;
constexpr unsigned kUserAttribute = 17;
constexpr unsigned kPadding = 21;

// These are tags of ASN.1. A certificate begins with a sequence, and a key of X.509 with its
// version. An encrypted message of S/MIME begins with the name of its kind.
constexpr char kSequence = 0x30;
constexpr char kInteger = 0x02;

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

bool HasVersion(unsigned tag) {
  return tag == kSignature || tag == kSecretKey || tag == kPublicKey || tag == kSecretSubkey || tag == kPublicSubkey;
}

}  // namespace

// Only headers are kept. The content of a packet is passed over, however long it is, so memory does
// not depend on what a stranger sends.
void PacketWatch::Take(std::string_view bytes) {
  while (!bytes.empty() && !is_foreign_) {
    if (left_ > 0) {
      if (at_body_) TakeVersion(bytes.front());
      const std::uint64_t count = std::min<std::uint64_t>(left_, bytes.size());
      left_ -= count;
      bytes.remove_prefix(count);
      continue;
    }
    if (is_sequence_) {
      is_foreign_ = true;
      return;
    }
    header_ += bytes.front();
    bytes.remove_prefix(1);
    if (TakeHeader()) {
      header_.clear();
      is_first_ = false;
    }
  }
}

bool PacketWatch::TakeHeader() {
  if (is_first_ && header_.front() == kSequence) return TakeSequence();
  const auto first = static_cast<unsigned char>(header_.front());
  if ((first & 0x80) == 0) {
    is_foreign_ = true;
    return true;
  }
  std::size_t length = 0;  // bytes of the length
  std::uint64_t body = 0;
  const bool new_format = (first & 0x40) != 0;
  if (new_format) {
    if (header_.size() < 2) return false;
    const auto second = static_cast<unsigned char>(header_[1]);
    length = second < 192 ? 1 : second < 224 ? 2 : second == 255 ? 5 : 0;
  } else {
    constexpr std::size_t kLengths[] = {1, 2, 4, 0};
    length = kLengths[first & 3];
  }
  // Only data may have a length that is not known at its start.
  if (length == 0) {
    is_foreign_ = true;
    return true;
  }
  if (header_.size() < 1 + length) return false;
  const std::string_view bytes = std::string_view(header_).substr(1);
  if (!new_format || length == 1) {
    body = BigEndian(bytes);
  } else {
    body = length == 2 ? BigEndian(bytes) - (192U << 8) + 192 : BigEndian(bytes.substr(1));
  }
  left_ = body;
  at_body_ = body > 0;
  TakeTag(new_format ? first & 0x3F : (first & 0x3C) >> 2);
  return true;
}

// The length says how many bytes the whole sequence has (X.690 section 8.1.3).
bool PacketWatch::TakeSequence() {
  if (header_.size() < 2) return false;
  const auto second = static_cast<unsigned char>(header_[1]);
  const std::size_t count = second < 0x80 ? 0 : second & 0x7F;
  if (count > 4 || second == 0x80) {
    is_foreign_ = true;
    return true;
  }
  if (header_.size() < 2 + count) return false;
  left_ = count == 0 ? second : BigEndian(std::string_view(header_).substr(2));
  is_sequence_ = true;
  at_body_ = true;
  return true;
}

void PacketWatch::TakeTag(unsigned tag) {
  tag_ = tag;
  has_key_ = has_key_ || tag == kPublicKey || tag == kSecretKey || tag == kPublicSubkey || tag == kSecretSubkey;
  has_signature_ = has_signature_ || tag == kSignature;
  const bool known =
      HasVersion(tag) || tag == kMarker || tag == kTrust || tag == kUserId || tag == kUserAttribute || tag == kPadding;
  is_foreign_ = is_foreign_ || !known;
}

void PacketWatch::TakeVersion(char first) {
  at_body_ = false;
  if (is_sequence_) is_foreign_ = first != kSequence && first != kInteger;
  if (is_sequence_ || !HasVersion(tag_)) return;
  const auto version = static_cast<unsigned char>(first);
  is_foreign_ = is_foreign_ || version < 2 || version > 6;
}

// Base64 becomes bytes in groups of four letters. Letters that make no whole group yet wait for the
// next word.
void ArmoredPackets::TakeWord(std::string_view word) {
  if (is_damaged_ || packets_.is_foreign()) return;
  letters_ += word;
  const std::size_t whole = letters_.size() / 4 * 4;
  std::string raw;
  is_damaged_ = is_padded_ || !AppendBase64Decoded(std::string_view(letters_).substr(0, whole), raw);
  if (is_damaged_) return;
  is_padded_ = whole > 0 && letters_[whole - 1] == '=';
  letters_.erase(0, whole);
  packets_.Take(raw);
}

bool ArmoredPackets::IsWhole() const {
  return !is_damaged_ && letters_.empty() && !packets_.is_foreign() && packets_.is_whole();
}

}  // namespace gateway::mime
