// Messages as other and older software makes them: ciphers, compression, hidden recipients
// (docs/openpgp.md).
#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

const GpgKey& Partner() {
  return GpgKeyNamed("ed25519");
}
Keyring RingWith(const std::string& name) {
  return RingOf({GpgKeyNamed(name).secret_armored, Partner().public_armored});
}

class OldCiphers : public ::testing::TestWithParam<std::string> {};

TEST_P(OldCiphers, OpensWithoutIntegrityProtectionAndSaysSo) {
  const std::string ours = GpgKeyNamed("rsa2048").fingerprint;
  const std::string sealed = SharedGpg().Make(
      "--rfc2440 --cipher-algo " + GetParam() + " " + Signed(Partner().fingerprint) + EncryptedTo(ours), "old");
  Keyring ring = RingWith("rsa2048");
  const OpenedText opened = OpenText(ring, sealed);
  EXPECT_EQ(opened.text, "old");
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_FALSE(opened.result->integrity_protected);
}
INSTANTIATE_TEST_SUITE_P(Ciphers, OldCiphers, ::testing::Values("3DES", "CAST5", "BLOWFISH", "TWOFISH", "CAMELLIA256"),
                         [](const auto& info) { return info.param; });

class Compressed : public ::testing::TestWithParam<std::string> {};

TEST_P(Compressed, IsSeenAlsoWhereItSavesNothing) {
  const std::string options = "--compress-level 6 --compress-algo " + GetParam() + " ";
  Keyring ring = RingWith("rsa2048");
  for (const std::string& plain : {std::string(30'000, 'z'), Pattern(30'000), std::string("x")}) {
    const OpenedText opened = OpenText(
        ring, SharedGpg().Make(
                  options + Signed(Partner().fingerprint) + EncryptedTo(GpgKeyNamed("rsa2048").fingerprint), plain));
    ASSERT_EQ(opened.code(), "");
    EXPECT_EQ(opened.result->compressed, GetParam() != "none");
    EXPECT_EQ(opened.text, plain);
  }
}
INSTANTIATE_TEST_SUITE_P(Algorithms, Compressed, ::testing::Values("none", "zip", "zlib", "bzip2"),
                         [](const auto& info) { return info.param; });

TEST(Compressed, IsSeenOfOurOwn) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const std::string ours = OurKey().info.fingerprint;
  for (const Compression compression : {Compression::none, Compression::zip, Compression::zlib, Compression::bzip2}) {
    const std::string sealed =
        *SealText(ring, std::string(999, 'x'), {.signer = ours, .recipients = {ours}, .compression = compression});
    EXPECT_EQ(OpenText(ring, sealed).result->compressed, compression != Compression::none);
  }
}

std::string EncryptionKeyId(const GpgKey& key) {
  return RingOf({key.public_armored}).Keys().at(0).subkeys.at(0).substr(24);
}
constexpr const char* kNobody = "0000000000000000";

TEST(Recipients, AreNamedInTheirOrder) {
  const std::string sealed =
      SharedGpg().Make(EncryptedTo(Partner().fingerprint) + EncryptedTo(GpgKeyNamed("dsa").fingerprint), "x");
  const std::vector<std::string> expected = {EncryptionKeyId(Partner()), EncryptionKeyId(GpgKeyNamed("dsa"))};
  Keyring ring = RingWith("dsa");
  const OpenedText opened = OpenText(ring, sealed);
  ASSERT_EQ(opened.code(), "");
  EXPECT_EQ(opened.result->recipients, expected);
  StringSource source(sealed);
  EXPECT_EQ(*ring.ReadRecipients(source), expected);
}

TEST(Recipients, AreReadWithoutKeys) {
  Keyring none = RingOf({});
  const auto read = [&](const std::string& message) {
    StringSource source(message);
    return none.ReadRecipients(source);
  };
  EXPECT_EQ(*read(SharedGpg().Make(Signed(Partner().fingerprint), "in the clear")), std::vector<std::string>());
  EXPECT_EQ(
      *read(SharedGpg().Make("--pinentry-mode loopback --passphrase x --s2k-count 65536 --symmetric", "password")),
      std::vector<std::string>());
  EXPECT_EQ(*read(SharedGpg().Make("--armor -R " + Partner().fingerprint + " -e ", "x")),
            std::vector<std::string>{kNobody});
  EXPECT_EQ(read("no message").error().code, "openpgp-damaged");
}

class HiddenRecipient : public ::testing::TestWithParam<std::string> {
 protected:
  static std::string Make(const std::string& options, const std::string& plain) {
    return SharedGpg().Make(options + " " + Signed(Partner().fingerprint) + "-e ", plain);
  }
};

TEST_P(HiddenRecipient, IsFoundByTryingOurKeys) {
  const std::string plain = Pattern(70'000);
  Keyring ring = RingOf({GpgKeyNamed("rsa3072").secret_armored, OurKey().secret_armored,
                         GpgKeyNamed(GetParam()).secret_armored, Partner().public_armored});
  for (const char* armor : {"--armor", ""}) {
    const OpenedText opened = OpenText(ring, Make(armor + (" -R " + GpgKeyNamed(GetParam()).fingerprint), plain));
    EXPECT_EQ(opened.status(), SignatureStatus::valid);
    EXPECT_EQ(opened.text, plain);
    EXPECT_EQ(opened.result->recipients, std::vector<std::string>{kNobody});
    EXPECT_TRUE(opened.result->integrity_protected);
  }
}
INSTANTIATE_TEST_SUITE_P(Keys, HiddenRecipient, ::testing::Values("rsa2048", "dsa", "ed25519", "nist"),
                         [](const auto& info) { return info.param; });

TEST_F(HiddenRecipient, IsFoundAmongOthersThatAreHiddenOrNot) {
  Keyring ring = RingWith("rsa2048");
  const std::string others = "-r " + GpgKeyNamed("dsa").fingerprint + " -R " + OurKey().info.fingerprint + " -R " +
                             GpgKeyNamed("rsa3072").fingerprint;
  const OpenedText opened = OpenText(ring, Make(others + " -R " + GpgKeyNamed("rsa2048").fingerprint, "x"));
  EXPECT_EQ(opened.text, "x");
  ASSERT_EQ(opened.code(), "");
  EXPECT_EQ(opened.result->recipients,
            (std::vector<std::string>{EncryptionKeyId(GpgKeyNamed("dsa")), kNobody, kNobody, kNobody}));
}

TEST_F(HiddenRecipient, IsNamedByThrowKeyidsToo) {
  Keyring ring = RingWith("rsa2048");
  EXPECT_EQ(OpenText(ring, Make("--throw-keyids -r " + GpgKeyNamed("rsa2048").fingerprint, "x")).text, "x");
}

TEST_F(HiddenRecipient, ThatIsSomebodyElseIsNotDecryptable) {
  Keyring ring = RingWith("rsa2048");
  for (const char* other : {"rsa3072", "dsa"}) {
    EXPECT_EQ(OpenText(ring, Make("-R " + GpgKeyNamed(other).fingerprint, "x")).code(), "not-decryptable") << other;
  }
  Keyring none = RingOf({Partner().public_armored});
  EXPECT_EQ(OpenText(none, Make("-R " + GpgKeyNamed("rsa2048").fingerprint, "x")).code(), "not-decryptable");
}

TEST_F(HiddenRecipient, RefusesEveryTruncation) {
  Keyring ring = RingWith("rsa2048");
  for (const char* armor : {"--armor", ""}) {
    const std::string sealed = Make(armor + (" -R " + GpgKeyNamed("rsa2048").fingerprint), Pattern(500));
    const std::size_t end = std::min(sealed.size(), sealed.find("\n="));
    for (std::size_t size = 0; size < end; size += 11) {
      ASSERT_NE(OpenText(ring, sealed.substr(0, size)).code(), "") << size << " of " << sealed.size();
    }
  }
}

}  // namespace
}  // namespace gateway::openpgp
