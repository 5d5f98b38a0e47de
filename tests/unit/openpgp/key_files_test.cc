#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

TEST(GenerateKey, MakesAKeyThatGpgImportsAndUses) {
  for (const std::string passphrase : {"", "pass phrase"}) {
    const Result<GeneratedKey> key = GenerateKey("Klinikum B <b@test.example>", passphrase, 0);
    ASSERT_TRUE(key.ok()) << key.error().detail;
    const std::string& fingerprint = key->info.fingerprint;
    GpgHome gpg;
    gpg.Write("secret.asc", key->secret_armored);
    const std::string unlock = "--pinentry-mode loopback --passphrase '" + passphrase + "' ";
    ASSERT_EQ(gpg.Run(unlock + "--import secret.asc").exit, 0) << gpg.Read("stderr.txt");
    // gpg encrypts to it, signs with it and decrypts with it: the secret parts are whole.
    gpg.Write("sealed", gpg.Make(unlock + Signed(fingerprint) + EncryptedTo(fingerprint), "by gpg"));
    const GpgResult opened = gpg.Run(unlock + "-o opened -d sealed");
    EXPECT_TRUE(opened.Says("DECRYPTION_OKAY") && opened.Says("GOODSIG")) << opened.status;
    EXPECT_EQ(gpg.Read("opened"), "by gpg");
  }
}

TEST(GenerateKey, GpgNeedsThePassphrase) {
  const GeneratedKey key = *GenerateKey("Klinikum B <b@test.example>", "right", 0);
  GpgHome gpg;
  gpg.Write("secret.asc", key.secret_armored);
  gpg.Write("public.asc", key.public_armored);
  ASSERT_EQ(gpg.Run("--import public.asc").exit, 0);
  const std::string sealed = gpg.Make(EncryptedTo(key.info.fingerprint), "x");
  gpg.Write("sealed", sealed);
  ASSERT_EQ(gpg.Run("--pinentry-mode loopback --passphrase right --import secret.asc").exit, 0);
  gpg.Run("--version");
  EXPECT_NE(gpg.Run("--pinentry-mode loopback --passphrase wrong -o opened -d sealed").exit, 0);
  EXPECT_EQ(gpg.Run("--pinentry-mode loopback --passphrase right -o opened -d sealed").exit, 0);
}

TEST(GenerateKey, MakesEd25519WithCv25519ForItsTime) {
  const GeneratedKey key = *GenerateKey("Klinikum B <b@test.example>", "", 10);
  EXPECT_EQ(key.info.algorithm, "EdDSA + ECDH");
  EXPECT_TRUE(key.info.secret && key.info.can_sign && key.info.can_encrypt);
  EXPECT_EQ(key.info.expires - key.info.created, std::chrono::days(10));
  GpgHome gpg;
  gpg.Write("public.asc", key.public_armored);
  ASSERT_EQ(gpg.Run("--import public.asc").exit, 0);
  const std::string listing = gpg.Run("--with-colons --list-keys").output;
  EXPECT_NE(listing.find(":ed25519:"), std::string::npos) << listing;
  EXPECT_NE(listing.find(":cv25519:"), std::string::npos) << listing;
  EXPECT_NE(listing.find("Klinikum B <b@test.example>"), std::string::npos) << listing;
}

TEST(GenerateKey, ChecksTheUserId) {
  for (const std::string& bad :
       {std::string(), std::string("A\nB"), std::string("A\0B", 3), std::string("A\x7f"), std::string(129, 'x')}) {
    const Result<GeneratedKey> key = GenerateKey(bad, "", 0);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code, "bad-user-id");
  }
  EXPECT_EQ(GenerateKey("Krankenhaus Köln <k@test.example>", "", 0)->info.user_ids[0],
            "Krankenhaus Köln <k@test.example>");
  EXPECT_TRUE(GenerateKey(std::string(128, 'x'), "", 0).ok());
}

TEST(GenerateKey, ChecksPassphraseAndValidity) {
  EXPECT_EQ(GenerateKey("x", std::string("a\0b", 3), 0).error().code, "bad-passphrase");
  EXPECT_EQ(GenerateKey("x", std::string(256, 'a'), 0).error().code, "bad-passphrase");
  EXPECT_EQ(GenerateKey("x", "", 100'000).error().code, "bad-validity");
}

TEST(ExportPublic, LeavesSecretsBehind) {
  const std::string both = OurKey().secret_armored + GpgKeyNamed("rsa2048").secret_armored;
  const Result<std::string> exported = ExportPublic(both);
  ASSERT_TRUE(exported.ok());
  EXPECT_EQ(exported->find("PRIVATE"), std::string::npos);
  GpgHome gpg;
  gpg.Write("public.asc", *exported);
  ASSERT_EQ(gpg.Run("--import public.asc").exit, 0);
  for (const std::string& fingerprint : {OurKey().info.fingerprint, GpgKeyNamed("rsa2048").fingerprint}) {
    EXPECT_EQ(gpg.Run("--list-keys " + fingerprint).exit, 0);
    EXPECT_NE(gpg.Run("--list-secret-keys " + fingerprint).exit, 0);
  }
  EXPECT_EQ(gpg.Run("--list-packets public.asc").output.find("secret"), std::string::npos);
}

TEST(ExportPublic, RefusesWhatIsNoKey) {
  EXPECT_EQ(CodeOf(ExportPublic("x")), "key-unreadable");
}

TEST(Fingerprint, IsFormattedAsByGpg) {
  const std::string formatted = FormatFingerprint(GpgKeyNamed("ed25519").fingerprint);
  EXPECT_EQ(formatted.size(), 50u);
  const std::string listing = SharedGpg().Run("--fingerprint --list-keys ed25519").output;
  EXPECT_NE(listing.find(formatted), std::string::npos) << formatted << "\n" << listing;
  EXPECT_EQ(NormaliseFingerprint(formatted), GpgKeyNamed("ed25519").fingerprint);
}

TEST(Fingerprint, IsNormalisedFromWhatPeopleWrite) {
  EXPECT_EQ(NormaliseFingerprint("0x0123 4567  89ab CDEF"), "0123456789ABCDEF");
  EXPECT_EQ(NormaliseFingerprint("01:23:45:ab"), "012345AB");
  EXPECT_EQ(NormaliseFingerprint(""), "");
  EXPECT_EQ(FormatFingerprint(""), "");
}

}  // namespace
}  // namespace gateway::openpgp
