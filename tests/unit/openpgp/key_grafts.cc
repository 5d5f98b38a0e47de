#include "key_grafts.h"

#include <gtest/gtest.h>

#include "openpgp/key_content.h"

namespace gateway::openpgp {
namespace {

// The size of the packet at the start of `bytes`, and its tag: as gpg and RNP write keys.
std::size_t PacketSize(const std::string& bytes, unsigned& tag) {
  const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(i))); };
  if ((at(0) & 0x40) != 0) {
    tag = at(0) & 0x3f;
    if (at(1) < 192) return 2 + at(1);
    if (at(1) < 224) return 3 + ((at(1) - 192) << 8) + at(2) + 192;
    return 6 + (at(2) << 24 | at(3) << 16 | at(4) << 8 | at(5));
  }
  tag = at(0) >> 2 & 15;
  const std::size_t octets = std::size_t{1} << (at(0) & 3);
  std::size_t length = 0;
  for (std::size_t i = 1; i <= octets; ++i) length = length << 8 | at(i);
  return 1 + octets + length;
}

}  // namespace

KeyParts TakeApart(const std::string& key_file) {
  constexpr unsigned kSecretSubkey = 7;
  constexpr unsigned kPublicSubkey = 14;
  const Result<std::string> packets = ReadKeyContent(key_file);
  EXPECT_TRUE(packets.ok());
  KeyParts parts;
  std::string left = *packets;
  std::string* part = &parts.primary;
  while (!left.empty()) {
    unsigned tag = 0;
    const std::size_t size = PacketSize(left, tag);
    if (tag == kPublicSubkey || tag == kSecretSubkey) part = &parts.subkeys.emplace_back();
    part->append(left, 0, size);
    left.erase(0, size);
  }
  return parts;
}

}  // namespace gateway::openpgp
