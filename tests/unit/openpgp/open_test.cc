#include <random>
#include <tuple>

#include "openpgp_test_kit.h"
#include "support/errors.h"

namespace gateway::openpgp {
namespace {

using Variant = std::tuple<std::string, std::string, std::string>;  // key, compression, armor

class OpenFromGpg : public ::testing::TestWithParam<Variant> {};

TEST_P(OpenFromGpg, OpensAndNamesTheSigner) {
  const auto& [name, compression, armor] = GetParam();
  const GpgKey& key = GpgKeyNamed(name);
  OurKey();
  const std::string plain = Pattern(70'000) + std::string(70'000, 'z');
  const std::string sealed = SharedGpg().Make(
      Signed(key.fingerprint) + EncryptedTo(OurKey().info.fingerprint) + "--compress-algo " + compression + armor,
      plain);
  Keyring ring = RingOf({OurKey().secret_armored, key.public_armored});
  const OpenedText opened = OpenText(ring, sealed);
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_EQ(opened.signer(), key.fingerprint);
  EXPECT_TRUE(opened.result.ok() && opened.result->encrypted && opened.result->integrity_protected);
  EXPECT_EQ(opened.text, plain);
}
INSTANTIATE_TEST_SUITE_P(Messages, OpenFromGpg,
                         ::testing::Combine(::testing::ValuesIn(GpgKeyNames()),
                                            ::testing::Values("none", "zip", "zlib", "bzip2"),
                                            ::testing::Values(" --armor", "")));

class OpenWithKey : public ::testing::TestWithParam<std::string> {};

TEST_P(OpenWithKey, DecryptsWhatGpgEncryptedToIt) {
  const GpgKey& key = GpgKeyNamed(GetParam());
  const std::string sealed = SharedGpg().Make(Signed(key.fingerprint) + EncryptedTo(key.fingerprint), "to you");
  Keyring ring = RingOf({key.secret_armored});
  const OpenedText opened = OpenText(ring, sealed);
  EXPECT_EQ(opened.text, "to you");
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
}
INSTANTIATE_TEST_SUITE_P(Keys, OpenWithKey, ::testing::ValuesIn(GpgKeyNames()),
                         [](const auto& info) { return info.param; });

const GpgKey& Partner() {
  return GpgKeyNamed("ed25519");
}
std::string FromPartner(const std::string& plain, const std::string& options = "") {
  const std::string ours = OurKey().info.fingerprint;
  return SharedGpg().Make(options + " " + Signed(Partner().fingerprint) + EncryptedTo(ours), plain);
}
Keyring OurRing() {
  return RingOf({OurKey().secret_armored, Partner().public_armored});
}

// Each byte more or less moves the ends of literal, signature and MDC over RNP's 32 KiB buffers.
TEST(Open, OpensAllSizesAroundItsBuffers) {
  Keyring ring = OurRing();
  const std::string ours = OurKey().info.fingerprint;
  for (std::size_t size = 32'768 - 400; size < 32'768 + 50; ++size) {
    const std::string plain = Pattern(size);
    const OpenedText opened = OpenText(ring, *SealText(ring, plain, {.signer = ours, .recipients = {ours}}));
    ASSERT_EQ(opened.status(), SignatureStatus::valid) << size;
    ASSERT_EQ(opened.text, plain) << size;
  }
}

TEST(Open, ReportsNoSignatureWhereThereIsNone) {
  Keyring ring = OurRing();
  const OpenedText opened = OpenText(ring, SharedGpg().Make(EncryptedTo(OurKey().info.fingerprint), "anonymous"));
  ASSERT_TRUE(opened.result.ok());
  EXPECT_TRUE(opened.result->encrypted);
  EXPECT_TRUE(opened.result->signatures.empty());
}

TEST(Open, ReportsAnUnknownSigner) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const OpenedText opened = OpenText(ring, FromPartner("who?"));
  EXPECT_EQ(opened.status(), SignatureStatus::unknown_key);
  EXPECT_EQ(opened.signer(), "");
  EXPECT_EQ(opened.result->signatures[0].key_id, Partner().fingerprint.substr(24));
  EXPECT_EQ(opened.text, "who?");
}

TEST(Open, ReportsEachOfSeveralSignatures) {
  const GpgKey& known = GpgKeyNamed("rsa2048");
  Keyring ring = RingOf({OurKey().secret_armored, known.public_armored});
  const OpenedText opened = OpenText(ring, FromPartner("two", Signed(known.fingerprint)));
  ASSERT_TRUE(opened.result.ok());
  ASSERT_EQ(opened.result->signatures.size(), 2u);
  for (const Signature& signature : opened.result->signatures) {
    const bool is_known = signature.fingerprint == known.fingerprint;
    EXPECT_EQ(signature.status, is_known ? SignatureStatus::valid : SignatureStatus::unknown_key);
  }
}

TEST(Open, OpensASignedMessageThatIsNotEncrypted) {
  Keyring ring = OurRing();
  const OpenedText opened = OpenText(ring, SharedGpg().Make(Signed(Partner().fingerprint), "in the clear"));
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_FALSE(opened.result->encrypted);
  EXPECT_FALSE(opened.result->integrity_protected);
}

TEST(Open, SaysWhenThereIsNoIntegrityProtection) {
  const GpgKey& old = GpgKeyNamed("rsa2048");
  Keyring ring = RingOf({old.secret_armored, Partner().public_armored});
  const std::string sealed = SharedGpg().Make(
      "--rfc2440 --disable-mdc --cipher-algo 3DES " + Signed(Partner().fingerprint) + EncryptedTo(old.fingerprint),
      "x");
  const OpenedText opened = OpenText(ring, sealed);
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_TRUE(opened.result->encrypted);
  EXPECT_FALSE(opened.result->integrity_protected);
}

TEST(Open, RefusesWhatIsForOthers) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const OpenedText opened = OpenText(ring, SharedGpg().Make(EncryptedTo(Partner().fingerprint), "not for us"));
  EXPECT_EQ(opened.code(), "not-decryptable");
  EXPECT_EQ(opened.result.error().fault, Fault::corrupt);
  EXPECT_EQ(opened.text, "");
}

TEST(Open, RefusesAMessageUnderAPassword) {
  Keyring ring = OurRing();
  const std::string sealed =
      SharedGpg().Make("--pinentry-mode loopback --passphrase x --s2k-count 65536 --symmetric", "password");
  EXPECT_EQ(OpenText(ring, sealed).code(), "not-decryptable");
}

TEST(Open, RefusesEveryTruncation) {
  Keyring ring = OurRing();
  for (const char* armor : {"--armor", ""}) {
    const std::string sealed = FromPartner(Pattern(2000), armor);
    // The armor's own last lines are no part of the message.
    const std::size_t end = std::min(sealed.size(), sealed.find("\n="));
    for (std::size_t size = 0; size < end; size += 7) {
      const OpenedText opened = OpenText(ring, sealed.substr(0, size));
      ASSERT_EQ(opened.code(), "openpgp-damaged") << size << " of " << sealed.size();
    }
  }
}

TEST(Open, RefusesEveryChangeOfTheCiphertext) {
  Keyring ring = OurRing();
  const std::string sealed = FromPartner(Pattern(400), "--compress-algo none");
  const std::size_t data = 96 + 2;        // after the session key packet and the header of the data packet
  const std::size_t length = data + 512;  // of its second, last part; RNP forgives one that promises more
  ASSERT_LT(length, sealed.size());
  for (std::size_t at = data; at < sealed.size(); ++at) {
    if (at == length) continue;
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    ASSERT_EQ(OpenText(ring, changed).code(), "openpgp-damaged") << at << " of " << sealed.size();
  }
}

TEST(Open, CallsASpoiltSessionKeyDamage) {
  Keyring ring = OurRing();
  std::string sealed = FromPartner("x");
  sealed[90] = static_cast<char>(sealed[90] ^ 1);
  EXPECT_EQ(OpenText(ring, sealed).code(), "openpgp-damaged");
}

TEST(Open, RefusesWhatIsNoOpenPgp) {
  Keyring ring = OurRing();
  for (const std::string& garbage :
       {std::string(), std::string("Dear colleague"), Pattern(5000), std::string(100, '\0'),
        std::string("-----BEGIN PGP MESSAGE-----\n\nnothing\n-----END PGP MESSAGE-----\n"), OurKey().public_armored}) {
    EXPECT_EQ(OpenText(ring, garbage).code(), "openpgp-damaged") << garbage.size();
  }
}

// Whatever is changed, either it does not open or it opens to what was sent.
TEST(Open, SurvivesRandomMutations) {
  Keyring ring = OurRing();
  std::mt19937 random(20240229);
  const std::string plain = Pattern(300);
  for (const char* options : {"--compress-algo none", "--compress-algo zlib", "--armor"}) {
    const std::string sealed = FromPartner(plain, options);
    for (int i = 0; i < 2000; ++i) {
      std::string changed = sealed;
      for (unsigned n = random() % 4 + 1; n > 0; --n) changed[random() % changed.size()] = static_cast<char>(random());
      if (random() % 4 == 0) changed.erase(random() % changed.size(), random() % 20);
      const OpenedText opened = OpenText(ring, changed, 1 << 20);
      // One byte can make the packet one without integrity protection, which opens to anything:
      // Opened tells.
      if (opened.result.ok() && opened.result->integrity_protected) {
        EXPECT_EQ(opened.text, plain);
      }
    }
  }
}

// Without encryption the mutations reach the inner parsers; the signature must not survive a
// changed text.
TEST(Open, SurvivesRandomMutationsOfSignedMessages) {
  Keyring ring = OurRing();
  std::mt19937 random(20240301);
  const std::string plain = Pattern(300);
  for (const char* options : {"--compress-algo none ", "--compress-algo zip ", "--compress-algo bzip2 "}) {
    const std::string message = SharedGpg().Make(options + Signed(Partner().fingerprint), plain);
    for (int i = 0; i < 2000; ++i) {
      std::string changed = message;
      for (unsigned n = random() % 4 + 1; n > 0; --n) changed[random() % changed.size()] = static_cast<char>(random());
      const OpenedText opened = OpenText(ring, changed, 1 << 20);
      if (!opened.result.ok()) continue;
      for (const Signature& signature : opened.result->signatures) {
        if (signature.status == SignatureStatus::valid) {
          EXPECT_EQ(opened.text, plain);
        }
      }
    }
  }
}

TEST(Open, KeepsToItsLimit) {
  Keyring ring = OurRing();
  const std::string sealed = FromPartner(std::string(100'000, 'b'));
  EXPECT_EQ(OpenText(ring, sealed, 100'000).code(), "");
  const OpenedText opened = OpenText(ring, sealed, 99'999);
  EXPECT_EQ(opened.code(), "opened-too-large");
  EXPECT_LE(opened.text.size(), 99'999u);
}

TEST(Open, StopsADecompressionBombAtItsLimit) {
  Keyring ring = OurRing();
  const std::string bomb = FromPartner(std::string(50'000'000, '\0'), "--compress-algo bzip2");
  ASSERT_LT(bomb.size(), 10'000u);
  const OpenedText opened = OpenText(ring, bomb, 1'000'000);
  EXPECT_EQ(opened.code(), "opened-too-large");
  EXPECT_LE(opened.text.size(), 1'000'000u);
}

TEST(Open, RefusesDeepNesting) {
  Keyring ring = OurRing();
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += std::string("\xa3\x00", 2);  // compressed packet, algorithm: none
  EXPECT_EQ(OpenText(ring, nested).code(), "openpgp-damaged");
}

class FailingSink : public Sink {
 public:
  Result<void> Write(std::string_view) override { return Transient("disk-full"); }
};

TEST(Open, ReturnsTheErrorOfItsSink) {
  Keyring ring = OurRing();
  StringSource source(FromPartner("x"));
  FailingSink sink;
  const Result<Opened> opened = ring.Open(source, sink, kNoLimit);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "disk-full");
}

TEST(Open, WritesNothingToStandardError) {
  Keyring ring = OurRing();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(OpenText(ring, "-----BEGIN PGP SIGNED MESSAGE-----\nPatient: X\n\nx\n").code(), "openpgp-damaged");
  std::fputs("ours", stderr);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "ours") << "RNP's log must not, all else must pass";
}

}  // namespace
}  // namespace gateway::openpgp
