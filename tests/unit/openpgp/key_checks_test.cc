#include <sys/stat.h>

#include <map>

#include "openpgp/key_material.h"
#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

// A directory of files, by GpgHome for its cleaning up.
class KeyChecks : public ::testing::Test {
 protected:
  std::filesystem::path File(const std::string& name, const std::string& content, unsigned mode = 0600) {
    home_.Write(name, content);
    ::chmod(home_.path(name).c_str(), mode);
    return home_.path(name);
  }
  PartnerSettings Partner(const std::string& content, const std::string& fingerprint) {
    PartnerSettings partner;
    partner.key_file = File("partner.asc", content);
    partner.key_fingerprint = fingerprint;
    return partner;
  }
  MailboxSettings Mailbox(const std::string& content, const std::string& passphrase) {
    MailboxSettings mailbox;
    mailbox.key.file = File("secret.asc", content);
    if (!passphrase.empty()) mailbox.key.passphrase_file = File("passphrase", passphrase);
    return mailbox;
  }
  static void ExpectError(const Result<KeyInfo>& checked, const std::string& code, const std::string& detail) {
    ASSERT_FALSE(checked.ok()) << code;
    EXPECT_EQ(checked.error().fault, Fault::config);
    EXPECT_EQ(checked.error().code, code) << checked.error().detail;
    EXPECT_NE(checked.error().detail.find(detail), std::string::npos) << checked.error().detail;
  }
  GpgHome home_;
};

const GeneratedKey& Locked() {
  static const GeneratedKey key = *GenerateKey("Locked <l@test.example>", "open sesame", 0);
  return key;
}

TEST_F(KeyChecks, TakesAPartnerKeyByItsFingerprint) {
  const GpgKey& key = GpgKeyNamed("rsa2048");
  const Result<KeyInfo> checked = CheckPartnerKey(Partner(key.public_armored, key.fingerprint));
  ASSERT_TRUE(checked.ok()) << checked.error().detail;
  EXPECT_EQ(checked->fingerprint, key.fingerprint);
}

TEST_F(KeyChecks, RefusesAnotherKeyBesideThePinnedOne) {
  const std::string several = GpgKeyNamed("dsa").public_armored + GpgKeyNamed("rsa2048").public_armored;
  const PartnerSettings partner = Partner(several, GpgKeyNamed("rsa2048").fingerprint);
  ExpectError(CheckPartnerKey(partner), "several-keys", "2 primary keys");
  ExpectError(CheckPartnerKey(partner), "several-keys", FormatFingerprint(GpgKeyNamed("dsa").fingerprint));
  ExpectError(CheckPartnerKey(partner), "several-keys", FormatFingerprint(GpgKeyNamed("rsa2048").fingerprint));
}

TEST_F(KeyChecks, RefusesTheSecretKeyOfAPartner) {
  const PartnerSettings partner = Partner(GpgKeyNamed("ed25519").secret_armored, GpgKeyNamed("ed25519").fingerprint);
  ExpectError(CheckPartnerKey(partner), "secret-key-of-partner", "must revoke it, make a new one");
}

TEST_F(KeyChecks, RefusesAnotherPartnerKey) {
  const std::string pinned = GpgKeyNamed("ed25519").fingerprint;
  const PartnerSettings partner = Partner(GpgKeyNamed("dsa").public_armored, pinned);
  ExpectError(CheckPartnerKey(partner), "fingerprint-mismatch", FormatFingerprint(pinned));
  ExpectError(CheckPartnerKey(partner), "fingerprint-mismatch", FormatFingerprint(GpgKeyNamed("dsa").fingerprint));
  ExpectError(CheckPartnerKey(partner), "fingerprint-mismatch", partner.key_file.string());
  ExpectError(CheckPartnerKey(Partner(GpgKeyNamed("dsa").public_armored, "")), "fingerprint-mismatch", "");
}

TEST_F(KeyChecks, RefusesPartnerFilesThatAreNoKeys) {
  ExpectError(CheckPartnerKey(Partner("hello", std::string(40, 'A'))), "key-unreadable", "partner.asc");
  PartnerSettings missing = Partner("", "");
  missing.key_file = home_.path("missing.asc");
  ExpectError(CheckPartnerKey(missing), "key-unreadable", "missing.asc");
}

TEST_F(KeyChecks, RefusesAnExpiredPartnerKey) {
  const std::string fingerprint =
      home_.MakeKey("old", kEd25519 + "Expire-Date: 30d\n", "--faked-system-time 20200101T000000");
  ExpectError(CheckPartnerKey(Partner(home_.Public("old"), fingerprint)), "key-not-usable", "expired");
}

// More often the clock of this machine is wrong than that of who made the key.
TEST_F(KeyChecks, AKeyFromTheFutureNamesTheClock) {
  const std::string fingerprint = home_.MakeKey("tomorrow", kEd25519, "--faked-system-time 20900101T000000");
  const PartnerSettings partner = Partner(home_.Public("tomorrow"), fingerprint);
  ExpectError(CheckPartnerKey(partner), "key-not-usable", "in the future: on 2090-01-01");
  ExpectError(CheckPartnerKey(partner), "key-not-usable", "Look at the clock first");
  ExpectError(CheckMailboxKey(Mailbox(home_.Secret("tomorrow"), "")), "key-not-usable", "Look at the clock first");
}

// Whoever may write it could put a key of his own there, and its fingerprint into the
// configuration.
TEST_F(KeyChecks, RefusesAPartnerKeyThatEverybodyMayWrite) {
  const GpgKey& key = GpgKeyNamed("ed25519");
  const PartnerSettings partner = Partner(key.public_armored, key.fingerprint);
  ::chmod(partner.key_file.c_str(), 0646);
  ExpectError(CheckPartnerKey(partner), "writable-by-others", "partner.asc: everybody on this machine may write it");
  ::chmod(partner.key_file.c_str(), 0644);
  EXPECT_TRUE(CheckPartnerKey(partner).ok());
}

// It comes by itself, in the middle of a night.
TEST_F(KeyChecks, AnExpiredKeyIsNoReasonNotToStart) {
  const std::string fingerprint =
      home_.MakeKey("old", kEd25519 + "Expire-Date: 30d\n", "--faked-system-time 20200101T000000");
  PartnerSettings partner = Partner(home_.Public("old"), fingerprint);
  partner.name = "old";
  static_cast<void>(home_.MakeKey("ours", kEd25519 + "Expire-Date: 30d\n", "--faked-system-time 20200101T000000"));
  MailboxSettings mailbox = Mailbox(home_.Secret("ours"), "");
  mailbox.name = "main";
  ExpectError(CheckMailboxKey(mailbox), "key-not-usable", "expired");
  const Result<KeyMaterial> keys = ReadKeyMaterial({mailbox}, {partner});
  ASSERT_TRUE(keys.ok()) << keys.error().detail;
  ASSERT_EQ(keys->unusable.size(), 2U);
  EXPECT_EQ(keys->unusable[0].whose, "mailbox main");
  EXPECT_EQ(keys->unusable[1].whose, "partner old");
  EXPECT_EQ(keys->unusable[1].why.code, "key-not-usable");
  EXPECT_EQ(RingWith(*keys).Keys().size(), 1U);
  partner.key_fingerprint = std::string(40, 'A');
  EXPECT_EQ(ReadKeyMaterial({mailbox}, {partner}).error().code, "fingerprint-mismatch");
}

// The subkey that encrypts ends before the key does.
TEST_F(KeyChecks, KnowHowLongAKeyCanBeUsed) {
  using std::chrono::hours;
  const std::string fingerprint = home_.MakeKey("short", kEd25519 + "Expire-Date: 90d\n");
  ASSERT_EQ(home_.Run("--quick-set-expire " + fingerprint + " 5d '*'").exit, 0);
  PartnerSettings partner = Partner(home_.Public("short"), fingerprint);
  partner.name = "short";
  MailboxSettings mailbox = Mailbox(GpgKeyNamed("rsa2048").secret_armored, "");
  mailbox.name = "main";
  const Result<KeyMaterial> keys = ReadKeyMaterial({mailbox}, {partner});
  ASSERT_TRUE(keys.ok()) << keys.error().detail;
  ASSERT_EQ(keys->expiries.size(), 1U);  // the other one is for ever
  EXPECT_EQ(keys->expiries[0].whose, "partner short");
  const auto left = keys->expiries[0].until - std::chrono::system_clock::now();
  EXPECT_GT(left, hours(4 * 24));
  EXPECT_LT(left, hours(6 * 24));
}

TEST_F(KeyChecks, WantsAPartnerKeyThatEncrypts) {
  const std::string fingerprint = home_.MakeKey("signer", "Key-Type: eddsa\nKey-Curve: ed25519\n");
  ExpectError(CheckPartnerKey(Partner(home_.Public("signer"), fingerprint)), "key-not-usable",
              fingerprint +
                  " has no usable (sub)key that encrypts: the file holds the primary key without any subkey. "
                  "Its owner must export the key as a whole, or add such a subkey");
}

// Nobody sends the site its own key.
TEST_F(KeyChecks, TellsTheSiteToMendItsOwnKeyThatDoesNotEncrypt) {
  const std::string fingerprint = home_.MakeKey("signer", "Key-Type: eddsa\nKey-Curve: ed25519\n");
  const Result<KeyInfo> checked = CheckMailboxKey(Mailbox(home_.Secret("signer"), ""));
  ExpectError(checked, "key-not-usable",
              fingerprint +
                  " has no usable (sub)key that encrypts: the file holds the primary key without any subkey. "
                  "It is your own key: export it as a whole (gpg --armor --export-secret-keys)");
  EXPECT_EQ(checked.error().detail.find("Its owner"), std::string::npos);
}

TEST_F(KeyChecks, SaysWhatIsWrongWithTheSubkeyThatEncrypts) {
  const std::string long_ago = "--faked-system-time 20240101T000000!";
  const std::string fingerprint = home_.MakeKey("worn", "Key-Type: eddsa\nKey-Curve: ed25519\n", long_ago);
  ASSERT_EQ(home_.Run(long_ago + " --passphrase '' --quick-add-key " + fingerprint + " cv25519 encr 2d").exit, 0);
  ExpectError(CheckPartnerKey(Partner(home_.Public("worn"), fingerprint)), "key-not-usable", " is expired. Its owner");
}

// A partner that gives a key up sends the certificate alone.
TEST_F(KeyChecks, NamesWhatIsThereInPlaceOfAKey) {
  const std::string fingerprint = home_.MakeKey("gone", kEd25519);
  std::string revocation = home_.Read("openpgp-revocs.d/" + fingerprint + ".rev");
  revocation = revocation.substr(revocation.find(":-----BEGIN") + 1);
  ExpectError(CheckPartnerKey(Partner(revocation, fingerprint)), "key-unreadable",
              "a revocation certificate alone, which says that a key must not be used any more. Ask the partner");
  home_.Write("revocation.asc", revocation);
  ASSERT_EQ(home_.Run("-o revocation.gpg --dearmor revocation.asc").exit, 0);
  ExpectError(CheckPartnerKey(Partner(home_.Read("revocation.gpg"), fingerprint)), "key-unreadable",
              "a revocation certificate alone");
  home_.Write("text", "x");
  ASSERT_EQ(home_.Run("-o message.gpg --trust-model always -e -r gone text").exit, 0);
  ExpectError(CheckPartnerKey(Partner(home_.Read("message.gpg"), fingerprint)), "key-unreadable",
              "it is an encrypted message");
  ASSERT_EQ(home_.Run("-o signature.gpg --passphrase '' -u gone -b text").exit, 0);
  ExpectError(CheckPartnerKey(Partner(home_.Read("signature.gpg"), fingerprint)), "key-unreadable",
              "a signature alone");
}

TEST_F(KeyChecks, WantsASigningKeyWhereSignaturesAreRequired) {
  const std::string fingerprint = home_.MakeKey("mute",
                                                "Key-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: cert\n"
                                                "Subkey-Type: ecdh\nSubkey-Curve: cv25519\n");
  PartnerSettings partner = Partner(home_.Public("mute"), fingerprint);
  ExpectError(CheckPartnerKey(partner), "key-not-usable", "signs");
  partner.profile.require_signature = false;
  EXPECT_TRUE(CheckPartnerKey(partner).ok());
}

TEST_F(KeyChecks, TakesAKeyThatRestsOnSha1WhereTheProfileSaysSo) {
  for (const char* when : {"", "--faked-system-time 20120101T000000 "}) {
    const std::string name = *when == '\0' ? "today" : "past";
    const std::string fingerprint = home_.MakeKey(name, kEd25519, std::string(when) + "--cert-digest-algo SHA1");
    PartnerSettings partner = Partner(home_.Public(name), fingerprint);
    ExpectError(CheckPartnerKey(partner), "key-too-weak", "accept_sha1");
    partner.profile.accept_sha1 = true;
    const Result<KeyInfo> checked = CheckPartnerKey(partner);
    ASSERT_TRUE(checked.ok()) << checked.error().detail;
    EXPECT_TRUE(checked->sha1_only);
  }
}

TEST_F(KeyChecks, RefusesAKeyOfFewerBitsThanItsProfileAsksFor) {
  PartnerSettings partner = Partner(GpgKeyNamed("rsa1024").public_armored, GpgKeyNamed("rsa1024").fingerprint);
  ExpectError(CheckPartnerKey(partner), "key-too-weak", "min_key_bits: 1024");
  partner.profile.min_key_bits = 1024;
  EXPECT_TRUE(CheckPartnerKey(partner).ok());
  partner = Partner(GpgKeyNamed("rsa2048").public_armored, GpgKeyNamed("rsa2048").fingerprint);
  partner.profile.min_key_bits = 3072;
  ExpectError(CheckPartnerKey(partner), "key-too-weak", "min_key_bits: 2048");
}

TEST_F(KeyChecks, AsksNoBitsOfCurves) {
  PartnerSettings partner = Partner(GpgKeyNamed("ed25519").public_armored, GpgKeyNamed("ed25519").fingerprint);
  partner.profile.min_key_bits = 4096;
  EXPECT_TRUE(CheckPartnerKey(partner).ok());
}

TEST_F(KeyChecks, KeyringTakesSha1OfThePartnerThatMay) {
  const std::string fingerprint = home_.MakeKey("weak", kEd25519, "--cert-digest-algo SHA1");
  PartnerSettings weak = Partner(home_.Public("weak"), fingerprint);
  weak.key_file = File("weak.asc", home_.Public("weak"));
  weak.name = "weak";
  PartnerSettings strong = Partner(GpgKeyNamed("ed25519").public_armored, GpgKeyNamed("ed25519").fingerprint);
  strong.name = "strong";
  EXPECT_EQ(ReadKeyMaterial({}, {strong, weak}).error().code, "key-too-weak");
  weak.profile.accept_sha1 = true;
  const Result<KeyMaterial> keys = ReadKeyMaterial({}, {strong, weak});
  ASSERT_TRUE(keys.ok()) << keys.error().detail;
  const std::map<std::string, const PartnerKey*> of{{"strong", &keys->partner_keys.at(0)},
                                                    {"weak", &keys->partner_keys.at(1)}};
  EXPECT_FALSE(of.at("strong")->allow_sha1);
  Keyring ring = RingWith(*keys);
  for (const char* name : {"weak", "strong", "weak"}) {
    ASSERT_TRUE(ring.UsePartner(of.at(name)).ok());
    const bool its_own = std::string(name) == "weak";
    EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = "", .recipients = {fingerprint}})),
              its_own ? "" : "key-not-usable");
  }
  PartnerKey unforgiven = keys->partner_keys.at(1);
  unforgiven.allow_sha1 = false;
  ASSERT_TRUE(ring.UsePartner(&unforgiven).ok());
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = "", .recipients = {fingerprint}})), "key-not-usable");
}

TEST_F(KeyChecks, TakesAMailboxKey) {
  EXPECT_TRUE(CheckMailboxKey(Mailbox(OurKey().secret_armored, "")).ok());
  const Result<KeyInfo> checked = CheckMailboxKey(Mailbox(Locked().secret_armored, "open sesame\n"));
  ASSERT_TRUE(checked.ok()) << checked.error().detail;
  EXPECT_EQ(checked->fingerprint, Locked().info.fingerprint);
}

TEST_F(KeyChecks, RefusesAMailboxKeyThatItCannotUse) {
  ExpectError(CheckMailboxKey(Mailbox(OurKey().public_armored, "")), "no-secret-key", "secret.asc");
  ExpectError(CheckMailboxKey(Mailbox(Locked().secret_armored, "wrong\n")), "wrong-passphrase", "secret.asc");
  ExpectError(CheckMailboxKey(Mailbox(Locked().secret_armored, "")), "wrong-passphrase", "secret.asc");
  ExpectError(CheckMailboxKey(Mailbox("hello", "")), "key-unreadable", "secret.asc");
  const std::string both = OurKey().secret_armored + Locked().secret_armored;
  ExpectError(CheckMailboxKey(Mailbox(both, "open sesame")), "several-secret-keys", "secret.asc");
}

TEST_F(KeyChecks, RefusesSecretsThatEverybodyReads) {
  MailboxSettings mailbox = Mailbox(Locked().secret_armored, "open sesame");
  ::chmod(mailbox.key.file.c_str(), 0640);
  EXPECT_TRUE(CheckMailboxKey(mailbox).ok()) << "a group may";
  ::chmod(mailbox.key.passphrase_file.c_str(), 0604);
  ExpectError(CheckMailboxKey(mailbox), "secret-readable-by-others", "passphrase");
  ::chmod(mailbox.key.passphrase_file.c_str(), 0600);
  ::chmod(mailbox.key.file.c_str(), 0602);
  ExpectError(CheckMailboxKey(mailbox), "secret-readable-by-others", "secret.asc");
}

TEST_F(KeyChecks, RefusesAMissingPassphraseFile) {
  MailboxSettings mailbox = Mailbox(Locked().secret_armored, "");
  mailbox.key.passphrase_file = home_.path("missing");
  ExpectError(CheckMailboxKey(mailbox), "passphrase-unreadable", "missing");
}

TEST_F(KeyChecks, KeyringOfTheSettingsSealsAndOpens) {
  const GpgKey& partner = GpgKeyNamed("ed25519");
  const Result<KeyMaterial> keys = ReadKeyMaterial({Mailbox(Locked().secret_armored, "open sesame\n")},
                                                   {Partner(partner.public_armored, partner.fingerprint)});
  ASSERT_TRUE(keys.ok()) << keys.error().detail;
  Keyring ring = RingWith(*keys);
  ASSERT_TRUE(ring.UsePartner(&keys->partner_keys.front()).ok());
  const std::string ours = Locked().info.fingerprint;
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = ours, .recipients = {partner.fingerprint, ours}})),
            "key-not-usable");  // ours is none of the partner's
  const Result<std::string> sealed = SealText(ring, "x", {.signer = ours, .recipients = {partner.fingerprint}});
  ASSERT_TRUE(sealed.ok()) << sealed.error().detail;
  Keyring theirs = RingOf({partner.secret_armored, Locked().public_armored});
  EXPECT_EQ(OpenText(theirs, *sealed).signer(), ours);
}

// Partners send a revocation as a block of its own, before or behind the key that they sent once.
TEST(ReadKeyFile, AppliesARevocationWhereverItStands) {
  GpgHome gpg;
  const std::string fingerprint = gpg.MakeKey("gone", kEd25519);
  gpg.MakeKey("other", kEd25519);
  const auto revocation_of = [&gpg](const std::string& key) {
    std::string revocation = gpg.Read("openpgp-revocs.d/" + key + ".rev");
    revocation.replace(revocation.find(":-----BEGIN"), 1, "");
    return revocation.substr(revocation.find("-----BEGIN"));
  };
  const std::string revocation = revocation_of(fingerprint);
  const std::string key = gpg.Public("gone");
  const auto binary = [&gpg](const std::string& armored) {
    gpg.Write("armored", armored);
    gpg.Remove("binary");
    EXPECT_EQ(gpg.Run("-o binary --dearmor armored").exit, 0);
    return gpg.Read("binary");
  };
  EXPECT_FALSE(ReadKeyFile(key)->at(0).info.revoked);
  for (const std::string& file :
       {key + revocation, revocation + key, binary(key) + binary(revocation), binary(revocation) + binary(key)}) {
    const auto read = ReadKeyFile(file);
    ASSERT_TRUE(read) << read.error().detail;
    ASSERT_EQ(read->size(), 1U);
    EXPECT_TRUE(read->at(0).info.revoked);
    EXPECT_EQ(read->at(0).info.fingerprint, fingerprint);
  }
  // That of another key says nothing about this one.
  const auto read = ReadKeyFile(gpg.Public("other") + revocation);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(read->at(0).info.revoked);
  EXPECT_TRUE(read->at(0).info.can_sign && read->at(0).info.can_encrypt);
}

}  // namespace
}  // namespace gateway::openpgp
