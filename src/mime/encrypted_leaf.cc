#include "mime/encrypted_leaf.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/files.h"
#include "mime/entity_walker.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kArmorStart = "-----BEGIN PGP MESSAGE-----";
constexpr std::size_t kSniffed = 8192;  // decoded bytes in which armor must begin

Result<std::string> Sniff(int fd, ByteRange body, TransferEncoding encoding) {
  const auto source = OpenDecoded(fd, body, encoding);
  std::string text(kSniffed, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, text));
  text.resize(filled);
  return text;
}

// Where armor begins, at the start of a line.
std::optional<std::size_t> FindArmor(std::string_view text) {
  std::size_t position = text.find(kArmorStart);
  while (position != std::string_view::npos) {
    if (position == 0 || text[position - 1] == '\n') return position;
    position = text.find(kArmorStart, position + 1);
  }
  return std::nullopt;
}

bool MayHoldOpenPgp(const std::string& type) {
  return type.empty() || type == "text/plain" || type.starts_with("application/");
}

// Whether armor stands there although something else is declared: in base64 none can begin, and in quoted-printable its
// checksum cannot stand as it is.
Result<bool> IsPlainArmor(int fd, const Leaf& leaf) {
  GATEWAY_ASSIGN(const std::string raw, Sniff(fd, leaf.body, TransferEncoding::identity));
  if (!FindArmor(raw)) return false;
  if (leaf.encoding != TransferEncoding::quoted_printable) return true;
  const std::uint64_t length = std::min<std::uint64_t>(leaf.body.length, kSniffed);
  const ByteRange end{leaf.body.offset + leaf.body.length - length, length};
  GATEWAY_ASSIGN(const std::string last, Sniff(fd, end, TransferEncoding::identity));
  return HasBareEquals(last);
}

// nullopt: it is not what is encrypted.
Result<std::optional<EncryptedLeaf>> Judge(int fd, const Leaf& leaf) {
  using Answer = std::optional<EncryptedLeaf>;
  const std::string& type = leaf.type.type;
  if (leaf.body.length == 0 || (!leaf.in_encrypted && !MayHoldOpenPgp(type))) return Answer();
  EncryptedLeaf found{leaf.body, leaf.encoding, 0};
  if (leaf.encoding != TransferEncoding::identity) {
    GATEWAY_ASSIGN(const bool plain, IsPlainArmor(fd, leaf));
    if (plain) found.encoding = TransferEncoding::identity;
  }
  GATEWAY_ASSIGN(const std::string beginning, Sniff(fd, found.body, found.encoding));
  if (const auto armor = FindArmor(beginning)) {
    found.skip = *armor;
    return Answer(found);
  }
  const bool binary = type != "text/plain" && IsBinaryOpenPgp(beginning);
  const bool second_part = leaf.in_encrypted && type != "application/pgp-encrypted" && !beginning.empty();
  return binary || second_part ? Answer(found) : Answer();
}

// Armor says itself where it ends: where a part can only be what is encrypted, and begins with armor, nobody need look
// for the boundary line behind it, which would be to read the mail twice. What stands in the armor that is none is no
// base64 either.
Result<std::optional<EncryptedLeaf>> JudgeBeginning(int fd, const Leaf& entity) {
  using Answer = std::optional<EncryptedLeaf>;
  const std::string& type = entity.type.type;
  const bool second_part =
      entity.in_encrypted && type.starts_with("application/") && type != "application/pgp-encrypted";
  if (!second_part || entity.encoding != TransferEncoding::identity) return Answer();
  GATEWAY_ASSIGN(const std::string beginning, Sniff(fd, entity.body, entity.encoding));
  if (!beginning.starts_with(kArmorStart)) return Answer();
  return Answer({entity.body, entity.encoding, 0});
}

}  // namespace

bool IsBinaryOpenPgp(std::string_view bytes) {
  if (bytes.size() < 8) return false;
  const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if ((byte(0) & 0x80) == 0) return false;
  const bool new_format = (byte(0) & 0x40) != 0;
  const unsigned tag = new_format ? byte(0) & 0x3f : (byte(0) & 0x3c) >> 2;
  std::size_t length_size = 1;
  if (new_format) {
    length_size = byte(1) < 192 || (byte(1) >= 224 && byte(1) < 255) ? 1 : byte(1) == 255 ? 5 : 2;
  } else {
    constexpr std::size_t kSizes[] = {1, 2, 4, 0};
    length_size = kSizes[byte(0) & 3];
  }
  const unsigned version = byte(1 + length_size);
  switch (tag) {
    case 1:  // public-key encrypted session key
      return version == 2 || version == 3 || version == 6;
    case 3:  // symmetric-key encrypted session key
      return version >= 4 && version <= 6;
    case 10:  // marker
      return bytes.substr(1 + length_size).starts_with("PGP");
    default:
      return false;
  }
}

Result<std::optional<EncryptedLeaf>> FindEncryptedLeaf(int fd, std::uint64_t size, const ReadLimits& limits) {
  Result<std::optional<EncryptedLeaf>> begun = std::optional<EncryptedLeaf>();
  const auto goes_on = [&](const HeaderBlock&, const Leaf& entity) {
    begun = JudgeBeginning(fd, entity);
    return begun && !*begun;
  };
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::keep, goes_on);
  while (true) {
    GATEWAY_ASSIGN(const auto leaf, walker.Next());
    if (!begun || *begun) return begun;
    if (!leaf) return std::optional<EncryptedLeaf>();
    GATEWAY_ASSIGN(auto found, Judge(fd, *leaf));
    if (found) return found;
  }
}

}  // namespace gateway::mime
