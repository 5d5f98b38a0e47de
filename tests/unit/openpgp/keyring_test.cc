#include <gmock/gmock.h>

#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

const GeneratedKey& ProtectedKey() {
  static const GeneratedKey key = *GenerateKey("Locked <l@test.example>", "open sesame", 0);
  return key;
}

TEST(Keyring, DescribesKeysOfEveryKind) {
  const std::vector<std::string> algorithms = {"RSA 2048", "RSA 3072", "DSA 2048 + ElGamal 2048", "EdDSA + ECDH"};
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    const GpgKey& key = GpgKeyNamed(GpgKeyNames()[i]);
    const KeyInfo info = RingOf({key.public_armored}).Keys().at(0);
    EXPECT_EQ(info.algorithm, algorithms[i]);
    EXPECT_EQ(info.fingerprint, key.fingerprint);
    EXPECT_EQ(info.subkeys.size(), 1u);
    EXPECT_THAT(info.user_ids, ::testing::ElementsAre(key.name + " <" + key.name + "@test.example>"));
    EXPECT_TRUE(info.can_sign && info.can_encrypt);
    EXPECT_FALSE(info.secret || info.expired || info.revoked);
    EXPECT_EQ(ToUnixMilliseconds(info.expires), 0);
    EXPECT_GT(ToUnixMilliseconds(info.created), 0);
  }
}

TEST(Keyring, ListsEachPrimaryKeyOnce) {
  Keyring ring = RingOf({OurKey().secret_armored, OurKey().public_armored, GpgKeyNamed("dsa").public_armored});
  EXPECT_EQ(ring.Keys().size(), 2u);
}

TEST(Keyring, ReadsSeveralKeysOfOneFile) {
  Keyring ring = RingOf({});
  const std::string several = GpgKeyNamed("dsa").public_armored + GpgKeyNamed("ed25519").public_armored;
  EXPECT_EQ(ring.Add(several)->size(), 2u) << "two armors";
  const std::string binary =
      SharedGpg().Run("--export " + GpgKeyNamed("dsa").fingerprint + " " + GpgKeyNamed("rsa2048").fingerprint).output;
  EXPECT_EQ(ring.Add(binary)->size(), 2u) << "binary";
}

TEST(Keyring, ReadsAKeyWithSeveralUserIdsAndAnExpiredSubkey) {
  GpgHome gpg;
  const std::string fingerprint = gpg.MakeKey("multi", kEd25519, "--faked-system-time 20200101T000000");
  ASSERT_EQ(gpg.Run("--quick-add-uid " + fingerprint + " 'Second <s@test.example>'").exit, 0);
  ASSERT_EQ(gpg.Run("--faked-system-time 20200102T000000 --passphrase '' --pinentry-mode loopback --quick-add-key " +
                    fingerprint + " cv25519 encr 30d")
                .exit,
            0);
  const KeyInfo info = RingOf({gpg.Public("multi")}).Keys().at(0);
  EXPECT_EQ(info.user_ids.size(), 2u);
  EXPECT_EQ(info.subkeys.size(), 2u);
  EXPECT_TRUE(info.can_encrypt) << "the first subkey still does";
  EXPECT_FALSE(info.expired);
}

TEST(Keyring, RefusesWhatIsNoKey) {
  Keyring ring = RingOf({});
  for (const std::string& text : {std::string(), std::string("no key"), Pattern(1000)}) {
    const Result<std::vector<KeyInfo>> added = ring.Add(text);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, "key-unreadable");
    EXPECT_EQ(added.error().fault, Fault::config);
  }
}

TEST(Keyring, WorksWithALockedKeyOnlyAfterUnlock) {
  Keyring ring = RingOf({ProtectedKey().secret_armored});
  const std::string fingerprint = ProtectedKey().info.fingerprint;
  const Keyring::SealOptions options{.signer = fingerprint, .recipients = {fingerprint}};
  EXPECT_EQ(CodeOf(SealText(ring, "x", options)), "key-not-usable");
  const Result<std::string> unsigned_one = SealText(ring, "x", {.signer = "", .recipients = {fingerprint}});
  EXPECT_EQ(OpenText(ring, *unsigned_one).code(), "not-decryptable");

  ASSERT_TRUE(ring.Unlock(fingerprint, "open sesame").ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(OpenText(ring, *SealText(ring, "x", options)).status(), SignatureStatus::valid);
  }
  EXPECT_TRUE(ring.Unlock(fingerprint, "whatever: it is open").ok());
}

TEST(Keyring, RefusesAWrongPassphrase) {
  Keyring ring = RingOf({ProtectedKey().secret_armored});
  for (const std::string& wrong :
       {std::string("wrong"), std::string(), std::string("open sesame\0x", 13), std::string(1000, 'x')}) {
    const Result<void> unlocked = ring.Unlock(ProtectedKey().info.fingerprint, wrong);
    ASSERT_FALSE(unlocked.ok());
    EXPECT_EQ(unlocked.error().code, "wrong-passphrase");
    EXPECT_EQ(unlocked.error().fault, Fault::config);
  }
}

TEST(Keyring, UnlocksKeysOfGpg) {
  GpgHome gpg;
  const std::string rsa = "Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048\n";
  for (const std::string& parameters : {rsa, kEd25519}) {
    const std::string fingerprint = gpg.MakeKey("locked", parameters, "", "pass phrase");
    const std::string secret = gpg.Run(
                                      "--pinentry-mode loopback --passphrase 'pass phrase' --armor "
                                      "--export-secret-keys " +
                                      fingerprint)
                                   .output;
    Keyring ring = RingOf({secret});
    EXPECT_EQ(ring.Unlock(fingerprint, "passphrase").error().code, "wrong-passphrase");
    ASSERT_TRUE(ring.Unlock(fingerprint, "pass phrase").ok());
    const std::string sealed = *SealText(ring, "x", {.signer = fingerprint, .recipients = {fingerprint}});
    EXPECT_EQ(OpenText(ring, sealed).status(), SignatureStatus::valid);
  }
}

// Signs and decrypts with the key alone, which nobody unlocks.
void ExpectWorksUnprotected(Keyring& ring, const std::string& fingerprint, const std::string& passphrase) {
  const Result<Secret> key = ring.UnprotectedKey(fingerprint, passphrase);
  ASSERT_TRUE(key.ok()) << key.error().code;
  EXPECT_EQ(ring.Unlock(fingerprint, "").ok(), true) << "the ring has it unlocked";
  Keyring fresh = RingOf({std::string(key->view())});
  const std::string sealed = *SealText(fresh, "x", {.signer = fingerprint, .recipients = {fingerprint}});
  EXPECT_EQ(OpenText(fresh, sealed).status(), SignatureStatus::valid);
}

TEST(Keyring, GivesAKeyWithoutItsPassphrase) {
  GpgHome gpg;
  const std::string rsa = "Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048\n";
  for (const std::string& parameters : {rsa, kEd25519}) {
    const std::string fingerprint = gpg.MakeKey("locked", parameters, "", "pass phrase");
    Keyring ring = RingOf(
        {gpg.Run("--pinentry-mode loopback --passphrase 'pass phrase' --armor --export-secret-keys " + fingerprint)
             .output});
    EXPECT_EQ(ring.UnprotectedKey(fingerprint, "passphrase").error().code, "wrong-passphrase");
    ExpectWorksUnprotected(ring, fingerprint, "pass phrase");
  }
  Keyring ours = RingOf({OurKey().secret_armored});
  ExpectWorksUnprotected(ours, OurKey().info.fingerprint, "");
}

TEST(Keyring, UnlockTakesAnUnprotectedKey) {
  Keyring ring = RingOf({OurKey().secret_armored});
  EXPECT_TRUE(ring.Unlock(OurKey().info.fingerprint, "not needed").ok());
  EXPECT_TRUE(ring.Unlock(OurKey().info.fingerprint, "").ok());
}

TEST(Keyring, UnlockNeedsASecretKey) {
  Keyring ring = RingOf({OurKey().public_armored});
  EXPECT_EQ(ring.Unlock(OurKey().info.fingerprint, "x").error().code, "no-secret-key");
  EXPECT_EQ(ring.Unlock(std::string(40, 'A'), "x").error().code, "no-secret-key");
}

// gpg --export-secret-subkeys: the primary key is a stub, the daily work is done by subkeys.
TEST(Keyring, WorksWithSecretSubkeysAlone) {
  GpgHome gpg;
  const std::string fingerprint = gpg.MakeKey("subkeys", kEd25519);
  ASSERT_EQ(gpg.Run("--passphrase '' --pinentry-mode loopback --quick-add-key " + fingerprint + " ed25519 sign").exit,
            0);
  Keyring ring = RingOf({gpg.Run("--armor --export-secret-subkeys " + fingerprint).output});
  EXPECT_TRUE(ring.Keys()[0].secret);
  ASSERT_TRUE(ring.Unlock(fingerprint, "").ok());
  const Result<std::string> sealed = SealText(ring, "x", {.signer = fingerprint, .recipients = {fingerprint}});
  ASSERT_TRUE(sealed.ok()) << sealed.error().detail;
  const OpenedText opened = OpenText(ring, *sealed);
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_EQ(opened.signer(), fingerprint);
  ExpectWorksUnprotected(ring, fingerprint, "");
}

}  // namespace
}  // namespace gateway::openpgp
