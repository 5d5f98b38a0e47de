#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

Result<std::vector<Signature>> Verify(Keyring& ring, const std::string& data, const std::string& signature) {
  StringSource source(data);
  return ring.VerifyDetached(source, signature);
}

TEST(Detached, GpgVerifiesOurs) {
  const std::string data = Pattern(100'000);
  Keyring ring = RingOf({OurKey().secret_armored});
  StringSource source(data);
  const Result<std::string> signature = ring.SignDetached(source, OurKey().info.fingerprint);
  ASSERT_TRUE(signature.ok()) << signature.error().code;
  EXPECT_TRUE(signature->starts_with("-----BEGIN PGP SIGNATURE-----"));
  SharedGpg().Write("data", data);
  SharedGpg().Write("data.asc", *signature);
  const GpgResult verified = SharedGpg().Run("--verify data.asc data");
  EXPECT_EQ(verified.exit, 0);
  // Fields of VALIDSIG: ..., class 00 (binary) after the public key (22: EdDSA) and hash (8:
  // SHA-256) algorithms.
  EXPECT_TRUE(verified.Says("VALIDSIG " + OurKey().info.fingerprint)) << verified.status;
  EXPECT_NE(verified.status.find(" 22 8 00 "), std::string::npos) << verified.status;
}

class DetachedFromGpg : public ::testing::TestWithParam<std::string> {};

TEST_P(DetachedFromGpg, IsVerified) {
  const GpgKey& key = GpgKeyNamed(GetParam());
  const std::string data = Pattern(100'000);
  Keyring ring = RingOf({key.public_armored});
  for (const char* armor : {" --armor", " --no-armor"}) {
    const std::string signature = SharedGpg().Make("--detach-sign -u " + key.fingerprint + armor, data);
    const Result<std::vector<Signature>> found = Verify(ring, data, signature);
    ASSERT_TRUE(found.ok()) << found.error().code;
    ASSERT_EQ(found->size(), 1u);
    EXPECT_EQ((*found)[0].status, SignatureStatus::valid) << armor;
    EXPECT_EQ((*found)[0].fingerprint, key.fingerprint);
  }
}
INSTANTIATE_TEST_SUITE_P(Keys, DetachedFromGpg, ::testing::ValuesIn(GpgKeyNames()),
                         [](const auto& info) { return info.param; });

// What mail programs sign (RFC 3156 section 5): lines with CRLF.
TEST(Detached, TextModeOfGpgIsVerified) {
  const GpgKey& key = GpgKeyNamed("rsa2048");
  const std::string data = "Content-Type: text/plain\r\n\r\nDear colleague,\r\n\r\n see below. \r\n--\r\n";
  Keyring ring = RingOf({key.public_armored});
  const std::string signature = SharedGpg().Make("--detach-sign --textmode -u " + key.fingerprint, data);
  const Result<std::vector<Signature>> found = Verify(ring, data, signature);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->at(0).status, SignatureStatus::valid);
}

TEST(Detached, IsCheckedOverEitherFormOfTheData) {
  const GpgKey& key = GpgKeyNamed("ed25519");
  Keyring ring = RingOf({key.public_armored});
  const std::string signature = SharedGpg().Make("--detach-sign -u " + key.fingerprint, "signed");
  const auto status = [&](const std::string& canonical, const std::string& raw) {
    StringSource first(canonical);
    StringSource second(raw);
    return ring.VerifyDetached(first, second, signature)->at(0).status;
  };
  EXPECT_EQ(status("signed", "other"), SignatureStatus::valid);
  EXPECT_EQ(status("other", "signed"), SignatureStatus::valid);
  EXPECT_EQ(status("other", "other"), SignatureStatus::bad);
}

TEST(Detached, ChangedDataIsBad) {
  const GpgKey& key = GpgKeyNamed("ed25519");
  Keyring ring = RingOf({key.public_armored});
  const std::string signature = SharedGpg().Make("--detach-sign -u " + key.fingerprint, "data");
  const Result<std::vector<Signature>> found = Verify(ring, "date", signature);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->at(0).status, SignatureStatus::bad);
}

TEST(Detached, UnknownSignerIsReported) {
  Keyring ring = RingOf({OurKey().public_armored});
  const std::string signature = SharedGpg().Make("--detach-sign -u " + GpgKeyNamed("ed25519").fingerprint, "data");
  const Result<std::vector<Signature>> found = Verify(ring, "data", signature);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->at(0).status, SignatureStatus::unknown_key);
}

TEST(Detached, RefusesWhatIsNoDetachedSignature) {
  Keyring ring = RingOf({OurKey().public_armored});
  const std::string whole = SharedGpg().Make(Signed(GpgKeyNamed("ed25519").fingerprint), "data");
  for (const std::string& text : {std::string(), std::string("x"), Pattern(500), OurKey().public_armored, whole}) {
    const Result<std::vector<Signature>> found = Verify(ring, "data", text);
    ASSERT_FALSE(found.ok()) << text.size();
    EXPECT_EQ(found.error().code, "openpgp-damaged");
  }
}

TEST(Detached, NeedsASecretKey) {
  Keyring ring = RingOf({OurKey().public_armored});
  StringSource source("data");
  EXPECT_EQ(CodeOf(ring.SignDetached(source, OurKey().info.fingerprint)), "key-not-usable");
}

}  // namespace
}  // namespace gateway::openpgp
