// MDNs and receipts inside the encryption, as others write them.
#include <gmock/gmock.h>

#include "mime/report.h"
#include "mime/report_fields.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ReportEntity(const std::string& fields, const std::string& more = {}) {
  return "Content-Type: multipart/report; report-type=disposition-notification; boundary=r\r\n\r\n--r\r\n\r\n"
         "The mail for Jane Doe was displayed.\r\n--r\r\nContent-Type: message/disposition-notification\r\n" +
         fields + "\r\n--r" + (more.empty() ? "" : "\r\n" + more + "\r\n--r") + "--\r\n";
}

std::string Mdn(const std::string& fields, const std::string& more = {}) {
  return "From: b@b\r\n" + ReportEntity("\r\n" + fields, more);
}

Verdict VerdictOf(const std::string& disposition) {
  return ReadDisposition("automatic-action/MDN-sent-automatically; " + disposition).verdict;
}

TEST(Disposition, HasTheMeaningOfTheRecommendation) {
  EXPECT_EQ(VerdictOf("displayed"), Verdict::displayed);
  EXPECT_EQ(VerdictOf("displayed/warning"), Verdict::displayed_warning);
  EXPECT_EQ(VerdictOf("deleted/error"), Verdict::deleted_error);
  EXPECT_EQ(VerdictOf("deleted"), Verdict::deleted);
}

TEST(Disposition, HasTheTypesOfAllRfcs) {
  EXPECT_EQ(VerdictOf("dispatched"), Verdict::displayed_warning);
  EXPECT_EQ(VerdictOf("processed"), Verdict::displayed_warning);
  EXPECT_EQ(VerdictOf("processed/warning: late"), Verdict::displayed_warning);
  EXPECT_EQ(VerdictOf("processed/error"), Verdict::deleted_error);
  EXPECT_EQ(VerdictOf("displayed/error"), Verdict::deleted_error);
  EXPECT_EQ(VerdictOf("denied"), Verdict::deleted);
  EXPECT_EQ(VerdictOf("failed"), Verdict::deleted);
  EXPECT_EQ(VerdictOf("deleted/mailbox-terminated"), Verdict::deleted);
  EXPECT_EQ(VerdictOf("read"), Verdict::other);
  EXPECT_EQ(VerdictOf(""), Verdict::other);
}

// Outlook and Thunderbird send these when somebody opens the mailbox by hand.
TEST(Disposition, OfAPersonShowsNoStoredImage) {
  for (const char* const mode : {"manual-action/MDN-sent-manually", "manual-action/MDN-sent-automatically"}) {
    const Disposition disposition = ReadDisposition(std::string(mode) + "; displayed");
    EXPECT_EQ(disposition.verdict, Verdict::displayed_warning);
    EXPECT_EQ(disposition.words, "displayed (manual-action)");
    EXPECT_EQ(ReadDisposition(std::string(mode) + "; deleted").verdict, Verdict::deleted);
  }
}

TEST(Disposition, IsReadInAnyCaseAndWithAnyWhiteSpace) {
  EXPECT_EQ(ReadDisposition("AUTOMATIC-ACTION / mdn-sent-AUTOMATICALLY;DISPLAYED/Warning").verdict,
            Verdict::displayed_warning);
  EXPECT_EQ(ReadDisposition(" manual-action/MDN-sent-manually ;\t deleted \t/ error ").verdict, Verdict::deleted_error);
  EXPECT_EQ(
      ReadDisposition("automatic-action(by a machine (of ours))/MDN-sent-automatically; (yes) displayed (ok)").verdict,
      Verdict::displayed);
  EXPECT_EQ(ReadDisposition("displayed").verdict, Verdict::displayed);
}

TEST(Disposition, TakesTheWorstOfSeveralModifiers) {
  EXPECT_EQ(VerdictOf("displayed/superseded, warning"), Verdict::displayed_warning);
  EXPECT_EQ(VerdictOf("displayed/warning,ERROR"), Verdict::deleted_error);
  EXPECT_EQ(VerdictOf("deleted/ expired , error"), Verdict::deleted_error);
}

TEST(Disposition, HasNothingElseInItsWords) {
  EXPECT_EQ(ReadDisposition("a/b; Displayed (Jane Doe) / Warning: Jane Doe, x-\xc3\xa4").words, "displayed/warning,x-");
  EXPECT_LE(ReadDisposition("displayed/" + std::string(5000, 'x')).words.size(), 500u);
}

TEST(Mdn, IsRead) {
  const auto report =
      ReportOf(Mdn("Reporting-UA: x\r\nFinal-Recipient: rfc822;b@b\r\nOriginal-Message-ID: <1@a>\r\n"
                   "Disposition: automatic-action/MDN-sent-automatically; deleted/error\r\nError: Jane Doe\r\n"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, ReportKind::mdn);
  EXPECT_EQ(report->verdict, Verdict::deleted_error);
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
  EXPECT_EQ(report->words, "deleted/error");
  EXPECT_FALSE(report->set);
}

TEST(Mdn, IsReadWithFoldedFieldsAndComments) {
  const auto report =
      ReportOf(Mdn("\r\nORIGINAL-message-id : (the original)\r\n\t<1@a>\r\nfinal-recipient: rfc822;\r\n b@b\r\n\r\n"
                   "disposition:\r\n automatic-action/MDN-sent-automatically;\r\n  displayed (\r\n yes)\r\n"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::displayed);
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
}

TEST(Mdn, NamesWhatItReturns) {
  const std::string returned =
      "Message-ID: <2@a>\r\nX-TELEMEDICINE-SETID: s\r\nX-TELEMEDICINE-SETPART: 3\r\nX-TELEMEDICINE-SETTOTAL: 9\r\n";
  for (const std::string& part : {"Content-Type: text/rfc822-headers\r\n\r\n" + returned,
                                  "Content-Type: Message/RFC822\r\n\r\n\r\n" + returned + "\r\nbody\r\n"}) {
    const auto report = ReportOf(Mdn("Original-Message-ID: <1@a>\r\nDisposition: displayed\r\n", part));
    ASSERT_TRUE(report);
    EXPECT_THAT(report->message_ids, ElementsAre("1@a", "2@a"));
    ASSERT_TRUE(report->set);
    EXPECT_EQ(report->set->part, 3u);
  }
}

TEST(Mdn, MayHaveTheSetInItsOwnHeader) {
  const auto report = ReportOf("X-TELEMEDICINE-SETID: s\nX-TELEMEDICINE-SETPART: 3\nX-TELEMEDICINE-SETTOTAL: 9\n" +
                               Mdn("Disposition: x"));
  ASSERT_TRUE(report && report->set);
  EXPECT_EQ(report->set->id, "s");
  EXPECT_THAT(report->message_ids, IsEmpty());
}

TEST(Mdn, MayHaveItsPartsEncoded) {
  const TempDirectory directory;
  constexpr char kScript[] = R"(
import base64, quopri, sys
encode = base64.encodebytes if sys.argv[1] == 'base64' else quopri.encodestring
text = b'Original-Message-ID: <1=2@a>\r\nDisposition: automatic-action/MDN-sent-automatically; displayed/warning\r\n'
sys.stdout.buffer.write(encode(text))
)";
  for (const std::string encoding : {"base64", "quoted-printable"}) {
    const auto report = ReportOf(
        ReportEntity("Content-Transfer-Encoding: " + encoding + "\r\n\r\n" + Python(kScript, encoding, directory)));
    ASSERT_TRUE(report) << encoding;
    EXPECT_EQ(report->verdict, Verdict::displayed_warning);
    EXPECT_THAT(report->message_ids, ElementsAre("1=2@a"));
  }
}

TEST(Mdn, MayStandInAnotherMultipart) {
  const std::string report = ReportEntity(
      "\r\n"
      "Original-Message-ID: <1@a>\r\nDisposition: displayed\r\n");
  for (const std::string type : {"multipart/signed", "multipart/mixed"}) {
    const std::string mail = "From: b@b\r\nContent-Type: " + type + "; boundary=o\r\n\r\n--o\r\n" + report +
                             "\r\n--o\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--o--\r\n";
    const auto read = ReportOf(mail);
    ASSERT_TRUE(read) << type;
    EXPECT_EQ(read->verdict, Verdict::displayed);
    EXPECT_EQ(EnvelopeOf(mail).kind, MailKind::report);
  }
}

TEST(Mdn, TakesNothingFromOutsideTheSignature) {
  const std::string set =
      "X-TELEMEDICINE-SETID: s\r\nX-TELEMEDICINE-SETPART: 3\r\nX-TELEMEDICINE-SETTOTAL: 9\r\n"
      "X-TELEMEDICINE-REPORT: displayed\r\n";
  const std::string report = ReportEntity(
      "\r\n"
      "Original-Message-ID: <2@a>\r\nDisposition: displayed\r\n");
  const std::string text = "Content-Type: text/plain\r\n\r\nHello";
  const std::string start = "From: b@b\r\n" + set + "Content-Type: multipart/signed; boundary=o\r\n\r\n--o\r\n";
  const std::string end = "\r\n--o\r\n\r\nsig\r\n--o\r\n" + report + "\r\n--o--\r\n";
  EXPECT_FALSE(ReportOf(start + text + end));
  const auto read = ReportOf(start + Replaced(report, "<2@a>", "<1@a>") + end);
  ASSERT_TRUE(read);
  EXPECT_THAT(read->message_ids, ElementsAre("1@a"));
  EXPECT_FALSE(read->set);
}

TEST(Mdn, IsNoneWhenOnlyForwarded) {
  const std::string forwarded =
      "From: person@b\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\n\r\nSee.\r\n"
      "--f\r\nContent-Type: message/rfc822\r\n\r\n" +
      Mdn("Disposition: displayed\r\n") + "\r\n--f--\r\n";
  EXPECT_FALSE(ReportOf(forwarded));
  EXPECT_EQ(EnvelopeOf(forwarded).kind, MailKind::plain);
}

TEST(PgpReceipt, IsReadInTheHeaderOfTheEntity) {
  for (const std::string disposition : {"automatic-action/MDN-sent-automatically; deleted", "Deleted"}) {
    const auto report = ReportOf("Content-Type: text/plain\r\nx-telemedicine-report: " + disposition +
                                 "\r\nX-Telemedicine-Original-Content-ID: <1@a>\r\n\r\nSorry.\r\n");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->kind, ReportKind::pgp);
    EXPECT_EQ(report->verdict, Verdict::deleted);
    EXPECT_EQ(report->words, "deleted");
    EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
  }
}

TEST(PgpReceipt, IsReadWithinASignature) {
  const auto report = ReportOf(
      "Content-Type: multipart/signed; boundary=s\r\nX-TELEMEDICINE-REPORT: displayed\r\n\r\n--s\r\n"
      "Content-Type: text/plain\r\nX-TELEMEDICINE-REPORT: deleted\r\nX-TELEMEDICINE-ORIGINAL-CONTENT-ID: 1@a\r\n\r\n"
      "text\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--s--\r\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::deleted);
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
}

TEST(PgpReceipt, DoesNotMakeAnUnencryptedMailAReport) {
  EXPECT_EQ(EnvelopeOf("From: b@b\r\nX-TELEMEDICINE-REPORT: displayed\r\n\r\nx").kind, MailKind::plain);
}

TEST(Report, IsNotSeenInImages) {
  EXPECT_FALSE(ReportOf(EncryptedMessage(SomeHeader(), Armor(5))));
  EXPECT_FALSE(ReportOf("Content-Type: application/dicom\r\n\r\nx"));
  EXPECT_FALSE(
      ReportOf("Content-Type: multipart/mixed; boundary=b\r\nX-TELEMEDICINE-SETID: 1\r\n\r\n--b\r\n"
               "Content-Type: application/dicom\r\n\r\nx\r\n--b--\r\n"));
}

TEST(Report, IsBounded) {
  const std::string late = Mdn(std::string(100'000, 'x') + "\r\nDisposition: displayed\r\n");
  EXPECT_EQ(ReportOf(late)->verdict, Verdict::other);
  ReadLimits limits;
  limits.opened_size = 100;
  const UniqueFd fd = FileWith(late);
  EXPECT_EQ(ReadReport(fd.get(), limits).error().code, "mail-too-large");
  std::string ids = "From: MAILER-DAEMON@x\r\n\r\nYour mail could not be delivered.\r\n";
  for (int i = 0; i < 1000; ++i) ids += "Message-ID: <" + std::to_string(i) + "@a>\r\n";
  EXPECT_EQ(ReportOf(ids)->message_ids.size(), 16u);
}

TEST(Report, SurvivesTruncationAndMutation) {
  const std::string mail = Mdn(
      "Original-Message-ID: (a) <1@a>\r\nDisposition: a/b; displayed/warning, error\r\n",
      "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;x\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n");
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    std::string changed = mail.substr(0, seed < mail.size() ? seed : mail.size());
    const std::string noise = RandomBytes(seed, seed % 40);
    for (std::size_t i = 0; i + 2 < noise.size() && !changed.empty(); i += 3) {
      const std::size_t at = static_cast<unsigned char>(noise[i]) * 256u + static_cast<unsigned char>(noise[i + 1]);
      changed[at % changed.size()] = mail[static_cast<unsigned char>(noise[i + 2])];
    }
    const UniqueFd fd = FileWith(changed);
    const auto read = ReadReport(fd.get(), {});
    ASSERT_TRUE(read.ok() || read.error().code == "mail-damaged") << read.error().code;
  }
}

TEST(Report, TakesLinearTime) {
  // Quadratic work on 64 KB would be seen in these: many groups, many comments, many addresses.
  for (const std::string piece : {"a:\n\n", "x\n", "(", "a: (\n", "<", "Message-ID: <\n", ",a@b"}) {
    std::string text;
    while (text.size() < 65'000) text += piece;
    EXPECT_EQ(ReportOf(Mdn(text))->verdict, Verdict::other);
    EXPECT_FALSE(ReportOf("From: MAILER-DAEMON@x\n\n" + text));
    EXPECT_FALSE(ReportOf("From: MAILER-DAEMON@x\nContent-Type: text/html\n\n" + text));
  }
}

}  // namespace
}  // namespace gateway::mime
