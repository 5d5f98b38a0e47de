// What Open and VerifyDetached say of signers whose keys, clocks or algorithms are not in order.
#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

class Signers : public ::testing::Test {
 protected:
  Signers() {
    gpg_.Write("ours.asc", OurKey().public_armored);
    EXPECT_EQ(gpg_.Run("--import ours.asc").exit, 0);
  }
  std::string From(const std::string& signer, const std::string& options = "") {
    return gpg_.Make(options + " " + Signed(signer) + EncryptedTo(OurKey().info.fingerprint), "text");
  }
  OpenedText Open(const std::string& signer, const std::string& message) {
    Keyring ring = RingOf({OurKey().secret_armored, gpg_.Public(signer)});
    return OpenText(ring, message);
  }
  GpgHome gpg_;
};

TEST_F(Signers, ExpiredKeyIsReported) {
  const std::string fingerprint =
      gpg_.MakeKey("expired", kEd25519 + "Expire-Date: 30d\n", "--faked-system-time 20200101T000000");
  gpg_.Write("ours.asc", OurKey().public_armored);
  const std::string message =
      gpg_.Make("--faked-system-time 20200110T000000 " + Signed("expired"), "signed while it was good");
  const OpenedText opened = Open("expired", message);
  EXPECT_EQ(opened.status(), SignatureStatus::expired_key);
  EXPECT_EQ(opened.signer(), fingerprint);
}

TEST_F(Signers, RevokedKeyIsReported) {
  const std::string fingerprint = gpg_.MakeKey("revoked", kEd25519);
  const std::string message = From("revoked");
  std::string revocation = gpg_.Read("openpgp-revocs.d/" + fingerprint + ".rev");
  revocation.replace(revocation.find(":-----BEGIN"), 1, "");
  gpg_.Write("revocation", revocation);
  ASSERT_EQ(gpg_.Run("--import revocation").exit, 0);
  EXPECT_EQ(Open("revoked", message).status(), SignatureStatus::revoked_key);
}

TEST_F(Signers, ExpiredSignatureIsReported) {
  gpg_.MakeKey("brief", kEd25519, "--faked-system-time 20200101T000000");
  const std::string message =
      gpg_.Make("--faked-system-time 20200110T000000 --default-sig-expire 1d " + Signed("brief"), "text");
  EXPECT_EQ(Open("brief", message).status(), SignatureStatus::expired_signature);
}

TEST_F(Signers, SmallClockSkewIsForgiven) {
  gpg_.MakeKey("ahead", kEd25519);
  const auto signed_in = [&](long seconds) {
    return gpg_.Make("--faked-system-time " + std::to_string(std::time(nullptr) + seconds) + " " + Signed("ahead"),
                     "x");
  };
  EXPECT_EQ(Open("ahead", signed_in(3600)).status(), SignatureStatus::valid);
  EXPECT_EQ(Open("ahead", signed_in(3 * 24 * 3600)).status(), SignatureStatus::in_future);
}

TEST_F(Signers, Sha1SignatureIsNotValid) {
  gpg_.MakeKey("sha1", "Key-Type: DSA\nKey-Length: 1024\n", "--faked-system-time 20120101T000000");
  const OpenedText opened = Open("sha1", From("sha1", "--digest-algo SHA1"));
  EXPECT_EQ(opened.status(), SignatureStatus::other_error);
  EXPECT_EQ(opened.text, "text");
}

TEST_F(Signers, SigningSubkeyIsMappedToItsPrimaryKey) {
  const std::string fingerprint = gpg_.MakeKey("subkey",
                                               "Key-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: cert\n"
                                               "Subkey-Type: eddsa\nSubkey-Curve: ed25519\n"
                                               "Subkey-Usage: sign\n");
  const OpenedText opened = Open("subkey", From("subkey"));
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_EQ(opened.signer(), fingerprint);
  EXPECT_NE(opened.result->signatures[0].key_id, fingerprint.substr(24));
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// The issuer key id stands outside what is signed: whoever relabels it must not become, or make of
// others, the signer.
TEST_F(Signers, ForgedIssuerKeyIdDoesNotRenameTheSigner) {
  const std::string mallory = gpg_.MakeKey("mallory", kEd25519);
  const std::string victim = gpg_.MakeKey("victim", kEd25519);
  std::string signature = gpg_.Make("--detach-sign -u mallory", "text");
  const std::size_t id = signature.rfind(FromHex(mallory.substr(24)));
  ASSERT_NE(id, std::string::npos);
  signature.replace(id, 8, FromHex(victim.substr(24)));
  Keyring ring = RingOf({gpg_.Public("mallory"), gpg_.Public("victim")});
  StringSource text("text");
  const Result<std::vector<Signature>> found = ring.VerifyDetached(text, signature);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1u);
  EXPECT_NE((*found)[0].fingerprint, victim);
  EXPECT_EQ((*found)[0].fingerprint, mallory);
  EXPECT_EQ((*found)[0].status, SignatureStatus::valid);
}

}  // namespace
}  // namespace gateway::openpgp
