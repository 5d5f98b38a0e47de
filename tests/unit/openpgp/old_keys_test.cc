// Keys of other kinds than ours, weak ones and those that rest on SHA-1 (docs/openpgp.md).
#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

constexpr SecurityPolicy kSha1Allowed{.allow_sha1 = true};

class OldKeys : public ::testing::TestWithParam<std::string> {};

TEST_P(OldKeys, OpensWhatGpgSignedByItAndEncryptedToIt) {
  const GpgKey& key = GpgKeyNamed(GetParam());
  Keyring ring = RingOf({key.secret_armored}, kSha1Allowed);
  const OpenedText opened =
      OpenText(ring, SharedGpg().Make(Signed(key.fingerprint) + EncryptedTo(key.fingerprint), "to you"));
  EXPECT_EQ(opened.text, "to you");
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_EQ(opened.signer(), key.fingerprint);
}

TEST_P(OldKeys, SealsToItSoThatGpgReadsIt) {
  const GpgKey& key = GpgKeyNamed(GetParam());
  Keyring ring = RingOf({OurKey().secret_armored, key.public_armored}, kSha1Allowed);
  const Result<std::string> sealed =
      SealText(ring, "to you", {.signer = OurKey().info.fingerprint, .recipients = {key.fingerprint}});
  ASSERT_EQ(CodeOf(sealed), "");
  SharedGpg().Write("sealed.asc", *sealed);
  const GpgResult read = SharedGpg().Run("-d sealed.asc");
  EXPECT_EQ(read.output, "to you");
  EXPECT_TRUE(read.Says("GOODSIG"));
}
INSTANTIATE_TEST_SUITE_P(Kinds, OldKeys, ::testing::ValuesIn(OldKeyNames()),
                         [](const auto& info) { return info.param; });

TEST(KeyStrength, CountsTheBitsOfFactoringKeysOnly) {
  const auto bits = [](const char* name) { return RingOf({GpgKeyNamed(name).public_armored}).Keys().at(0).bits; };
  EXPECT_EQ(bits("rsa1024"), 1024u);
  EXPECT_EQ(bits("rsa3072"), 3072u);
  EXPECT_EQ(bits("dsa"), 2048u);
  EXPECT_EQ(bits("ed25519"), 0u);
  EXPECT_EQ(bits("brainpool"), 0u);
}

TEST(KeyStrength, TakesTheFewestBitsThatAreInUse) {
  GpgHome gpg;
  gpg.MakeKey("mixed", "Key-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 2048\n");
  EXPECT_EQ(RingOf({gpg.Public("mixed")}).Keys().at(0).bits, 2048u);
}

// Self-signed by SHA-1: what the key can do depends on when, and on the policy; that it rests on
// SHA-1 does not.
class Sha1Keys : public ::testing::Test {
 protected:
  std::string Make(const std::string& options) {
    gpg_.MakeKey("sha1", kEd25519, options + " --cert-digest-algo SHA1");
    return gpg_.Public("sha1");
  }
  GpgHome gpg_;
};

TEST_F(Sha1Keys, OfTodayAreOfUseWhereThePolicyTakesThem) {
  const std::string key = Make("");
  const KeyInfo refused = RingOf({key}).Keys().at(0);
  EXPECT_TRUE(refused.sha1_only);
  EXPECT_FALSE(refused.can_encrypt);
  const KeyInfo taken = RingOf({key}, kSha1Allowed).Keys().at(0);
  EXPECT_TRUE(taken.sha1_only);
  EXPECT_TRUE(taken.can_encrypt && taken.can_sign);
}

TEST_F(Sha1Keys, OfThePastRestOnSha1Too) {
  const KeyInfo key = RingOf({Make("--faked-system-time 20120101T000000")}).Keys().at(0);
  EXPECT_TRUE(key.sha1_only);
  EXPECT_TRUE(key.can_encrypt) << "RNP's rule is from 2024";
}

TEST_F(Sha1Keys, AreNoLongerSuchOnceSignedAnewBySha256) {
  Make("--faked-system-time 20120101T000000");
  const std::string renew =
      "--cert-digest-algo SHA256 --quick-set-expire " + RingOf({gpg_.Public("sha1")}).Keys().at(0).fingerprint + " 20y";
  ASSERT_EQ(gpg_.Run(renew).exit, 0);
  EXPECT_TRUE(RingOf({gpg_.Public("sha1")}).Keys().at(0).sha1_only) << "the subkey still does";
  ASSERT_EQ(gpg_.Run(renew + " '*'").exit, 0);
  EXPECT_FALSE(RingOf({gpg_.Public("sha1")}).Keys().at(0).sha1_only);
}

TEST(KeyStrength, ModernKeysDoNotRestOnSha1) {
  for (const char* name : {"rsa2048", "ed25519"}) {
    EXPECT_FALSE(RingOf({GpgKeyNamed(name).public_armored}).Keys().at(0).sha1_only) << name;
  }
  EXPECT_FALSE(RingOf({OurKey().public_armored}).Keys().at(0).sha1_only);
}

std::string FromRsa(const std::string& options) {
  const std::string ours = OurKey().info.fingerprint;
  return SharedGpg().Make(options + " " + Signed(GpgKeyNamed("rsa2048").fingerprint) + EncryptedTo(ours), "x");
}

TEST(Sha1Mails, AreRefusedByDefault) {
  Keyring ring = RingOf({OurKey().secret_armored, GpgKeyNamed("rsa2048").public_armored});
  const OpenedText opened = OpenText(ring, FromRsa("--digest-algo SHA1"));
  EXPECT_EQ(opened.status(), SignatureStatus::other_error);
  EXPECT_EQ(opened.result->signatures[0].hash, "SHA1");
}

TEST(Sha1Mails, AreTakenWhereThePolicySaysSo) {
  Keyring ring = RingOf({OurKey().secret_armored, GpgKeyNamed("rsa2048").public_armored}, kSha1Allowed);
  const OpenedText opened = OpenText(ring, FromRsa("--digest-algo SHA1"));
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_EQ(opened.result->signatures[0].hash, "SHA1");
}

TEST(Sha1Mails, ChangedOnesAreBadAlsoWhereThePolicyTakesSha1) {
  const std::string signature =
      SharedGpg().Make("--detach-sign --digest-algo SHA1 " + Signed(GpgKeyNamed("rsa2048").fingerprint), "text");
  Keyring ring = RingOf({GpgKeyNamed("rsa2048").public_armored}, kSha1Allowed);
  StringSource changed("test");
  const auto verified = ring.VerifyDetached(changed, signature);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->at(0).status, SignatureStatus::bad);
}

TEST(Open, NamesTheHashAndTheBitsOfASignature) {
  Keyring ring = RingOf({OurKey().secret_armored, GpgKeyNamed("rsa2048").public_armored});
  const OpenedText opened = OpenText(ring, FromRsa("--digest-algo SHA512"));
  ASSERT_TRUE(opened.result.ok());
  EXPECT_EQ(opened.result->signatures.at(0).hash, "SHA512");
  EXPECT_EQ(opened.result->signatures.at(0).bits, 2048u);
}

}  // namespace
}  // namespace gateway::openpgp
