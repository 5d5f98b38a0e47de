#include "inbound/acceptance.h"

#include <gtest/gtest.h>

namespace gateway::inbound {
namespace {

using crypto::Signature;
using crypto::SignatureStatus;

constexpr const char* kKey = "0123456789ABCDEF0123456789ABCDEF01234567";

PartnerSettings Partner(bool require_signature = true) {
  PartnerSettings partner;
  partner.name = "b";
  partner.address = "Tele@Hospital-B.example";
  partner.key_fingerprint = kKey;
  partner.profile.require_signature = require_signature;
  return partner;
}

crypto::Opened Signed(SignatureStatus status, const std::string& fingerprint) {
  return {true, true, {Signature{status, fingerprint, "01234567", {}}}};
}

std::string ReasonFor(const crypto::Opened& opened, bool require_signature = true) {
  const PartnerSettings partner = Partner(require_signature);
  const Result<std::string> judged = Acceptance({partner}).Judge(partner, opened);
  return judged ? "" : judged.error().code;
}

TEST(Acceptance, KnowsPartnersByAddressWithoutCase) {
  const Acceptance acceptance({Partner()});
  ASSERT_NE(acceptance.PartnerOf("tele@hospital-b.EXAMPLE"), nullptr);
  EXPECT_EQ(acceptance.PartnerOf("tele@hospital-b.example")->name, "b");
  EXPECT_EQ(acceptance.PartnerOf("tele@hospital-b.example.evil"), nullptr);
  EXPECT_EQ(acceptance.PartnerOf(""), nullptr);
}

TEST(Acceptance, BelievesThePinnedKey) {
  const PartnerSettings partner = Partner();
  EXPECT_EQ(*Acceptance({partner}).Judge(partner, Signed(SignatureStatus::valid, kKey)), kKey);
}

TEST(Acceptance, RefusesAnotherPartnersKey) {
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::valid, std::string(40, 'A'))), "wrong-signer");
}

TEST(Acceptance, SaysWhatIsWrongWithASignature) {
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::bad, kKey)), "bad-signature");
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::unknown_key, "")), "unknown-signer");
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::expired_key, kKey)), "signer-key-expired");
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::revoked_key, kKey)), "signer-key-revoked");
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::expired_signature, kKey)), "signature-expired");
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::other_error, kKey)), "signature-unusable");
}

TEST(Acceptance, BadSignatureIsRefusedEvenWhereNoneIsAskedFor) {
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::bad, kKey), false), "bad-signature");
}

TEST(Acceptance, UnsignedNeedsTheProfilesLeave) {
  EXPECT_EQ(ReasonFor({true, true, {}}), "unsigned");
  EXPECT_EQ(ReasonFor({true, true, {}}, false), "");
}

TEST(Acceptance, UnsignedNeedsIntegrityProtection) {
  EXPECT_EQ(ReasonFor({true, false, {}}, false), "no-integrity-protection");
}

TEST(Acceptance, ClearTextIsRefusedWhoeverSignedIt) {
  crypto::Opened opened = Signed(SignatureStatus::valid, kKey);
  opened.encrypted = false;
  EXPECT_EQ(ReasonFor(opened), "not-encrypted");
}

}  // namespace
}  // namespace gateway::inbound
