// profile.integrity: ocb. GnuPG 2.2 reads such messages and cannot write them.
#include <algorithm>

#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

constexpr std::size_t kChunk = 1 << 18;  // each ends in a tag of its own

Keyring::SealOptions FromUsTo(const std::string& recipient) {
  return {.signer = OurKey().info.fingerprint, .recipients = {recipient}, .integrity = Integrity::ocb};
}

// Binary, as base64 would hide where a byte stands. The data packet comes behind that of the
// session key.
std::string Dearmored(const std::string& armored) {
  SharedGpg().Write("ocb.asc", armored);
  EXPECT_EQ(SharedGpg().Run("-o ocb.gpg --dearmor ocb.asc").exit, 0);
  return SharedGpg().Read("ocb.gpg");
}
constexpr std::size_t kData = 96;

TEST(Ocb, IsDecryptedByGpg) {
  const GpgKey& partner = GpgKeyNamed("ed25519");
  Keyring ring = RingOf({OurKey().secret_armored, partner.public_armored});
  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, kChunk, 3 * kChunk + 17}) {
    const std::string plain = Pattern(size);
    SharedGpg().Write("sealed.asc", *SealText(ring, plain, FromUsTo(partner.fingerprint)));
    const GpgResult opened = SharedGpg().Run("-o opened -d sealed.asc");
    EXPECT_EQ(opened.exit, 0) << opened.status;
    EXPECT_TRUE(opened.Says("DECRYPTION_INFO 0 9")) << "no MDC, AES-256: " << opened.status;
    EXPECT_TRUE(opened.Says("DECRYPTION_OKAY") && opened.Says("GOODSIG")) << opened.status;
    EXPECT_EQ(SharedGpg().Read("opened"), plain) << size;
  }
}

TEST(Ocb, OpensAllSizesAroundItsBuffersAndChunks) {
  Keyring ring = RingOf({OurKey().secret_armored});
  for (const std::size_t around : {std::size_t{32'768}, kChunk}) {
    for (std::size_t size = around - 400; size < around + 50; size += around == kChunk ? 3 : 1) {
      const std::string plain = Pattern(size);
      const OpenedText opened = OpenText(ring, *SealText(ring, plain, FromUsTo(OurKey().info.fingerprint)));
      ASSERT_EQ(opened.status(), SignatureStatus::valid) << size;
      ASSERT_TRUE(opened.result->encrypted && opened.result->integrity_protected);
      ASSERT_EQ(opened.text, plain) << size;
    }
  }
}

TEST(Ocb, RefusesEveryChangeOfTheCiphertext) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const std::string plain = Pattern(400);
  const std::string sealed = Dearmored(*SealText(ring, plain, FromUsTo(OurKey().info.fingerprint)));
  ASSERT_EQ(static_cast<unsigned char>(sealed[kData]), 0xd4) << "tag 20";
  for (std::size_t at = kData + 2; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    const OpenedText opened = OpenText(ring, changed);
    // RNP forgives a length of a part that promises more than there is; then nothing else is
    // changed.
    if (opened.result.ok()) {
      ASSERT_EQ(opened.text, plain) << at << " of " << sealed.size();
      ASSERT_TRUE(opened.result->integrity_protected);
    } else {
      ASSERT_EQ(opened.code(), "openpgp-damaged") << at << " of " << sealed.size();
    }
  }
}

// The end of a chunk is where a message could be cut without one of its tags being wrong.
TEST(Ocb, RefusesTruncationEvenAtChunks) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const std::string sealed = Dearmored(*SealText(ring, Pattern(3 * kChunk), FromUsTo(OurKey().info.fingerprint)));
  for (std::size_t cut = 1; cut < sealed.size() - kData; cut = cut < 700 ? cut + 1 : cut * 5 / 4) {
    ASSERT_EQ(OpenText(ring, sealed.substr(0, sealed.size() - cut)).code(), "openpgp-damaged") << cut;
  }
}

TEST(Ocb, RefusesWhatIsForOthers) {
  Keyring ring = RingOf({OurKey().secret_armored, GpgKeyNamed("ed25519").public_armored});
  const std::string sealed = *SealText(ring, "not for us", FromUsTo(GpgKeyNamed("ed25519").fingerprint));
  EXPECT_EQ(OpenText(ring, sealed).code(), "not-decryptable");
}

}  // namespace
}  // namespace gateway::openpgp
