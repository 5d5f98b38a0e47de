#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "openpgp_test_kit.h"
#include "support/errors.h"

namespace gateway::openpgp {
namespace {

Keyring::SealOptions FromUsTo(const std::string& recipient, Compression compression = Compression::none) {
  return {.signer = OurKey().info.fingerprint, .recipients = {recipient}, .compression = compression};
}

class SealForGpg : public ::testing::TestWithParam<std::string> {};

TEST_P(SealForGpg, DecryptsAndNamesUsAsSigner) {
  const GpgKey& partner = GpgKeyNamed(GetParam());
  Keyring ring = RingOf({OurKey().secret_armored, partner.public_armored});
  const std::string plain = Pattern(100'000);
  const Result<std::string> sealed = SealText(ring, plain, FromUsTo(partner.fingerprint));
  ASSERT_TRUE(sealed.ok()) << sealed.error().code << " " << sealed.error().detail;

  SharedGpg().Write("sealed.asc", *sealed);
  const GpgResult opened = SharedGpg().Run("-o opened -d sealed.asc");
  EXPECT_EQ(opened.exit, 0);
  EXPECT_TRUE(opened.Says("DECRYPTION_OKAY") && opened.Says("GOODMDC") && opened.Says("GOODSIG")) << opened.status;
  EXPECT_TRUE(opened.Says("VALIDSIG " + OurKey().info.fingerprint)) << opened.status;
  EXPECT_TRUE(opened.Says("DECRYPTION_INFO 2 9")) << "MDC, AES-256: " << opened.status;
  EXPECT_EQ(SharedGpg().Read("opened"), plain);
}
INSTANTIATE_TEST_SUITE_P(Keys, SealForGpg, ::testing::ValuesIn(GpgKeyNames()),
                         [](const auto& info) { return info.param; });

class SealSigner : public ::testing::TestWithParam<std::string> {};

TEST_P(SealSigner, IsNamedByGpg) {
  const GpgKey& signer = GpgKeyNamed(GetParam());
  Keyring ring = RingOf({signer.secret_armored});
  const Result<std::string> sealed =
      SealText(ring, "x", {.signer = signer.fingerprint, .recipients = {signer.fingerprint}});
  ASSERT_TRUE(sealed.ok());
  SharedGpg().Write("sealed.asc", *sealed);
  const GpgResult opened = SharedGpg().Run("-o opened -d sealed.asc");
  // The last field of VALIDSIG is the primary key; a subkey may have signed.
  EXPECT_TRUE(opened.Says("VALIDSIG")) << opened.status;
  EXPECT_NE(opened.status.find(" " + signer.fingerprint + "\n"), std::string::npos) << opened.status;
}
INSTANTIATE_TEST_SUITE_P(Keys, SealSigner, ::testing::ValuesIn(GpgKeyNames()),
                         [](const auto& info) { return info.param; });

TEST(Seal, CompressesWhenAsked) {
  Keyring ring = RingOf({OurKey().secret_armored, GpgKeyNamed("ed25519").public_armored});
  const std::string plain(200'000, 'a');
  for (const Compression compression : {Compression::zip, Compression::zlib, Compression::bzip2}) {
    const Result<std::string> sealed = SealText(ring, plain, FromUsTo(GpgKeyNamed("ed25519").fingerprint, compression));
    ASSERT_TRUE(sealed.ok());
    EXPECT_LT(sealed->size(), 5000u);
    SharedGpg().Write("sealed.asc", *sealed);
    EXPECT_TRUE(SharedGpg().Run("-o opened -d sealed.asc").Says("GOODSIG"));
    EXPECT_EQ(SharedGpg().Read("opened"), plain);
  }
  EXPECT_GT(SealText(ring, plain, FromUsTo(GpgKeyNamed("ed25519").fingerprint))->size(), 200'000u);
}

TEST(Seal, WritesArmorOfShortLines) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const std::string sealed = *SealText(ring, Pattern(5000), FromUsTo(OurKey().info.fingerprint));
  EXPECT_TRUE(sealed.starts_with("-----BEGIN PGP MESSAGE-----\r\n"));
  EXPECT_TRUE(sealed.ends_with("-----END PGP MESSAGE-----\r\n"));
  for (std::size_t start = 0; start < sealed.size();) {
    const std::size_t end = sealed.find("\r\n", start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - start, 76u);
    start = end + 2;
  }
}

TEST(Seal, WithoutSignerIsNotSigned) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const Result<std::string> sealed = SealText(ring, "x", {.signer = "", .recipients = {OurKey().info.fingerprint}});
  const OpenedText opened = OpenText(ring, *sealed);
  ASSERT_TRUE(opened.result.ok());
  EXPECT_TRUE(opened.result->signatures.empty());
}

TEST(Seal, SealsForSeveralRecipients) {
  const GpgKey& first = GpgKeyNamed("ed25519");
  const GpgKey& second = GpgKeyNamed("rsa2048");
  Keyring ring = RingOf({OurKey().secret_armored, first.public_armored, second.public_armored});
  const std::string sealed = *SealText(
      ring, "both", {.signer = OurKey().info.fingerprint, .recipients = {first.fingerprint, second.fingerprint}});
  for (const GpgKey* reader : {&first, &second}) {
    Keyring theirs = RingOf({reader->secret_armored, OurKey().public_armored});
    EXPECT_EQ(OpenText(theirs, sealed).text, "both");
  }
}

TEST(Seal, TakesNothing) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const OpenedText opened = OpenText(ring, *SealText(ring, "", FromUsTo(OurKey().info.fingerprint)));
  EXPECT_EQ(opened.status(), SignatureStatus::valid);
  EXPECT_EQ(opened.text, "");
}

TEST(Seal, RefusesKeysThatItDoesNotHave) {
  Keyring ring = RingOf({OurKey().public_armored});
  const std::string ours = OurKey().info.fingerprint;
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = "", .recipients = {}})), "key-not-usable");
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = "", .recipients = {std::string(40, 'A')}})), "key-not-usable");
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = ours, .recipients = {ours}})), "key-not-usable") << "no secret key";
}

TEST(Seal, RefusesAnExpiredKey) {
  GpgHome gpg;
  const std::string fingerprint =
      gpg.MakeKey("old", kEd25519 + "Expire-Date: 30d\n", "--faked-system-time 20200101T000000");
  Keyring ring = RingOf({gpg.Public("old")});
  EXPECT_TRUE(ring.Keys()[0].expired);
  EXPECT_FALSE(ring.Keys()[0].can_encrypt);
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = "", .recipients = {fingerprint}})), "key-not-usable");
}

// RNP looks at the clock only when a key is loaded.
TEST(Seal, RefusesAKeyThatExpiredWhileItWasLoaded) {
  GpgHome gpg;
  const std::string fingerprint = gpg.MakeKey("soon", kEd25519 + "Expire-Date: seconds=2\n");
  Keyring ring = RingOf({gpg.Public("soon")});
  ::sleep(3);
  EXPECT_EQ(CodeOf(SealText(ring, "x", {.signer = "", .recipients = {fingerprint}})), "key-not-usable");
  EXPECT_TRUE(ring.Keys()[0].expired);
}

TEST(Seal, RefusesARevokedKey) {
  GpgHome gpg;
  const std::string fingerprint = gpg.MakeKey("gone", "Key-Type: RSA\nKey-Length: 2048\n");
  std::string revocation = gpg.Read("openpgp-revocs.d/" + fingerprint + ".rev");
  revocation.replace(revocation.find(":-----BEGIN"), 1, "");
  gpg.Write("revocation", revocation);
  ASSERT_EQ(gpg.Run("--import revocation").exit, 0);
  Keyring ring = RingOf({gpg.Public("gone")});
  EXPECT_TRUE(ring.Keys()[0].revoked);
  const Result<std::string> sealed = SealText(ring, "x", {.signer = "", .recipients = {fingerprint}});
  EXPECT_EQ(CodeOf(sealed), "key-not-usable");
  EXPECT_EQ(sealed.error().fault, Fault::config);
}

// A stream of `size` bytes, then its end, an error or an exception.
class Stream : public Source {
 public:
  enum class End { good, error, exception };
  Stream(std::uint64_t size, End end) : left_(size), end_(end) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    if (left_ == 0 && end_ == End::error) return Transient("disk-error");
    if (left_ == 0 && end_ == End::exception) throw std::bad_alloc();
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    std::fill_n(buffer.begin(), count, 'x');
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t left_;
  End end_;
};

// Counts, keeps nothing; fails once it has taken `limit` bytes.
class Counter : public Sink {
 public:
  explicit Counter(std::uint64_t limit = kNoLimit) : limit_(limit) {}
  Result<void> Write(std::string_view bytes) override {
    if (bytes.size() > limit_ - total) return Transient("disk-full");
    total += bytes.size();
    ++writes;
    return {};
  }
  std::uint64_t total = 0;
  std::uint64_t writes = 0;

 private:
  std::uint64_t limit_;
};

TEST(Seal, ReturnsTheErrorOfItsSource) {
  Keyring ring = RingOf({OurKey().secret_armored});
  Counter sink;
  Stream failing(100'000, Stream::End::error);
  EXPECT_EQ(ring.Seal(failing, FromUsTo(OurKey().info.fingerprint), sink).error().code, "disk-error");
  Stream throwing(100'000, Stream::End::exception);
  EXPECT_EQ(ring.Seal(throwing, FromUsTo(OurKey().info.fingerprint), sink).error().code, "out-of-resources");
}

TEST(Seal, ReturnsTheErrorOfItsSinkEvenOfItsLastWrite) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const auto seal = [&](Counter& sink) {
    Stream source(100'000, Stream::End::good);
    return ring.Seal(source, FromUsTo(OurKey().info.fingerprint), sink);
  };
  Counter whole;
  ASSERT_TRUE(seal(whole).ok());
  for (const std::uint64_t limit : {std::uint64_t{0}, whole.total / 2, whole.total - 1}) {
    Counter sink(limit);
    const Result<void> sealed = seal(sink);
    ASSERT_FALSE(sealed.ok()) << limit;
    EXPECT_EQ(sealed.error().code, "disk-full");
  }
}

long PeakKilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(Seal, NeedsNoMemoryForALargeObject) {
  Keyring ring = RingOf({OurKey().secret_armored});
  const long before = PeakKilobytes();
  Stream source(256 << 20, Stream::End::good);
  Counter sink;
  ASSERT_TRUE(ring.Seal(source, FromUsTo(OurKey().info.fingerprint), sink).ok());
  EXPECT_GT(sink.total, std::uint64_t{256} << 20);
  EXPECT_LT(PeakKilobytes() - before, 16 * 1024);
  EXPECT_GT(sink.total / sink.writes, 16'000u) << "large writes";
}

}  // namespace
}  // namespace gateway::openpgp
