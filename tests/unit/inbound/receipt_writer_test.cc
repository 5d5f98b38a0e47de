// What we answer, read by mime and openpgp as the other gateway would; gpg and Python read it in
// the end-to-end tests.
#include "inbound/receipt_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "mime/mail_reader.h"
#include "mime/report.h"
#include "openpgp/key_file_reader.h"
#include "openpgp/key_files.h"
#include "security/sealers.h"
#include "support/openpgp_keys.h"

namespace gateway::inbound {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReceiptWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    const openpgp::GeneratedKey ours = *openpgp::GenerateKey("A <a@test.example>", "", 0);
    const openpgp::GeneratedKey theirs = *openpgp::GenerateKey("B <b@test.example>", "", 0);
    keys_.own.push_back(security::OwnKeyOf(ours, "ours"));
    keys_.partners.push_back(security::PartnerKeyOf(theirs, "b"));
    signer_ = ours.info.fingerprint;
    sealers_ = *security::MailSealers::Make(keys_, security::NewMemoryFile);
    // The partner has its own secret key, and our public one.
    partners_keyring_.emplace(security::RingWith(theirs));
    const openpgp::PartnerKey we = PublicPart("a", ours);
    ASSERT_TRUE(partners_keyring_->UsePartner(&we));
    mailbox_.name = "ours";
    partner_.name = "b";
    mailbox_.address = "a@test.example";
    partner_.address = "b@test.example";
    partner_.key_fingerprint = theirs.info.fingerprint;
    receipt_.request.original_message_id = "original@test.example";
    receipt_.request.message_id = "receipt@test.example";
    receipt_.set = TelemedicineSet{"set.1", 2, 3};
    receipt_.disposition = ledger::Disposition::displayed_warning;
  }

  static openpgp::PartnerKey PublicPart(const std::string& partner, const openpgp::GeneratedKey& key) {
    const auto file = openpgp::ReadKeyFile(*openpgp::ExportPublic(key.secret_armored));
    return openpgp::PartnerKeyOf(file->front(), partner);
  }
  std::string Write() {
    const Result<std::string> mail = WriteReceipt(**sealers_->For("b"), {"klinik-a", mailbox_, partner_}, receipt_,
                                                  Time(Milliseconds(1'700'000'000'000)));
    EXPECT_TRUE(mail) << mail.error().code << mail.error().detail;
    return mail ? *mail : std::string();
  }
  // A file without a name that holds `text`.
  UniqueFd Hold(const std::string& text) {
    UniqueFd fd(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    EXPECT_TRUE(WriteAll(fd.get(), text));
    return fd;
  }
  std::optional<mime::Report> ReadReport(const std::string& text) {
    const UniqueFd fd = Hold(text);
    const Result<std::optional<mime::Report>> report = mime::ReadReport(fd.get(), {});
    EXPECT_TRUE(report);
    return report ? *report : std::nullopt;
  }
  std::string Open(const std::string& mail, openpgp::Opened& opened) {
    const UniqueFd fd = Hold(mail);
    const Result<std::unique_ptr<Source>> sealed = mime::OpenEncryptedBody(fd.get(), {});
    StringSink plain;
    EXPECT_TRUE(sealed);
    if (sealed) opened = *partners_keyring_->Open(**sealed, plain, 1'000'000);
    return plain.text();
  }

  security::Keys keys_;
  std::unique_ptr<security::MailSealers> sealers_;
  std::optional<openpgp::Keyring> partners_keyring_;
  std::string signer_;
  MailboxSettings mailbox_;
  PartnerSettings partner_;
  ledger::ReceiptToSend receipt_;
};

TEST_F(ReceiptWriterTest, PlainOneIsAnMdn) {
  const std::string mail = Write();
  EXPECT_THAT(mail, HasSubstr("From: a@test.example\r\n"));
  EXPECT_THAT(mail, HasSubstr("To: b@test.example\r\n"));
  EXPECT_THAT(mail, HasSubstr("Message-ID: <receipt@test.example>\r\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: DICOM-eMail receipt\r\n"));
  const std::optional<mime::Report> report = ReadReport(mail);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, mime::ReportKind::mdn);
  EXPECT_EQ(report->verdict, mime::Verdict::displayed_warning);
  EXPECT_EQ(report->message_ids.at(0), "original@test.example");
  EXPECT_EQ(report->set->part, 2U);
}

TEST_F(ReceiptWriterTest, AsksForNoReceiptItself) {
  EXPECT_THAT(Write(), Not(HasSubstr("Disposition-Notification-To")));
}

TEST_F(ReceiptWriterTest, SignedOneVerifies) {
  partner_.profile.receipt_protection = ReceiptProtection::sign;
  const std::string mail = Write();
  const UniqueFd fd = Hold(mail);
  const Result<std::optional<mime::SignedEntity>> entity = mime::ReadSignedEntity(fd.get(), {});
  ASSERT_TRUE(entity && *entity);
  FdSource data(fd.get(), (*entity)->signed_range);
  const Result<std::vector<openpgp::Signature>> signatures =
      partners_keyring_->VerifyDetached(data, (*entity)->signature);
  ASSERT_EQ(signatures->size(), 1U);
  EXPECT_EQ(signatures->front().status, openpgp::SignatureStatus::valid);
  EXPECT_EQ(signatures->front().fingerprint, signer_);
  EXPECT_EQ(ReadReport(mail)->verdict, mime::Verdict::displayed_warning);
}

TEST_F(ReceiptWriterTest, EncryptedOneTellsNothingOutside) {
  partner_.profile.receipt_protection = ReceiptProtection::encrypt;
  const std::string mail = Write();
  EXPECT_THAT(mail, Not(HasSubstr("displayed")));
  EXPECT_THAT(mail, Not(HasSubstr("set.1")));
  openpgp::Opened opened;
  const std::string plain = Open(mail, opened);
  ASSERT_EQ(opened.signatures.size(), 1U);
  EXPECT_EQ(opened.signatures[0].fingerprint, signer_);
  EXPECT_EQ(ReadReport(plain)->kind, mime::ReportKind::mdn);
}

TEST_F(ReceiptWriterTest, SigningFollowsTheProfileInsideTheEncryptionToo) {
  partner_.profile.receipt_protection = ReceiptProtection::encrypt;
  partner_.profile.signing = Signing::encapsulated;
  openpgp::Opened opened;
  const std::string plain = Open(Write(), opened);
  EXPECT_TRUE(opened.signatures.empty());
  EXPECT_THAT(plain, HasSubstr("multipart/signed"));
}

TEST_F(ReceiptWriterTest, PgpOneIsEncryptedWhateverTheProfileSays) {
  receipt_.request.kind = ledger::ReceiptKind::pgp;
  receipt_.request.content_id = "content@test.example";
  openpgp::Opened opened;
  const std::string plain = Open(Write(), opened);
  EXPECT_EQ(opened.signatures.size(), 1U);
  const std::optional<mime::Report> report = ReadReport(plain);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, mime::ReportKind::pgp);
  EXPECT_EQ(report->message_ids.at(0), "content@test.example");
  EXPECT_EQ(report->verdict, mime::Verdict::displayed_warning);
}

}  // namespace
}  // namespace gateway::inbound
