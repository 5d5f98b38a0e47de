#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "mail_kit.h"

namespace gateway::inspect {
namespace {

using ::testing::HasSubstr;

// `text` with one piece of it replaced.
std::string With(std::string text, const std::string& old, const std::string& fresh) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), fresh);
}

TEST(Inspector, FindsNothingInAGoodMail) {
  const Diagnosis mail({MailOf({})});
  EXPECT_EQ(mail.error + mail.codes(), "");
  EXPECT_TRUE(mail.findings.clean());
  EXPECT_EQ(mail.Value("header", "From"), "a@hospital-a.example");
  EXPECT_THAT(mail.Value("encryption", "recipient"), HasSubstr("a given key"));
  EXPECT_EQ(mail.Value("encryption", "integrity"), "MDC or AEAD");
  EXPECT_EQ(mail.Value("signature", "validity"), "valid");
  EXPECT_EQ(mail.Value("signature", "key"), KeyOfA().info.fingerprint);
  EXPECT_EQ(mail.Value("signature", "hash"), "SHA256");
  EXPECT_THAT(mail.Value("part", "sop class"), HasSubstr("(CTImageStorage)"));
  EXPECT_EQ(mail.Value("part", "study"), "1.2.826.0.1.3680043.8.498.4711");
}

TEST(Inspector, WithoutKeyLooksAtTheOutsideOnly) {
  const Diagnosis mail({MailOf({})}, Given::no_key);
  EXPECT_EQ(mail.codes(), "not-opened");
  EXPECT_TRUE(mail.findings.clean());
  EXPECT_EQ(mail.Value("encryption", "recipient"), KeyOfB().info.subkeys.at(0).substr(24));
}

TEST(Inspector, FindsTheSignerAmongPartnersEachByItself) {
  const Diagnosis among({MailOf({})}, Given::among_others);
  EXPECT_EQ(among.error + among.codes(), "");
  EXPECT_EQ(among.Value("signature", "key"), KeyOfA().info.fingerprint);
  EXPECT_EQ(Diagnosis({MailOf({})}, Given::only_others).codes(), "unknown-signer");
}

TEST(Inspector, KnowsWhatIsNoMail) {
  for (const std::string& text :
       {std::string(), std::string("hello"), DicomFile(), std::string("Dear: all\r\n\r\nx")}) {
    EXPECT_EQ(Diagnosis({text}).error, "not-a-mail") << text.substr(0, 9);
  }
}

// Each spoils the outer header in one way.
struct Spoilt {
  const char* old;
  const char* fresh;
  const char* code;
};

class OuterHeader : public ::testing::TestWithParam<Spoilt> {};

TEST_P(OuterHeader, DepartsInOneWay) {
  Parts parts;
  parts.outer = With(parts.outer, GetParam().old, GetParam().fresh);
  EXPECT_EQ(CodesOf(parts), GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(
    Spoilt, OuterHeader,
    ::testing::Values(
        Spoilt{"From: a@hospital-a.example\r\n", "", "from-not-one-address"},
        Spoilt{"From: a@", "From: x@hospital-x.example, a@", "from-not-one-address"},
        Spoilt{"Date: Tue, 24 Nov 2026 03:12:09 +0000\r\n", "", "date-missing"},
        Spoilt{"Date: Tue", "Date: someday\r\nX-Old-Date: Tue", "date-missing"},
        Spoilt{"Message-ID: <1@hospital-a.example>\r\n", "", "message-id-missing"},
        Spoilt{"To: b@hospital-b.example\r\n", "", "to-missing"},
        Spoilt{"MIME-Version: 1.0\r\n", "", "mime-version-missing"},
        Spoilt{"Subject:", "Subject: DICOM-eMail\r\nSubject:", "field-repeated"},
        Spoilt{"Subject: DICOM-eMail", "Subject: CT Mueller", "subject-unusual"},
        Spoilt{"Subject: DICOM-eMail", "Subject: DICOM-eMail f\xfcr B", "mail-8bit header-8bit subject-unusual"},
        Spoilt{"Disposition-Notification-To: a@hospital-a.example\r\n", "", "no-receipt-asked"},
        Spoilt{"Notification-To: a@hospital-a.example", "Notification-To: somebody@x.example, z@x.example",
               "receipt-address"},
        Spoilt{"Notification-To: a@", "Notification-To: z@", "receipt-elsewhere"},
        Spoilt{"SETID: 20261124.1", "SETID: 2026/11", "tag-malformed set-missing"},
        Spoilt{"SETPART: 1", "SETPART: one", "tag-malformed set-missing"},
        Spoilt{"SETPART: 1", "SETPART: 3", "set-part-beyond-total set-differs"},
        Spoilt{"SETTOTAL: 2", "SETTOTAL: 5", "set-differs"},
        Spoilt{"X-TELEMEDICINE-SETID: 20261124.1\r\n", "", "set-missing"},
        Spoilt{"Subject: DICOM-eMail", "X-Comment: Schaedel nativ\r\nSubject: DICOM-eMail", "patient-data-outside"},
        Spoilt{"SETID: 20261124.1", "SETID: 1.2.826.0.1.3680043.8.498.4711", "patient-data-outside set-differs"}));

TEST(Inspector, CountsLines) {
  Parts parts;
  parts.outer = "X-Long: " + std::string(1000, 'x') + "\r\n" + parts.outer;
  EXPECT_EQ(CodesOf(parts), "line-too-long");
  std::string mail = MailOf({});
  EXPECT_EQ(Diagnosis({With(mail, "\r\nTo:", "\nTo:")}).codes(), "mixed-line-ends");
  EXPECT_EQ(Diagnosis({mail + std::string(1, '\0')}).codes(), "nul-byte");
  std::erase(mail, '\r');
  EXPECT_EQ(Diagnosis({mail}).codes(), "bare-lf");
}

TEST(Inspector, KnowsRfc3156) {
  const auto codes = [](std::string Parts::*member, const char* old, const char* fresh) {
    Parts parts;
    parts.*member = With(parts.*member, old, fresh);
    return CodesOf(parts);
  };
  EXPECT_EQ(codes(&Parts::version, "Version: 1\r\n", ""), "version-missing");
  EXPECT_THAT(codes(&Parts::version, "pgp-encrypted", "octet-stream"), HasSubstr("first-part-type"));
  EXPECT_EQ(codes(&Parts::armor_header, "octet-stream", "pgp"), "second-part-type");
  EXPECT_EQ(codes(&Parts::armor_header, "octet-stream\r\n", "octet-stream\r\nContent-Transfer-Encoding: 8bit\r\n"),
            "encrypted-not-7bit");
  EXPECT_EQ(codes(&Parts::type, "protocol=\"application/pgp-encrypted\"; ", ""), "protocol-missing");
  EXPECT_THAT(codes(&Parts::version, "Version: 1\r\n", "Version: 1\r\n\r\n--outer\r\n\r\nmore\r\n"),
              HasSubstr("not-two-parts"));
  EXPECT_EQ(codes(&Parts::type, "encrypted; ", "mixed; "), "not-pgp-mime");
}

TEST(Inspector, KnowsInlineArmorAndBinary) {
  const Parts parts;
  const std::string text = parts.outer + "Content-Type: text/plain\r\n\r\n" + SealedBy(parts);
  EXPECT_EQ(Diagnosis({text}).codes(), "not-pgp-mime");
  // The armor's base64 is that of a binary message.
  std::string base64 = SealedBy(parts);
  base64.erase(0, base64.find("\r\n\r\n") + 4);
  base64.erase(base64.rfind("\r\n="));
  const std::string binary = parts.outer +
                             "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                             base64 + "\r\n";
  EXPECT_EQ(Diagnosis({binary}).codes(), "not-pgp-mime not-armored");
}

TEST(Inspector, TellsWhenNothingIsEncrypted) {
  EXPECT_EQ(Diagnosis({Parts().outer + "Content-Type: text/plain\r\n\r\nGuten Tag\r\n"}).codes(), "not-encrypted");
  EXPECT_EQ(Diagnosis({Parts().outer + "Content-Type: application/pkcs7-mime\r\n\r\nMIIB\r\n"}).codes(), "smime");
}

TEST(Inspector, WithoutThePartnersKeyLeavesTheSignatureUnchecked) {
  const Diagnosis mail({MailOf({})}, Given::own_key);
  EXPECT_EQ(mail.codes(), "signer-not-checked");
  EXPECT_TRUE(mail.findings.clean());
}

TEST(Inspector, ReadsReceipts) {
  const std::string mdn = Parts().outer +
                          "Content-Type: multipart/report; report-type=disposition-notification; boundary=r\r\n\r\n"
                          "--r\r\nContent-Type: text/plain\r\n\r\nstored\r\n"
                          "--r\r\nContent-Type: message/disposition-notification\r\n\r\n"
                          "Final-Recipient: rfc822; b@hospital-b.example\r\nOriginal-Message-ID: <7@a.example>\r\n"
                          "Disposition: automatic-action/MDN-sent-automatically; displayed\r\n\r\n--r--\r\n";
  const Diagnosis mail({mdn});
  EXPECT_EQ(mail.codes(), "");
  EXPECT_EQ(mail.Value("report", "verdict"), "delivered");
  EXPECT_EQ(mail.Value("report", "answers"), "7@a.example");
  EXPECT_EQ(Diagnosis({With(mdn, "displayed", "eaten")}).codes(), "receipt-not-understood");
  const std::string of_none = With(mdn, "Original-Message-ID: <7@a.example>\r\n", "");
  EXPECT_EQ(Diagnosis({With(of_none, Parts().inner_set, "")}).codes(), "receipt-names-no-mail");
}

TEST(Inspector, JudgesSignatures) {
  Parts parts;
  parts.is_signed = false;
  EXPECT_EQ(CodesOf(parts), "unsigned");
  const std::string from_elsewhere = With(MailOf({}), "From: a@hospital-a", "From: c@hospital-c");
  EXPECT_EQ(Diagnosis({from_elsewhere}).codes(), "receipt-elsewhere signer-not-sender");
  parts = {};
  parts.compression = Compression::zlib;
  EXPECT_EQ(CodesOf(parts), "compressed");
}

TEST(Inspector, NamesDamage) {
  std::string mail = MailOf({});
  const std::size_t middle = mail.find("-----END") - 200;
  mail[middle] = mail[middle] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Diagnosis({mail}).codes(), "openpgp-damaged");
  const std::string cut = MailOf({});
  EXPECT_THAT(Diagnosis({cut.substr(0, cut.size() - 200)}).codes(), HasSubstr("mime-damaged"));
}

TEST(Inspector, ChecksSignedEntities) {
  Result<openpgp::Keyring> ring = openpgp::Keyring::Create();
  ASSERT_TRUE(ring->Add(KeyOfA().secret_armored).ok());
  StringSource data(InnerOf({}));
  std::string signature = *ring->SignDetached(data, KeyOfA().info.fingerprint);
  Parts parts;
  parts.is_signed = false;
  parts.inner =
      "Content-Type: multipart/signed; micalg=pgp-sha256; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n"
      "--s\r\n" +
      InnerOf({}) + "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature + "\r\n--s--\r\n";
  const Diagnosis mail({MailOf(parts)});
  EXPECT_EQ(mail.codes(), "");
  EXPECT_THAT(mail.Value("signature", "form"), HasSubstr("6.1"));
  EXPECT_EQ(Diagnosis({MailOf(parts)}, Given::among_others).codes(), "");
  EXPECT_EQ(Diagnosis({MailOf(parts)}, Given::only_others).codes(), "unknown-signer");
  parts.inner = With(parts.inner, "sha256", "sha1");
  EXPECT_EQ(CodesOf(parts), "micalg-wrong");
  parts.inner = With(parts.inner, "SETPART: 1", "SETPART: 2");
  EXPECT_THAT(CodesOf(parts), HasSubstr("bad-signature"));
}

TEST(Inspector, CountsThePartsOfSignedEntities) {
  Result<openpgp::Keyring> ring = openpgp::Keyring::Create();
  ASSERT_TRUE(ring->Add(KeyOfA().secret_armored).ok());
  StringSource data(InnerOf({}));
  const std::string signature = "--s\r\nContent-Type: application/pgp-signature\r\n\r\n" +
                                *ring->SignDetached(data, KeyOfA().info.fingerprint) + "\r\n";
  Parts parts;
  parts.is_signed = false;
  const std::string start =
      "Content-Type: multipart/signed; micalg=pgp-sha256; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n"
      "--s\r\n" +
      InnerOf({}) + "\r\n";
  parts.inner = start + signature + signature + "--s--\r\n";
  EXPECT_THAT(CodesOf(parts), HasSubstr("signed-not-two-parts"));
  parts.inner = start + "--s--\r\n";
  EXPECT_THAT(CodesOf(parts), HasSubstr("signed-not-two-parts"));
  parts.inner = start + With(signature, "pgp-signature", "octet-stream") + "--s--\r\n";
  EXPECT_THAT(CodesOf(parts), HasSubstr("signed-not-two-parts"));
}

}  // namespace
}  // namespace gateway::inspect
