#include "mime/mail_writer.h"

#include <gmock/gmock.h>

#include <set>

#include "mime/inner_entity_source.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

InnerEntity EntityOf(const TempDirectory& directory, const std::vector<std::string>& payloads, InnerEncoding encoding) {
  InnerEntity entity;
  entity.set = {"20130612.9125.4711", 3, 120};
  entity.encoding = encoding;
  entity.study_id = "1.2.276.0.1";
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const std::string name = "IM000" + std::to_string(i + 1) + ".dcm";
    entity.parts.push_back({directory.Write(name, payloads[i]), "application/dicom", name});
  }
  return entity;
}

std::string Written(const InnerEntity& entity) {
  const auto source = OpenInnerEntity(entity);
  EXPECT_TRUE(source.ok());
  return ReadInPieces(**source);
}

constexpr char kShowParts[] = R"(
import email, email.policy, hashlib, sys
mail = email.message_from_bytes(open(sys.argv[1], 'rb').read(), policy=email.policy.default)
assert not mail.defects, mail.defects
print(mail.get_content_type(), mail['X-TELEMEDICINE-SETID'], mail['X-TELEMEDICINE-SETPART'], mail['X-TELEMEDICINE-SETTOTAL'])
for part in mail.iter_parts():
    assert not part.defects, part.defects
    data = part.get_payload(decode=True)
    print(part.get_content_type(), part.get_param('name'), part.get_content_disposition(), part.get_filename(),
          part['Content-Transfer-Encoding'], part['X-TELEMEDICINE-STUDYID'], hashlib.sha1(data).hexdigest(), len(data))
)";

TEST(InnerEntity, IsReadByPython) {
  const TempDirectory directory;
  InnerEntity entity = EntityOf(directory, {RandomBytes(1, 200'001), RandomBytes(2, 57 * 1024)}, InnerEncoding::base64);
  entity.parts[1].content_type = "application/pdf";
  directory.Write("mail", Written(entity));
  const std::string sums = Shell("sha1sum < IM0001.dcm; sha1sum < IM0002.dcm", directory.path());
  EXPECT_EQ(Python(kShowParts, "mail", directory),
            "multipart/mixed 20130612.9125.4711 3 120\n"
            "application/dicom IM0001.dcm attachment IM0001.dcm base64 None " +
                sums.substr(0, 40) +
                " 200001\n"
                "application/pdf IM0002.dcm attachment IM0002.dcm base64 1.2.276.0.1 " +
                sums.substr(44, 40) + " 58368\n");
}

TEST(InnerEntity, HoldsOnlyShortCrlfLinesInBase64) {
  const TempDirectory directory;
  const std::string text = Written(EntityOf(directory, {RandomBytes(3, 100'000)}, InnerEncoding::base64));
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find("\r\n", start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - start, 78u);
    EXPECT_EQ(text.substr(start, end - start).find_first_of("\r\n"), std::string::npos);
    start = end + 2;
  }
}

TEST(InnerEntity, RoundTripsRandomBinaryPayloads) {
  const TempDirectory directory;
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    // Half of them of line ends and dashes only, where mistakes would be.
    const std::string_view alphabet = seed % 2 ? std::string_view("\r\n-\0F", 5) : std::string_view();
    const std::string payload = RandomBytes(seed, seed * 5 % 5001, alphabet);
    const auto read = ReadInner(Written(EntityOf(directory, {payload, "\r\n"}, InnerEncoding::binary)));
    ASSERT_TRUE(read.result.ok());
    ASSERT_EQ(read.parts.size(), 2u);
    ASSERT_TRUE(read.parts[0].content == payload) << "seed " << seed;
    ASSERT_EQ(read.parts[1].content, "\r\n");
  }
}

TEST(InnerEntity, RoundTripsEachLengthInBase64) {
  const TempDirectory directory;
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string payload = RandomBytes(9, length);
    const auto read = ReadInner(Written(EntityOf(directory, {payload}, InnerEncoding::base64)));
    ASSERT_TRUE(read.result.ok());
    ASSERT_EQ(read.parts.at(0).content, payload);
    ASSERT_EQ(read.summary.set->part, 3u);
  }
}

TEST(InnerEntity, ReportsAMissingFileWhenItIsReached) {
  InnerEntity entity;
  entity.set = {"1", 1, 1};
  entity.parts.push_back({"/dev/null/file", "application/dicom", "IM0001.dcm"});
  const auto source = OpenInnerEntity(entity);
  ASSERT_TRUE(source.ok());
  StringSink sink;
  EXPECT_EQ(Copy(**source, sink).error().code, "file-error");
}

TEST(InnerEntity, RefusesWhatWouldStartAnotherField) {
  const TempDirectory directory;
  InnerEntity entity = EntityOf(directory, {"x"}, InnerEncoding::base64);
  entity.parts[0].name = "a\"\r\nBcc: x";
  EXPECT_EQ(OpenInnerEntity(entity).error().code, "header-not-writable");
  entity.parts[0].name = "a";
  entity.set.id = "1\r\nX: y";
  EXPECT_EQ(OpenInnerEntity(entity).error().code, "header-not-writable");
  entity.set.id = "1";
  EXPECT_TRUE(OpenInnerEntity(entity).ok());
  entity.content_id = "a>\r\nX: y";
  EXPECT_EQ(OpenInnerEntity(entity).error().code, "header-not-writable");
  entity.content_id.clear();
  entity.pgp_receipt_to = "a@b\r\nX: y";
  EXPECT_EQ(OpenInnerEntity(entity).error().code, "header-not-writable");
}

TEST(InnerEntity, CarriesDocumentsThatPythonReads) {
  const TempDirectory directory;
  InnerEntity entity = EntityOf(directory, {"%PDF-1.4\n", "Befund\nzwei Zeilen\r\n"}, InnerEncoding::base64);
  entity.parts[0].content_type = "application/pdf";
  entity.parts[0].name = "Köln \"1\".pdf";
  entity.parts[1].content_type = "text/plain";
  entity.parts[1].name = Replaced(std::string(120, '_'), "_", "ü") + ".txt";
  const std::string text = Written(entity);
  EXPECT_EQ(std::count_if(text.begin(), text.end(), [](unsigned char c) { return c > 126; }), 0);
  directory.Write("mail", text);
  directory.Write("names", entity.parts[0].name + "\n" + entity.parts[1].name);
  constexpr char kScript[] = R"(
import email, email.policy
raw = open('mail', 'rb').read()
assert max(map(len, raw.split(b'\r\n'))) <= 78
mail = email.message_from_bytes(raw, policy=email.policy.default)
for part, name in zip(mail.iter_parts(), open('names', encoding='utf-8').read().split('\n')):
    assert not part.defects, part.defects
    print(part.get_content_type(), part.get_filename() == name, part['Content-Type'].params['name'] == name,
          part['X-TELEMEDICINE-STUDYID'], part['Content-Transfer-Encoding'], part.get_payload(decode=True))
)";
  EXPECT_EQ(Python(kScript, "", directory),
            "application/pdf True True 1.2.276.0.1 base64 b'%PDF-1.4\\n'\n"
            "text/plain True True 1.2.276.0.1 base64 b'Befund\\nzwei Zeilen\\r\\n'\n");
}

TEST(InnerEntity, RoundTripsNames) {
  const TempDirectory directory;
  std::string longest;
  while (longest.size() < 195) longest += "ü€";
  for (const std::string name :
       {"a.pdf", "a b'c%d*(1).pdf", "\"q\".pdf", "日本.pdf", "=?utf-8?q?a?=", "a;b=c, d.pdf"}) {
    InnerEntity entity = EntityOf(directory, {"x"}, InnerEncoding::base64);
    entity.parts[0].name = name;
    EXPECT_EQ(ReadInner(Written(entity)).parts.at(0).part.name, name);
  }
  InnerEntity entity = EntityOf(directory, {"x"}, InnerEncoding::base64);
  entity.parts[0].name = longest;
  EXPECT_EQ(ReadInner(Written(entity)).parts.at(0).part.name, longest);
}

TEST(InnerEntity, RoundTripsARequestForAReceipt) {
  const TempDirectory directory;
  InnerEntity entity = EntityOf(directory, {"x"}, InnerEncoding::base64);
  EXPECT_FALSE(ReadInner(Written(entity)).summary.receipt);
  entity.content_id = "1234@a.example";
  entity.pgp_receipt_to = "GW@a.example";
  entity.pgp_receipt_key_id = "0123456789ABCDEF";
  const std::string plain = Written(entity);
  StringSource source(plain);
  StringSink within_signature;
  ASSERT_TRUE(WriteSignedEntity(source, "signature\n", "pgp-sha256", within_signature).ok());
  for (const std::string& text : {plain, within_signature.text()}) {
    const auto receipt = ReadInner(text).summary.receipt;
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->to, "gw@a.example");
    EXPECT_EQ(receipt->key_id, "0123456789ABCDEF");
    EXPECT_EQ(receipt->content_id, "1234@a.example");
  }
}

TEST(InnerEntity, RoundTripsStudyIds) {
  const TempDirectory directory;
  InnerEntity entity = EntityOf(directory, {"x", "y"}, InnerEncoding::binary);
  entity.parts[1].content_type = "image/jpeg";
  const auto read = ReadInner(Written(entity));
  EXPECT_EQ(read.parts.at(0).part.study_id, "");
  EXPECT_EQ(read.parts.at(1).part.study_id, "1.2.276.0.1");
  EXPECT_EQ(read.parts.at(1).part.content_type, "image/jpeg");
}

TEST(EncryptedMessage, IsReadByPython) {
  const TempDirectory directory;
  const std::string armor = Armor(100);
  directory.Write("mail", EncryptedMessage(SomeHeader(), armor));
  directory.Write("armor", Replaced(armor, "\n", "\r\n"));
  constexpr char kScript[] = R"(
import email, email.policy
mail = email.message_from_bytes(open('mail', 'rb').read(), policy=email.policy.default)
assert not mail.defects, mail.defects
for name in ('From', 'To', 'Date', 'Message-ID', 'Subject', 'MIME-Version', 'Auto-Submitted',
             'Disposition-Notification-To', 'X-TELEMEDICINE-SETID', 'X-TELEMEDICINE-SETPART', 'X-TELEMEDICINE-SETTOTAL'):
    print(mail[name])
print(mail.get_content_type(), mail.get_param('protocol'))
control, data = mail.get_payload()
print(control.get_content_type(), control.get_payload(decode=True))
print(data.get_content_type(), data['Content-Transfer-Encoding'], data.get_payload(decode=True) == open('armor', 'rb').read())
)";
  EXPECT_EQ(Python(kScript, "", directory),
            "gw@a.example\ntele@b.example\nThu, 13 Jun 2013 09:12:25 +0000\n<0123456789abcdef@a.example>\n"
            "DICOM-eMail\n1.0\nauto-generated\ngw@a.example\n20130612.9125.4711\n3\n120\n"
            "multipart/encrypted application/pgp-encrypted\n"
            "application/pgp-encrypted b'Version: 1\\r\\n'\n"
            "application/octet-stream 7bit True\n");
}

TEST(EncryptedMessage, SaysHowUrgentItIs) {
  OuterHeader header = SomeHeader();
  const auto priority = [&](Priority value) {
    header.priority = value;
    const std::string mail = EncryptedMessage(header, Armor(10));
    const std::size_t at = mail.find("\r\nPriority:");
    return at == std::string::npos ? "" : mail.substr(at + 2, mail.find("\r\n", at + 2) - at - 2);
  };
  EXPECT_EQ(priority(Priority::emergency), "Priority: urgent");
  EXPECT_EQ(priority(Priority::bulk), "Priority: non-urgent");
  EXPECT_EQ(priority(Priority::normal), "");
}

TEST(EncryptedMessage, EndsEachLineInCrlfWhateverTheArmorHas) {
  std::string unix_mail = EncryptedMessage(SomeHeader(), Armor(10));
  std::string dos_mail = EncryptedMessage(SomeHeader(), Replaced(Armor(10), "\n", "\r\n"));
  for (std::string* mail : {&unix_mail, &dos_mail}) {
    EXPECT_EQ(Replaced(Replaced(*mail, "\r\n", ""), "\n", "?").find_first_of("\r?"), std::string::npos);
    EXPECT_THAT(*mail, HasSubstr("-----END PGP MESSAGE-----\r\n\r\n--=_"));
  }
}

TEST(EncryptedMessage, SplitsACrlfBetweenWrites) {
  StringSink sink;
  const auto write = [](Sink& out) -> Result<void> {
    for (const char* piece : {"a\r", "\nb", "\n", "\nc\r", "d"}) GATEWAY_TRY(out.Write(piece));
    return {};
  };
  ASSERT_TRUE(WriteEncryptedMessage(SomeHeader(), write, sink).ok());
  EXPECT_THAT(sink.text(), HasSubstr("\r\n\r\na\r\nb\r\n\r\nc\rd\r\n\r\n--"));
}

TEST(EncryptedMessage, EncodesAForeignSubject) {
  const TempDirectory directory;
  OuterHeader header = SomeHeader();
  for (int i = 0; i < 10; ++i) header.subject += " Übermittlung für Köln";
  const std::string mail = EncryptedMessage(header, Armor(1));
  directory.Write("mail", mail);
  directory.Write("subject", header.subject);
  constexpr char kScript[] = R"(
import email, email.policy
raw = open('mail', 'rb').read()
raw.decode('ascii')
assert max(map(len, raw.split(b'\r\n'))) <= 78, max(raw.split(b'\r\n'), key=len)
mail = email.message_from_bytes(raw, policy=email.policy.default)
print(mail['Subject'] == open('subject', encoding='utf-8').read(), not mail.defects)
)";
  EXPECT_EQ(Python(kScript, "", directory), "True True\n");
}

TEST(EncryptedMessage, RefusesHeaderInjection) {
  const auto code = [](auto change) {
    OuterHeader header = SomeHeader();
    change(header);
    StringSink sink;
    const auto written = WriteEncryptedMessage(
        header, [](Sink&) { return Result<void>(); }, sink);
    EXPECT_EQ(sink.text(), "");
    return written ? "" : written.error().code;
  };
  EXPECT_EQ(code([](OuterHeader& h) { h.subject = "a\r\nBcc: x@y"; }), "header-not-writable");
  EXPECT_EQ(code([](OuterHeader& h) { h.from = "a@b\nBcc: x@y"; }), "header-not-writable");
  EXPECT_EQ(code([](OuterHeader& h) { h.to = "a@b, c@d"; }), "header-not-writable");
  EXPECT_EQ(code([](OuterHeader& h) { h.message_id = "a>\r\n"; }), "header-not-writable");
  EXPECT_EQ(code([](OuterHeader& h) { h.set->id = "a\nb"; }), "header-not-writable");
  EXPECT_EQ(code([](OuterHeader& h) { h.receipt_to = "nobody"; }), "header-not-writable");
}

TEST(SignedEntity, KeepsTheSignedBytes) {
  for (const std::string content :
       {"A: b\r\n\r\nc\r\n", "A: b\r\n\r\nc", "A: b\r\n\r\n\r\n\r\n", "A: b\r\n\r\nc\r", "A: b\r\n\r\nc\n"}) {
    StringSource source(content);
    StringSink sink;
    ASSERT_TRUE(WriteSignedEntity(source, "-----BEGIN PGP SIGNATURE-----\nx\n", "pgp-sha256", sink).ok());
    const UniqueFd fd = FileWith(sink.text());
    const auto read = ReadSignedEntity(fd.get(), {});
    ASSERT_TRUE(read.ok() && *read);
    FdSource range(fd.get(), (*read)->signed_range);
    EXPECT_EQ(ReadAll(range), content);
    EXPECT_EQ((*read)->signature, "-----BEGIN PGP SIGNATURE-----\r\nx\r\n");
  }
}

TEST(SignedEntity, IsReadByPython) {
  const TempDirectory directory;
  StringSource source("Content-Type: text/plain\r\n\r\nHello\r\n");
  StringSink sink;
  ASSERT_TRUE(WriteSignedEntity(source, "signature\n", "pgp-sha256", sink).ok());
  directory.Write("mail", sink.text());
  constexpr char kScript[] = R"(
import email
mail = email.message_from_bytes(open('mail', 'rb').read())
print(mail.get_content_type(), mail.get_param('protocol'), mail.get_param('micalg'), mail.defects)
print([(part.get_content_type(), part.get_payload()) for part in mail.get_payload()])
)";
  EXPECT_EQ(Python(kScript, "", directory),
            "multipart/signed application/pgp-signature pgp-sha256 []\n"
            "[('text/plain', 'Hello\\r\\n'), ('application/pgp-signature', 'signature\\r\\n')]\n");
}

TEST(MessageId, IsFreshAndNamesTheHost) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewMessageId("a.example"));
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_THAT(*ids.begin(), ::testing::MatchesRegex("[0-9a-f]{32}@a\\.example"));
}

}  // namespace
}  // namespace gateway::mime
