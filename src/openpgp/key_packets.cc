#include "openpgp/key_packets.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/secret.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_content.h"
#include "openpgp/public_number.h"

namespace gateway::openpgp {
namespace {

// The tags of RFC 9580 section 5.
enum Tag : unsigned {
  kSignature = 2,
  kSecretKey = 5,
  kPublicKey = 6,
  kSecretSubkey = 7,
  kMarker = 10,
  kTrust = 12,
  kUserId = 13,
  kPublicSubkey = 14,
  kUserAttribute = 17,
  kPadding = 21,
};

struct Packet {
  unsigned tag = 0;
  std::string_view body;
  std::string_view whole;  // with its header
};

Error Damaged(const std::string& what) {
  return ConfigError(codes::kKeyUnreadable, "not an OpenPGP key: " + what);
}

// Takes bytes from the front. Beyond the end it returns 0 or empty, and remembers that.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}
  std::string_view Take(std::size_t count) {
    if (count > left_.size()) {
      overrun_ = true;
      count = left_.size();
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  std::size_t Number(std::size_t octets) {
    std::size_t number = 0;
    for (const char c : Take(octets)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }
  // A multiprecision integer has its number of bits in front of its bytes.
  void SkipInteger() { Take((Number(2) + 7) / 8); }
  [[nodiscard]] bool overrun() const { return overrun_; }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  std::string_view left_;
  bool overrun_ = false;
};

// Reads the length of a packet's body in the new format (RFC 9580 section 4.2.1). Returns nullopt
// for a part of unknown size, which keys do not have.
std::optional<std::size_t> NewLength(Bytes& bytes) {
  const std::size_t first = bytes.Number(1);
  if (first < 192) return first;
  if (first < 224) return ((first - 192) << 8) + bytes.Number(1) + 192;
  if (first == 255) return bytes.Number(4);
  return std::nullopt;
}

std::optional<Packet> NextPacket(std::string_view& packets) {
  Bytes bytes(packets);
  const std::size_t head = bytes.Number(1);
  if ((head & 0x80) == 0) return std::nullopt;
  Packet packet;
  std::optional<std::size_t> length;
  if ((head & 0x40) != 0) {
    packet.tag = head & 0x3f;
    length = NewLength(bytes);
  } else {
    packet.tag = head >> 2 & 0x0f;
    length = (head & 3) == 3 ? std::optional(bytes.left()) : std::optional(bytes.Number(std::size_t{1} << (head & 3)));
  }
  if (!length) return std::nullopt;
  packet.body = bytes.Take(*length);
  if (bytes.overrun()) return std::nullopt;
  packet.whole = packets.substr(0, packets.size() - bytes.left());
  packets.remove_prefix(packet.whole.size());
  return packet;
}

std::string Digest(const EVP_MD* algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr) != 1) return {};
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::string BigEndian(std::size_t number, unsigned octets) {
  std::string bytes;
  for (unsigned i = octets; i > 0; --i) bytes += static_cast<char>(number >> (8 * (i - 1)) & 0xff);
  return bytes;
}

// Returns how much of the body of a secret key, version 4, is its public key. Returns 0 if the
// algorithm is not known.
std::size_t PublicSize(std::string_view body, unsigned algorithm) {
  constexpr std::size_t kHead = 6;
  Bytes bytes(body);
  (void)bytes.Take(kHead);
  const auto integers = [&bytes](unsigned count) {
    for (unsigned i = 0; i < count; ++i) bytes.SkipInteger();
  };
  const auto point = [&] {
    (void)bytes.Take(bytes.Number(1));  // the curve
    integers(1);
  };
  switch (algorithm) {
    case 1:
    case 2:
    case 3:
      integers(2);
      break;
    case 16:
      integers(3);
      break;
    case 17:
      integers(4);
      break;
    case 18:
      point();
      (void)bytes.Take(bytes.Number(1));  // the parameters of the key derivation
      break;
    case 19:
    case 22:
      point();
      break;
    default:
      return 0;
  }
  return bytes.overrun() ? 0 : body.size() - bytes.left();
}

// Follows RFC 9580 section 5.5.4. Version 5 is that of draft-koch-librepgp.
void SetFingerprint(std::string_view body, PacketKey& key) {
  if (key.version == 4) {
    if (key.secret) body = body.substr(0, PublicSize(body, key.algorithm));
    if (body.empty()) return;
    key.fingerprint = Digest(EVP_sha1(), "\x99" + BigEndian(body.size(), 2) + std::string(body));
    if (key.fingerprint.size() == 40) key.key_id = key.fingerprint.substr(24);
  } else if ((key.version == 5 || key.version == 6) && !key.secret) {
    const char* prefix = key.version == 5 ? "\x9A" : "\x9B";
    key.fingerprint = Digest(EVP_sha256(), prefix + BigEndian(body.size(), 4) + std::string(body));
    key.key_id = key.fingerprint.substr(0, 16);
  }
}

PacketKey ReadKey(const Packet& packet) {
  PacketKey key;
  key.secret = packet.tag == kSecretKey || packet.tag == kSecretSubkey;
  Bytes bytes(packet.body);
  key.version = static_cast<unsigned>(bytes.Number(1));
  key.created = static_cast<std::uint32_t>(bytes.Number(4));
  if (key.version <= 3) (void)bytes.Take(2);  // how many days it is valid
  key.algorithm = static_cast<unsigned>(bytes.Number(1));
  SetFingerprint(packet.body, key);
  key.public_number = PublicNumber(packet.body);
  return key;
}

bool IsPrimary(unsigned tag) {
  return tag == kPublicKey || tag == kSecretKey;
}

bool IsSubkey(unsigned tag) {
  return tag == kPublicSubkey || tag == kSecretSubkey;
}

// Returns whether the packet revokes a primary key (RFC 9580 section 5.2.1, type 0x20).
bool RevokesKey(const Packet& packet) {
  if (packet.tag != kSignature || packet.body.size() < 3) return false;
  const std::size_t type = static_cast<unsigned char>(packet.body[0]) <= 3 ? 2 : 1;
  return packet.body[type] == '\x20';
}

struct Algorithm {
  unsigned number;
  const char* name;
  bool known_to_rnp;  // to RNP 0.16
};

constexpr std::array<Algorithm, 22> kAlgorithms{{
    {1, "RSA", true},
    {2, "RSA", true},
    {3, "RSA", true},
    {8, "ML-KEM of LibrePGP", false},
    {16, "ElGamal", true},
    {17, "DSA", true},
    {18, "ECDH", true},
    {19, "ECDSA", true},
    {20, "ElGamal", true},
    {22, "EdDSA", true},
    {25, "X25519", false},
    {26, "X448", false},
    {27, "Ed25519", false},
    {28, "Ed448", false},
    {30, "ML-DSA-65 + Ed25519", false},
    {31, "ML-DSA-87 + Ed448", false},
    {32, "SLH-DSA-SHAKE-128s", false},
    {33, "SLH-DSA-SHAKE-128f", false},
    {34, "SLH-DSA-SHAKE-256s", false},
    {35, "ML-KEM-768 + X25519", false},
    {36, "ML-KEM-1024 + X448", false},
    {99, "SM2", true},
}};

const Algorithm* Find(unsigned number) {
  const auto* const found = std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                                         [number](const Algorithm& algorithm) { return algorithm.number == number; });
  return found == kAlgorithms.end() ? nullptr : found;
}

bool MayBeRead(const PacketKey& key) {
  const Algorithm* algorithm = Find(key.algorithm);
  return key.version <= 4 && algorithm != nullptr && algorithm->known_to_rnp;
}

// Puts the packets of a file where they belong.
class Splitter {
 public:
  void Take(const Packet& packet) {
    if (RevokesKey(packet)) {
      revocations_.push_back(packet.whole);
      return;
    }
    if (IsPrimary(packet.tag)) {
      Begin(ReadKey(packet));
    } else if (found_.empty()) {
      return;  // no key yet
    } else if (IsSubkey(packet.tag)) {
      PacketKey key = ReadKey(packet);
      keep_ = MayBeRead(key);
      List(std::move(key));
    } else if (packet.tag == kMarker || packet.tag == kTrust || packet.tag == kPadding) {
      return;
    } else if (packet.tag != kSignature) {
      keep_ = packet.tag == kUserId;
    }
    if (keep_) found_[current_].pieces.push_back(packet.whole);
  }
  // The pieces are joined here, with one allocation for each key. A string that grows would leave
  // copies of a secret key behind. A revocation comes right behind its primary key, where RNP looks
  // for it. People send it in any place of a file, often as a block of its own. RNP ignores the
  // revocation of another key.
  [[nodiscard]] std::vector<TransferableKey> Found() && {
    std::vector<TransferableKey> keys;
    for (InPieces& found : found_) {
      if (found.pieces.empty()) {
        keys.push_back(std::move(found.key));
        continue;
      }
      found.pieces.insert(found.pieces.begin() + 1, revocations_.begin(), revocations_.end());
      std::size_t size = 0;
      for (const std::string_view piece : found.pieces) size += piece.size();
      found.key.packets.reserve(size);
      for (const std::string_view piece : found.pieces) found.key.packets.append(piece);
      keys.push_back(std::move(found.key));
    }
    return keys;
  }

 private:
  // The same key may come again in another block. Then only the new parts of it count.
  void Begin(PacketKey primary) {
    keep_ = true;
    for (current_ = 0; current_ < found_.size(); ++current_) {
      const PacketKey& earlier = found_[current_].key.keys.front();
      const bool same = !primary.fingerprint.empty() && earlier.fingerprint == primary.fingerprint;
      if (same && earlier.secret == primary.secret) return;
    }
    found_.emplace_back().key.keys.push_back(std::move(primary));
  }

  void List(PacketKey key) {
    std::vector<PacketKey>& keys = found_[current_].key.keys;
    const bool listed =
        !key.fingerprint.empty() && std::ranges::find(keys, key.fingerprint, &PacketKey::fingerprint) != keys.end();
    if (!listed) keys.push_back(std::move(key));
  }

  struct InPieces {
    TransferableKey key;  // its packets are still in the pieces
    std::vector<std::string_view> pieces;
  };

  std::vector<InPieces> found_;
  std::vector<std::string_view> revocations_;
  std::size_t current_ = 0;
  // True if the packet in hand is kept, and with it the signatures that follow it.
  bool keep_ = true;
};

}  // namespace

std::string PacketKey::Kind() const {
  const Algorithm* known = Find(algorithm);
  return "version " + std::to_string(version) + ", algorithm " + std::to_string(algorithm) +
         (known == nullptr ? "" : std::string(" (") + known->name + ")");
}

namespace {

// Says what packets without any primary key are, and what is needed instead.
class Contents {
 public:
  void See(const Packet& packet) {
    constexpr std::array<unsigned, 5> kOfMessage{1, 3, 9, 18, 20};  // RFC 9580 section 5
    revokes_ = revokes_ || RevokesKey(packet);
    subkey_ = subkey_ || IsSubkey(packet.tag);
    signature_ = signature_ || packet.tag == kSignature;
    message_ = message_ || std::ranges::find(kOfMessage, packet.tag) != kOfMessage.end();
  }
  [[nodiscard]] Error WhyNoKey() const {
    if (message_) return Damaged("it is an encrypted message. Ask for the public key (gpg --armor --export)");
    if (subkey_) {
      return Damaged("a subkey without its primary key. Ask for the whole public key (gpg --armor --export)");
    }
    if (revokes_) {
      return Damaged(
          "a revocation certificate alone, which says that a key must not be used any more. Ask the partner which key "
          "it revokes, and for the new public key. To have the old key known as revoked, put both into one file");
    }
    if (signature_) return Damaged("a signature alone. Ask for the public key (gpg --armor --export)");
    return Damaged("no key in it");
  }

 private:
  bool revokes_ = false;
  bool subkey_ = false;
  bool signature_ = false;
  bool message_ = false;
};

}  // namespace

Result<std::vector<TransferableKey>> SplitKeys(std::string_view content) {
  GATEWAY_ASSIGN(std::string packets, ReadKeyContent(content));
  const WipedAtEnd wiped(packets);
  std::string_view left = packets;
  Splitter splitter;
  Contents contents;
  while (!left.empty()) {
    const std::optional<Packet> packet = NextPacket(left);
    if (!packet) return Damaged("damaged or cut short at byte " + std::to_string(packets.size() - left.size()));
    splitter.Take(*packet);
    contents.See(*packet);
  }
  std::vector<TransferableKey> found = std::move(splitter).Found();
  if (found.empty()) return contents.WhyNoKey();
  return found;
}

}  // namespace gateway::openpgp
