// The receipts that we write: read by Python, and by our own reader.
#include <gmock/gmock.h>

#include "mime/report.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Receipt SomeReceipt() {
  Receipt receipt;
  receipt.disposition = "displayed";
  receipt.final_recipient = "tele@b.example";
  receipt.original_message_id = "0123456789abcdef@a.example";
  receipt.reporting_ua = "klinikum-b; dicom-mail-gateway";
  receipt.set = TelemedicineSet{"20130612.9125.4711", 3, 120};
  return receipt;
}

OuterHeader ReplyHeader() {
  OuterHeader header = SomeHeader();
  header.set.reset();
  header.receipt_to.clear();
  header.reply = true;
  header.in_reply_to = "0123456789abcdef@a.example";
  return header;
}

std::string PlainMessage(const OuterHeader& header, const std::string& entity) {
  StringSource source(entity);
  StringSink sink;
  const auto written = WritePlainMessage(header, source, sink);
  EXPECT_TRUE(written.ok()) << written.error().code << " " << written.error().detail;
  return sink.text();
}

std::string Entity(const Receipt& receipt) {
  const auto entity = ReceiptEntity(receipt);
  EXPECT_TRUE(entity.ok()) << entity.error().code << " " << entity.error().detail;
  return entity ? *entity : std::string();
}

std::string CodeOf(const Result<std::string>& entity) {
  return entity ? "" : entity.error().code;
}

TEST(Receipt, IsReadByPython) {
  const TempDirectory directory;
  directory.Write("mail", PlainMessage(ReplyHeader(), Entity(SomeReceipt())));
  constexpr char kScript[] = R"(
import email, email.policy
raw = open('mail', 'rb').read()
raw.decode('ascii')
assert raw.count(b'\n') == raw.count(b'\r\n') and raw.endswith(b'\r\n')
assert max(map(len, raw.split(b'\r\n'))) <= 100
mail = email.message_from_bytes(raw, policy=email.policy.default)
for part in mail.walk(): assert not part.defects, part.defects
print(mail['From'], mail['Auto-Submitted'], mail['In-Reply-To'], mail['References'], mail['Disposition-Notification-To'])
print(mail.get_content_type(), mail.get_param('report-type'))
text, notification, original = mail.iter_parts()
print(text.get_content_type(), text.get_content().splitlines()[0])
print(notification.get_content_type(), dict(notification.get_payload(0).items()))
print(original.get_content_type(), original.get_payload(decode=True).splitlines())
)";
  EXPECT_EQ(Python(kScript, "", directory),
            "gw@a.example auto-replied <0123456789abcdef@a.example> <0123456789abcdef@a.example> None\n"
            "multipart/report disposition-notification\n"
            "text/plain This is the receipt of a DICOM e-mail gateway.\n"
            "message/disposition-notification {'Reporting-UA': 'klinikum-b; dicom-mail-gateway', "
            "'Final-Recipient': 'rfc822; tele@b.example', 'Original-Message-ID': '<0123456789abcdef@a.example>', "
            "'Disposition': 'automatic-action/MDN-sent-automatically; displayed'}\n"
            "text/rfc822-headers [b'Message-ID: <0123456789abcdef@a.example>', "
            "b'X-TELEMEDICINE-SETID: 20130612.9125.4711', b'X-TELEMEDICINE-SETPART: 3', "
            "b'X-TELEMEDICINE-SETTOTAL: 120']\n");
}

TEST(Receipt, RoundTrips) {
  const std::vector<std::pair<std::string, Verdict>> dispositions{{"displayed", Verdict::displayed},
                                                                  {"displayed/warning", Verdict::displayed_warning},
                                                                  {"deleted/error", Verdict::deleted_error},
                                                                  {"deleted", Verdict::deleted}};
  for (const auto& [disposition, verdict] : dispositions) {
    Receipt receipt = SomeReceipt();
    receipt.disposition = disposition;
    const std::string mail = PlainMessage(ReplyHeader(), Entity(receipt));
    EXPECT_EQ(EnvelopeOf(mail).kind, MailKind::report);
    EXPECT_EQ(EnvelopeOf(mail).receipt_to, "");
    const auto report = ReportOf(mail);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->kind, ReportKind::mdn);
    EXPECT_EQ(report->verdict, verdict);
    EXPECT_EQ(report->words, disposition);
    EXPECT_THAT(report->message_ids, ElementsAre(receipt.original_message_id));
    EXPECT_EQ(report->set->id, receipt.set->id);
    EXPECT_EQ(report->set->part, 3u);
    EXPECT_EQ(report->set->total, 120u);
  }
}

TEST(Receipt, RoundTripsWithinASignature) {
  const std::string entity = Entity(SomeReceipt());
  StringSource source(entity);
  StringSink sink;
  ASSERT_TRUE(WriteSignedEntity(source, "-----BEGIN PGP SIGNATURE-----\nx\n", "pgp-sha256", sink).ok());
  const std::string mail = PlainMessage(ReplyHeader(), sink.text());
  EXPECT_EQ(EnvelopeOf(mail).kind, MailKind::report);
  EXPECT_EQ(ReportOf(mail)->verdict, Verdict::displayed);
  const UniqueFd fd = FileWith(mail);
  const auto read = ReadSignedEntity(fd.get(), {});
  ASSERT_TRUE(read.ok() && *read);
  EXPECT_EQ(ReadAll(*OpenCanonical(fd.get(), (*read)->signed_range)), entity);
}

TEST(Receipt, SaysToWhomItIsAndRepeatsTheSecret) {
  Receipt receipt = SomeReceipt();
  receipt.from = "tele@b.example";
  receipt.to = "gw@a.example";
  for (const std::string secret : {"0123456789abcdef", ""}) {
    receipt.nonce = secret;
    for (const auto& report : {ReportOf(Entity(receipt)), ReportOf(PgpReceiptEntity(receipt, "content@a").value())}) {
      ASSERT_TRUE(report);
      EXPECT_EQ(report->nonce, secret);
      EXPECT_EQ(report->addressing.from, "tele@b.example");
      EXPECT_THAT(report->addressing.to.value(), ElementsAre("gw@a.example"));
    }
  }
}

TEST(Receipt, OfSoftwareThatKnowsNoSecretsRepeatsNone) {
  const auto report = ReportOf(Entity(SomeReceipt()));
  EXPECT_FALSE(report->nonce);
  EXPECT_FALSE(report->addressing.from || report->addressing.to);
}

TEST(Receipt, ASecretThatIsNoneOfOursIsNone) {
  Receipt receipt = SomeReceipt();
  receipt.nonce = "abc";
  const std::string entity = Entity(receipt);
  const std::string field = "X-DMGW-NONCE: abc\r\n";
  for (const std::string& other :
       {std::string("X-DMGW-NONCE: a b\r\n"), "X-DMGW-NONCE: " + std::string(129, 'a') + "\r\n", field + field,
        std::string("X-DMGW-NONCE:\r\n")}) {
    std::string changed = entity;
    changed.replace(changed.find(field), field.size(), other);
    EXPECT_EQ(ReportOf(changed)->nonce, "") << other;
  }
  std::string folded = entity;
  folded.replace(folded.find(field), field.size(), "x-dmgw-nonce:\r\n abc\r\n");
  EXPECT_EQ(ReportOf(folded)->nonce, "abc");
}

TEST(Receipt, AnswersALongMessageId) {
  Receipt receipt = SomeReceipt();
  receipt.original_message_id = std::string(890, 'x') + "@a";
  OuterHeader header = ReplyHeader();
  header.in_reply_to = receipt.original_message_id;
  EXPECT_THAT(ReportOf(PlainMessage(header, Entity(receipt)))->message_ids, ElementsAre(receipt.original_message_id));
}

TEST(Receipt, NeedsNeitherIdNorSet) {
  Receipt receipt = SomeReceipt();
  receipt.original_message_id.clear();
  receipt.set.reset();
  const std::string entity = Entity(receipt);
  EXPECT_EQ(entity.find("rfc822-headers"), std::string::npos);
  EXPECT_EQ(ReportOf(entity)->verdict, Verdict::displayed);
}

TEST(Receipt, IsWrittenForAGatewayWithAnyName) {
  Receipt receipt = SomeReceipt();
  receipt.reporting_ua = "K\xc3\xb6ln\r\nX: y; dicom-mail-gateway";
  EXPECT_THAT(Entity(receipt), HasSubstr("\r\nReporting-UA: K??ln??X: y; dicom-mail-gateway\r\n"));
}

TEST(Receipt, RefusesHeaderInjection) {
  const auto code = [](auto change) {
    Receipt receipt = SomeReceipt();
    change(receipt);
    const std::string pgp = CodeOf(PgpReceiptEntity(receipt, ""));
    const std::string plain = CodeOf(ReceiptEntity(receipt));
    return pgp.empty() ? plain : pgp;
  };
  EXPECT_EQ(code([](Receipt&) {}), "");
  EXPECT_EQ(code([](Receipt& r) { r.disposition = "displayed\r\nX: y"; }), "header-not-writable");
  EXPECT_EQ(code([](Receipt& r) { r.disposition = ""; }), "header-not-writable");
  EXPECT_EQ(code([](Receipt& r) { r.final_recipient = "b@b\r\nX: y"; }), "header-not-writable");
  EXPECT_EQ(code([](Receipt& r) { r.original_message_id = "a>\r\nX: <y"; }), "header-not-writable");
  EXPECT_EQ(code([](Receipt& r) { r.set->id = "a\r\nb"; }), "header-not-writable");
  EXPECT_EQ(code([](Receipt& r) { r.nonce = "a\r\nb"; }), "header-not-writable");
  EXPECT_EQ(code([](Receipt& r) { r.to = "a@a\r\nX: y"; }), "header-not-writable");
  EXPECT_EQ(CodeOf(PgpReceiptEntity(SomeReceipt(), "a\r\nX: y")), "header-not-writable");
}

TEST(PgpReceipt, RoundTrips) {
  Receipt receipt = SomeReceipt();
  receipt.disposition = "displayed/warning";
  const auto report = ReportOf(PgpReceiptEntity(receipt, "content@a").value());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, ReportKind::pgp);
  EXPECT_EQ(report->verdict, Verdict::displayed_warning);
  EXPECT_THAT(report->message_ids, ElementsAre("content@a"));
  EXPECT_EQ(report->set->part, 3u);
  EXPECT_THAT(ReportOf(PgpReceiptEntity(receipt, "").value())->message_ids, ElementsAre(receipt.original_message_id));
}

TEST(PgpReceipt, NamesWhatItAnswers) {
  Receipt receipt = SomeReceipt();
  receipt.original_message_id.clear();
  EXPECT_TRUE(PgpReceiptEntity(receipt, "").ok());
  receipt.set.reset();
  EXPECT_EQ(CodeOf(PgpReceiptEntity(receipt, "")), "header-not-writable");
}

TEST(PgpReceipt, IsReadByPython) {
  const TempDirectory directory;
  directory.Write("entity", PgpReceiptEntity(SomeReceipt(), "content@a").value());
  constexpr char kScript[] = R"(
import email, email.policy
entity = email.message_from_bytes(open('entity', 'rb').read(), policy=email.policy.default)
assert not entity.defects, entity.defects
for name, value in entity.items(): print(name + ': ' + value)
print(entity.get_content().splitlines()[0])
)";
  EXPECT_EQ(Python(kScript, "", directory),
            "Content-Type: text/plain; charset=\"us-ascii\"\nContent-Transfer-Encoding: 7bit\n"
            "X-TELEMEDICINE-REPORT: automatic-action/MDN-sent-automatically; displayed\n"
            "X-TELEMEDICINE-ORIGINAL-CONTENT-ID: <content@a>\nX-TELEMEDICINE-SETID: 20130612.9125.4711\n"
            "X-TELEMEDICINE-SETPART: 3\nX-TELEMEDICINE-SETTOTAL: 120\n"
            "This is the receipt of a DICOM e-mail gateway.\n");
}

TEST(PlainMessage, CarriesWhatItsHeaderSays) {
  const std::string mail = PlainMessage(SomeHeader(), "Content-Type: text/plain\r\n\r\nHello\r\n");
  const Envelope envelope = EnvelopeOf(mail);
  EXPECT_EQ(envelope.kind, MailKind::plain);
  EXPECT_EQ(envelope.receipt_to, "gw@a.example");
  EXPECT_EQ(envelope.set->part, 3u);
  EXPECT_THAT(mail, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_EQ(mail.find("In-Reply-To"), std::string::npos);
  EXPECT_THAT(mail, ::testing::EndsWith("Content-Type: text/plain\r\n\r\nHello\r\n"));
}

TEST(PlainMessage, RefusesHeaderInjection) {
  OuterHeader header = ReplyHeader();
  header.in_reply_to = "a>\r\nBcc: <x@y";
  StringSource source("Content-Type: text/plain\r\n\r\n");
  StringSink sink;
  EXPECT_EQ(WritePlainMessage(header, source, sink).error().code, "header-not-writable");
  EXPECT_EQ(sink.text(), "");
}

}  // namespace
}  // namespace gateway::mime
