#include "inbound/acceptance.h"

#include <gtest/gtest.h>

namespace gateway::inbound {
namespace {

using security::Protection;
using security::Signature;

constexpr const char* kKey = "0123456789ABCDEF0123456789ABCDEF01234567";

PartnerSettings Partner(bool require_signature = true) {
  PartnerSettings partner;
  partner.name = "b";
  partner.address = "Tele@Hospital-B.example";
  partner.key_fingerprint = kKey;
  partner.profile.require_signature = require_signature;
  return partner;
}

Signature SignatureOf(SignatureStatus status, const std::string& fingerprint) {
  Signature signature;
  signature.status = status;
  signature.signer = fingerprint;
  signature.hash = "SHA256";
  return signature;
}

Protection Sealed(std::vector<Signature> signatures) {
  Protection opened;
  opened.encrypted = opened.integrity_protected = true;
  opened.signatures = std::move(signatures);
  return opened;
}

Protection Signed(SignatureStatus status, const std::string& fingerprint) {
  return Sealed({SignatureOf(status, fingerprint)});
}

std::string ReasonFor(const Protection& opened, bool require_signature = true) {
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
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::in_future, kKey)), "signature-in-future");
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::other_error, kKey)), "signature-unusable");
}

TEST(Acceptance, BadSignatureIsRefusedEvenWhereNoneIsAskedFor) {
  EXPECT_EQ(ReasonFor(Signed(SignatureStatus::bad, kKey), false), "bad-signature");
}

TEST(Acceptance, UnsignedNeedsTheProfilesLeave) {
  EXPECT_EQ(ReasonFor(Sealed({})), "unsigned");
  EXPECT_EQ(ReasonFor(Sealed({}), false), "");
}

TEST(Acceptance, IntegrityProtectionIsAskedForUnlessTheProfileSaysNo) {
  Protection opened = Signed(SignatureStatus::valid, kKey);
  opened.integrity_protected = false;
  PartnerSettings partner = Partner();
  EXPECT_EQ(Acceptance({partner}).Judge(partner, opened).error().code, "no-integrity-protection");
  partner.profile.require_integrity = false;
  EXPECT_TRUE(Acceptance({partner}).Judge(partner, opened));
}

TEST(Acceptance, UnsignedNeedsIntegrityProtectionWhateverTheProfileSays) {
  Protection opened = Sealed({});
  opened.integrity_protected = false;
  PartnerSettings partner = Partner(false);
  partner.profile.require_integrity = false;
  EXPECT_EQ(Acceptance({partner}).Judge(partner, opened).error().code, "no-integrity-protection");
}

TEST(Acceptance, CompressedIsRefusedWhereTheProfileSaysSo) {
  Protection opened = Signed(SignatureStatus::valid, kKey);
  opened.compressed = true;
  PartnerSettings partner = Partner();
  EXPECT_TRUE(Acceptance({partner}).Judge(partner, opened));
  partner.profile.accept_compressed = false;
  EXPECT_EQ(Acceptance({partner}).Judge(partner, opened).error().code, "compressed");
}

TEST(Acceptance, Sha1IsRefusedUnlessTheProfileSaysOtherwise) {
  Protection opened = Signed(SignatureStatus::valid, kKey);
  opened.signatures[0].hash = "SHA1";
  PartnerSettings partner = Partner();
  EXPECT_EQ(Acceptance({partner}).Judge(partner, opened).error().code, "weak-signature");
  partner.profile.accept_sha1 = true;
  EXPECT_TRUE(Acceptance({partner}).Judge(partner, opened));
}

TEST(Acceptance, ShortKeysAreRefused) {
  Protection opened = Signed(SignatureStatus::valid, kKey);
  opened.signatures[0].bits = 1024;
  PartnerSettings partner = Partner();
  EXPECT_EQ(Acceptance({partner}).Judge(partner, opened).error().code, "weak-key");
  partner.profile.min_key_bits = 1024;
  EXPECT_TRUE(Acceptance({partner}).Judge(partner, opened));
}

TEST(Acceptance, OneGoodSignatureAmongOthersIsEnough) {
  Protection opened = Signed(SignatureStatus::unknown_key, "");
  opened.signatures.push_back(SignatureOf(SignatureStatus::valid, kKey));
  opened.signatures.front().hash = "SHA1";
  EXPECT_EQ(ReasonFor(opened), "");
}

TEST(Acceptance, ClearTextIsRefusedWhoeverSignedIt) {
  Protection opened = Signed(SignatureStatus::valid, kKey);
  opened.encrypted = false;
  EXPECT_EQ(ReasonFor(opened), "not-encrypted");
}

Signature GoodSignature(const std::string& id, Time created = {}) {
  Signature signature = SignatureOf(SignatureStatus::valid, kKey);
  signature.id = id;
  signature.created = created;
  return signature;
}

TEST(Acceptance, VouchersAreTheGoodSignaturesOnly) {
  Signature weak = GoodSignature("weak");
  weak.hash = "SHA1";
  Signature others = GoodSignature("others");
  others.signer = std::string(40, 'A');
  const Protection opened =
      Sealed({weak, GoodSignature("1", Time(Milliseconds(7))), others, GoodSignature("2", Time(Milliseconds(5)))});
  const Vouchers vouchers = Acceptance::VouchersOf(Partner(), opened);
  EXPECT_EQ(vouchers.ids, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(vouchers.signed_at, Time(Milliseconds(7)));
}

TEST(Acceptance, OldSignaturesAreRefusedUnlessTheAgeIsOff) {
  const Vouchers vouchers{{"1"}, Time(Milliseconds(1000))};
  const Acceptance acceptance({Partner()}, {}, Milliseconds(500));
  EXPECT_TRUE(acceptance.JudgeAge(vouchers, Time(Milliseconds(1500))));
  EXPECT_EQ(acceptance.JudgeAge(vouchers, Time(Milliseconds(1501))).error().code, "signature-too-old");
  EXPECT_TRUE(acceptance.JudgeAge({}, Time(Milliseconds(1501))));
  EXPECT_TRUE(Acceptance({Partner()}).JudgeAge(vouchers, Time(Milliseconds(100'000))));
}

std::string JudgedAddressing(const mime::SignedAddressing& addressing, const std::vector<std::string>& intended = {}) {
  const Acceptance acceptance({Partner()}, {{"us@hospital-a.example", "too@hospital-a.example"}, {kKey}, {}, {}});
  Protection opened = Sealed({GoodSignature("1")});
  opened.signatures[0].intended = intended;
  const Result<void> judged = acceptance.JudgeAddressing(Partner(), opened.signatures, addressing);
  return judged ? "" : judged.error().code;
}

TEST(Acceptance, WhatIsSignedForOthersIsNotForUs) {
  using Addresses = std::vector<std::string>;
  EXPECT_EQ(JudgedAddressing({}), "");
  EXPECT_EQ(JudgedAddressing({{}, Addresses{"other@x.example", "Too@hospital-a.example"}}), "");
  EXPECT_EQ(JudgedAddressing({{}, Addresses{"other@x.example"}}), "not-for-us");
  EXPECT_EQ(JudgedAddressing({{}, Addresses{}}), "not-for-us");
  const Addresses us{"us@hospital-a.example"};
  EXPECT_EQ(JudgedAddressing({"tele@hospital-b.example", us}), "");
  EXPECT_EQ(JudgedAddressing({"tele@hospital-c.example", us}), "not-for-us");
  EXPECT_EQ(JudgedAddressing({"", us}), "not-for-us");
  EXPECT_EQ(JudgedAddressing({"tele@hospital-c.example", {}}), "") << "a From alone tells nothing";
}

TEST(Acceptance, IntendedRecipientsOfASignatureAreHonoured) {
  EXPECT_EQ(JudgedAddressing({}, {std::string(40, 'A'), kKey}), "");
  EXPECT_EQ(JudgedAddressing({}, {std::string(40, 'A')}), "not-for-us");
}

std::string JudgedReport(mime::ReportKind kind, ReceiptProtection protection, bool encrypted,
                         const std::vector<Signature>& signatures, ReceiptMode mode = ReceiptMode::mdn) {
  PartnerSettings partner = Partner();
  partner.profile.receipt_protection = protection;
  partner.profile.receipts = mode;
  mime::Report report;
  report.kind = kind;
  const Result<ReportTrust> judged = Acceptance({partner}).JudgeReport(&partner, report, encrypted, signatures);
  return judged ? "" : judged.error().code;
}

TEST(Acceptance, ReceiptOfAStrangerIsNotBelieved) {
  mime::Report report;
  for (const mime::ReportKind kind : {mime::ReportKind::mdn, mime::ReportKind::pgp}) {
    report.kind = kind;
    EXPECT_EQ(Acceptance({Partner()}).JudgeReport(nullptr, report, true, {}).error().code, "stranger");
  }
}

// So that it waits where our clock is wrong, as a mail does.
TEST(Acceptance, ReceiptThatIsSignedAtAnotherTimeSaysSo) {
  const auto judged = [](SignatureStatus status) {
    return JudgedReport(mime::ReportKind::mdn, ReceiptProtection::sign, false, {SignatureOf(status, kKey)});
  };
  EXPECT_EQ(judged(SignatureStatus::in_future), "signature-in-future");
  EXPECT_EQ(judged(SignatureStatus::expired_signature), "signature-expired");
  EXPECT_EQ(judged(SignatureStatus::expired_key), "signer-key-expired");
  EXPECT_EQ(judged(SignatureStatus::revoked_key), "unprotected-receipt");
}

TEST(Acceptance, BounceOfAnybodyIsBelieved) {
  mime::Report report;
  for (const mime::ReportKind kind : {mime::ReportKind::dsn, mime::ReportKind::bounce}) {
    report.kind = kind;
    EXPECT_TRUE(Acceptance({Partner()}).JudgeReport(nullptr, report, false, {}));
    EXPECT_EQ(JudgedReport(kind, ReceiptProtection::encrypt, false, {}), "");
  }
}

TEST(Acceptance, PlainReceiptIsBelievedWhereNoProtectionIsAskedFor) {
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::none, false, {}), "");
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::sign, false, {}), "unprotected-receipt");
}

TEST(Acceptance, SignedReceiptMustBeSignedByThePinnedKey) {
  const Signature good = SignatureOf(SignatureStatus::valid, kKey);
  const Signature other = SignatureOf(SignatureStatus::valid, std::string(40, 'A'));
  const Signature bad = SignatureOf(SignatureStatus::bad, kKey);
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::sign, false, {good}), "");
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::sign, true, {good}), "");
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::sign, true, {other}), "unprotected-receipt");
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::sign, false, {bad}), "unprotected-receipt");
}

TEST(Acceptance, EncryptedReceiptMustBeBoth) {
  const Signature good = SignatureOf(SignatureStatus::valid, kKey);
  EXPECT_EQ(JudgedReport(mime::ReportKind::pgp, ReceiptProtection::encrypt, true, {good}), "");
  EXPECT_EQ(JudgedReport(mime::ReportKind::pgp, ReceiptProtection::encrypt, true, {}), "unprotected-receipt");
  EXPECT_EQ(JudgedReport(mime::ReportKind::mdn, ReceiptProtection::encrypt, false, {good}), "unprotected-receipt");
}

TEST(Acceptance, PgpReceiptMustBeBothWhateverTheProfileSays) {
  const Signature good = SignatureOf(SignatureStatus::valid, kKey);
  const Signature other = SignatureOf(SignatureStatus::valid, std::string(40, 'A'));
  for (const ReceiptProtection protection : {ReceiptProtection::none, ReceiptProtection::sign}) {
    EXPECT_EQ(JudgedReport(mime::ReportKind::pgp, protection, true, {good}), "");
    EXPECT_EQ(JudgedReport(mime::ReportKind::pgp, protection, true, {}), "unprotected-receipt");
    EXPECT_EQ(JudgedReport(mime::ReportKind::pgp, protection, true, {other}), "unprotected-receipt");
    EXPECT_EQ(JudgedReport(mime::ReportKind::pgp, protection, false, {good}), "unprotected-receipt");
  }
}

TEST(Acceptance, MdnIsNoWayAroundAPgpReceipt) {
  const Signature good = SignatureOf(SignatureStatus::valid, kKey);
  const auto judged = [](bool encrypted, const std::vector<Signature>& signatures) {
    return JudgedReport(mime::ReportKind::mdn, ReceiptProtection::none, encrypted, signatures, ReceiptMode::pgp);
  };
  EXPECT_EQ(judged(false, {}), "unprotected-receipt");
  EXPECT_EQ(judged(false, {good}), "unprotected-receipt");
  EXPECT_EQ(judged(true, {}), "unprotected-receipt");
  EXPECT_EQ(judged(true, {good}), "");
}

TEST(Acceptance, OnlyAReceiptSignedByThePinnedKeyIsTrusted) {
  const PartnerSettings partner = Partner();
  const Acceptance acceptance({partner});
  const auto trusted = [&](const std::vector<Signature>& signatures) {
    return acceptance.JudgeReport(&partner, {}, false, signatures)->signed_by_partner;
  };
  EXPECT_FALSE(trusted({}));
  EXPECT_FALSE(trusted({SignatureOf(SignatureStatus::valid, std::string(40, 'A'))}));
  EXPECT_FALSE(trusted({SignatureOf(SignatureStatus::bad, kKey)}));
  EXPECT_TRUE(trusted({SignatureOf(SignatureStatus::valid, kKey)}));
}

TEST(Acceptance, TakesOnlyWordsThatAGoodSignatureCovers) {
  const auto words = [](bool detached, const std::string& fingerprint) {
    Signature signature = SignatureOf(SignatureStatus::valid, fingerprint);
    signature.detached = detached;
    return Acceptance::WordsOf(Partner(), Sealed({signature})).of_wrapper;
  };
  EXPECT_TRUE(words(false, kKey));
  EXPECT_FALSE(words(true, kKey));
  EXPECT_FALSE(words(false, "ANOTHER"));
  EXPECT_TRUE(Acceptance::WordsOf(Partner(false), Sealed({})).of_wrapper) << "nobody signs anything";
}

TEST(Acceptance, DoubtsLineEndsThatASignatureLeavesOpen) {
  const auto judged = [](bool any_line_ends, bool all_7bit) {
    Signature signature = SignatureOf(SignatureStatus::valid, kKey);
    signature.any_line_ends = any_line_ends;
    return Acceptance::JudgeLineEnds(Partner(), Sealed({signature}), all_7bit);
  };
  EXPECT_TRUE(judged(false, false).ok());
  EXPECT_TRUE(judged(true, true).ok());
  EXPECT_EQ(judged(true, false).error().code, "line-ends-changed");
}

}  // namespace
}  // namespace gateway::inbound
