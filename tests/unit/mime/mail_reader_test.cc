#include "mime/mail_reader.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::StartsWith;

const std::string kHeader = "From: A <GW@A.example>\r\nMessage-ID: <1@a>\r\nDate: Thu, 13 Jun 2013 09:12:25 +0000\r\n";

std::string Mail(const std::string& fields, const std::string& body) {
  return kHeader + fields + "\r\n" + body;
}

MailKind KindOf(const std::string& mail) {
  return EnvelopeOf(mail).kind;
}

TEST(Envelope, IsReadFromOurOwnMail) {
  const Envelope envelope = EnvelopeOf(EncryptedMessage(SomeHeader(), Armor(1)));
  EXPECT_EQ(envelope.kind, MailKind::encrypted);
  EXPECT_EQ(envelope.from, "gw@a.example");
  EXPECT_EQ(envelope.message_id, "0123456789abcdef@a.example");
  EXPECT_EQ(envelope.receipt_to, "gw@a.example");
  ASSERT_TRUE(envelope.set);
  EXPECT_EQ(envelope.set->id, "20130612.9125.4711");
  EXPECT_EQ(envelope.set->part, 3u);
  EXPECT_EQ(envelope.set->total, 120u);
  EXPECT_FALSE(envelope.partial);
}

TEST(Envelope, TakesExactlyOneAuthor) {
  EXPECT_EQ(EnvelopeOf("From: \"X, Y\" <A@B.example>\r\n\r\n").from, "a@b.example");
  EXPECT_EQ(EnvelopeOf("FROM : =?utf-8?q?=C3=BC?= <a@b>\n\n").from, "a@b");
  EXPECT_EQ(EnvelopeOf("From: a@b,\r\n c@d\r\n\r\n").from, "");
  EXPECT_EQ(EnvelopeOf("From: a@b\r\nFrom: c@d\r\n\r\n").from, "");
  EXPECT_EQ(EnvelopeOf("From: list: a@b, c@d;\r\n\r\n").from, "");
  EXPECT_EQ(EnvelopeOf("From: nobody\r\n\r\n").from, "");
  EXPECT_EQ(EnvelopeOf("To: a@b\r\n\r\n").from, "");
  EXPECT_EQ(EnvelopeOf("From: a@b" + std::string(9000, ' ') + ", c@d\r\n\r\n").from, "");
}

TEST(Envelope, TakesOneAddressForReceipts) {
  const auto receipt_to = [](const std::string& fields) {
    return EnvelopeOf("From: a@b\r\n" + fields + "\r\n").receipt_to;
  };
  EXPECT_EQ(receipt_to("disposition-notification-TO: \"X\" <GW@A.example>\r\n"), "gw@a.example");
  EXPECT_EQ(receipt_to("Disposition-Notification-To: a@b, c@d\r\n"), "");
  EXPECT_EQ(receipt_to("Disposition-Notification-To: a@b\r\nDisposition-Notification-To: c@d\r\n"), "");
  EXPECT_EQ(receipt_to("Disposition-Notification-To: yes\r\n"), "");
}

TEST(Envelope, DropsAMessageIdThatCannotStandInAHeader) {
  EXPECT_EQ(EnvelopeOf("From: a@b\r\nMessage-ID: <a b@c>\r\n\r\n").message_id.find(' '), std::string::npos);
  EXPECT_EQ(EnvelopeOf("From: a@b\r\nMessage-ID: <" + std::string(2000, 'x') + "@c>\r\n\r\n").message_id, "");
}

TEST(Envelope, ReadsSetsTolerantlyAndIgnoresBadOnes) {
  const auto set = [](const std::string& id, const std::string& part, const std::string& total) {
    return EnvelopeOf("From: a@b\nx-telemedicine-SetId : " + id + "\nX-Telemedicine-SetPart:" + part +
                      "\nX-TELEMEDICINE-SETTOTAL: \t" + total + "  \n\n")
        .set;
  };
  ASSERT_TRUE(set("A_b.,-9", " 1", "10000000"));
  EXPECT_EQ(set("A_b.,-9", " 1", "10000000")->total, 10'000'000u);
  EXPECT_FALSE(set("", "1", "2"));
  EXPECT_FALSE(set("a b", "1", "2"));
  EXPECT_FALSE(set(std::string(129, 'a'), "1", "2"));
  for (const std::string bad : {"0", "10000001", "-1", "1x", "", "99999999999999999999"})
    EXPECT_FALSE(set("a", bad, "2"));
}

TEST(Envelope, ReadsPartials) {
  const std::string header = "From: a@b\r\nContent-Type: Message/Partial; ID=\"a b\";\r\n NUMBER=\"2\"";
  const Envelope envelope = EnvelopeOf(header + "\r\n\r\nbody");
  ASSERT_TRUE(envelope.partial);
  EXPECT_EQ(envelope.partial->id, "a b");
  EXPECT_EQ(envelope.partial->number, 2u);
  EXPECT_EQ(envelope.partial->total, 0u);
  EXPECT_EQ(envelope.body.offset, header.size() + 4);
  EXPECT_EQ(envelope.body.length, 4u);
  for (const std::string bad : {"id=a", "number=1", "id=a; number=0", "id=a; number=3; total=2", "id=a; number=x"}) {
    EXPECT_EQ(CodeOfEnvelope("From: a@b\r\nContent-Type: message/partial; " + bad + "\r\n\r\n"), "mail-damaged");
  }
}

TEST(Kind, FollowsTheContentType) {
  EXPECT_EQ(KindOf(Mail("Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n", "")),
            MailKind::report);
  EXPECT_EQ(KindOf(Mail("Content-Type: MULTIPART/ENCRYPTED; boundary=b\r\n", "")), MailKind::encrypted);
  EXPECT_EQ(KindOf(Mail("Content-Type: text/plain\r\n", "Hello")), MailKind::plain);
  EXPECT_EQ(KindOf(Mail("", "")), MailKind::plain);
  EXPECT_EQ(KindOf(Mail("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\nHello\r\n--b--\r\n")),
            MailKind::plain);
}

TEST(EncryptedBody, IsThatOfOurOwnMail) {
  EXPECT_EQ(EncryptedBody(EncryptedMessage(SomeHeader(), Armor(5000))), Replaced(Armor(5000), "\n", "\r\n"));
}

TEST(EncryptedBody, IsFoundWithoutAControlPart) {
  const std::string type = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n";
  const std::string part = "--b\r\nContent-Type: application/octet-stream\r\n\r\nwhatever\r\n--b--\r\n";
  EXPECT_EQ(EncryptedBody(Mail(type, part)), "whatever");
  EXPECT_EQ(EncryptedBody(Mail(type, "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n\r\n" + part)), "whatever");
  EXPECT_EQ(EncryptedBody(Mail(type, "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--")),
            "mail-damaged");
}

TEST(EncryptedBody, IsFoundInline) {
  for (const std::string type : {"", "Content-Type: text/plain\r\n", "Content-Type: application/octet-stream\r\n",
                                 "Content-Type: application/pgp\r\n", "Content-Type: application/pgp-encrypted\r\n"}) {
    const std::string mail = Mail(type, "\r\nSome words.\r\n" + Armor(10));
    EXPECT_EQ(KindOf(mail), MailKind::encrypted) << type;
    EXPECT_EQ(EncryptedBody(mail), Armor(10));
  }
}

TEST(EncryptedBody, HasItsTransferEncodingUndone) {
  const TempDirectory directory;
  constexpr char kScript[] = R"(
import sys
from email.mime.base import MIMEBase
from email import encoders
part = MIMEBase('application', 'octet-stream')
part.set_payload(open('data', 'rb').read())
getattr(encoders, sys.argv[1])(part)
part['From'] = 'a@b'
sys.stdout.buffer.write(part.as_bytes())
)";
  const std::string binary = "\x85\x01\x0c\x03" + RandomBytes(7, 100'000);
  // Python's encode_quopri loses bare CR, so binary data goes by base64 only.
  for (const auto& [data, encoder] :
       {std::pair(Armor(2000), "encode_base64"), {Armor(2000), "encode_quopri"}, {binary, "encode_base64"}}) {
    directory.Write("data", data);
    const std::string mail = Python(kScript, encoder, directory);
    EXPECT_EQ(KindOf(mail), MailKind::encrypted) << encoder;
    EXPECT_TRUE(EncryptedBody(mail) == data) << encoder;
  }
}

TEST(EncryptedBody, IsFoundInEncodedText) {
  const TempDirectory directory;
  directory.Write("armor", Armor(2000));
  constexpr char kScript[] = R"(
import sys, email.policy
from email.message import EmailMessage
mail = EmailMessage(policy=email.policy.SMTP)
mail['From'] = 'a@b'
mail.set_content(open('armor').read(), cte=sys.argv[1])
sys.stdout.buffer.write(mail.as_bytes())
)";
  for (const std::string encoding : {"quoted-printable", "base64", "7bit", "8bit"}) {
    const std::string mail = Python(kScript, encoding, directory);
    EXPECT_EQ(KindOf(mail), MailKind::encrypted) << encoding;
    EXPECT_TRUE(Replaced(EncryptedBody(mail), "\r\n", "\n") == Armor(2000)) << encoding;
  }
}

TEST(EncryptedBody, DoesNotBelieveAnEncodingThatIsNotThere) {
  for (const std::string encoding : {"quoted-printable", "base64", "x-uuencode", "binary"}) {
    const std::string fields = "Content-Type: text/plain\r\nContent-Transfer-Encoding: " + encoding + "\r\n";
    const std::string mail = Mail(fields, Replaced(Armor(500), "\n", "\r\n"));
    EXPECT_EQ(KindOf(mail), MailKind::encrypted) << encoding;
    EXPECT_EQ(EncryptedBody(mail), Replaced(Armor(500), "\n", "\r\n")) << encoding;
  }
}

TEST(EncryptedBody, MayBeBinaryInAMultipartEncrypted) {
  const std::string binary = "\x85\x01\x0c\x03" + RandomBytes(7, 10'000);
  const std::string mail =
      Mail("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n",
           "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n"
           "Content-Type: application/octet-stream\r\n\r\n" +
               binary + "\r\n--b--\r\n");
  EXPECT_TRUE(EncryptedBody(mail) == binary);
}

TEST(EncryptedBody, IsFoundWhereAGatewayWrappedIt) {
  const std::string armored = "Content-Type: text/plain\r\n\r\n" + Armor(10);
  const std::string footer = "Content-Type: text/plain\r\n\r\nThis mail was scanned.\r\n";
  const std::string mail = Mail("Content-Type: multipart/mixed; boundary=b\r\n",
                                "--b\r\n" + armored + "\r\n--b\r\n" + footer + "\r\n--b--\r\n");
  EXPECT_EQ(KindOf(mail), MailKind::encrypted);
  EXPECT_EQ(EncryptedBody(mail), Armor(10));
}

// Armor of the next part is not that of this one.
TEST(EncryptedBody, IsThatOfThePartThatBeginsWithArmor) {
  const std::string type = "Content-Type: multipart/encrypted; boundary=b\r\n";
  const std::string control = "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n";
  const std::string part = "--b\r\nContent-Type: application/octet-stream\r\n\r\n";
  EXPECT_EQ(EncryptedBody(Mail(type, control + part + Armor(2) + part + Armor(3) + "--b--\r\n")) + "\n", Armor(2));
  EXPECT_EQ(EncryptedBody(Mail(type, control + part + Armor(2))), Armor(2));
  EXPECT_EQ(EncryptedBody(Mail(type, part + "\r\n" + Armor(2) + "\r\n--b--\r\n")), Armor(2));
}

TEST(EncryptedBody, IsFoundInAnExchangedMultipart) {
  const std::string inner =
      "--c\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--c\r\n"
      "Content-Type: application/octet-stream\r\n\r\n" +
      Armor(3) + "\r\n--c--\r\n";
  const std::string mail = Mail("Content-Type: multipart/mixed; boundary=b\r\n",
                                "--b\r\nContent-Type: multipart/encrypted; boundary=c\r\n\r\n" + inner + "--b--\r\n");
  EXPECT_EQ(KindOf(mail), MailKind::encrypted);
  EXPECT_EQ(EncryptedBody(mail), Armor(3));
}

TEST(EncryptedBody, IsNotSeenInOtherMails) {
  const std::string zip = "PK\x03\x04" + RandomBytes(1, 100);
  EXPECT_EQ(KindOf(Mail("Content-Type: application/octet-stream\r\n", zip)), MailKind::plain);
  EXPECT_EQ(KindOf(Mail("Content-Type: text/plain\r\n", "> " + Armor(3))), MailKind::plain);
  EXPECT_EQ(KindOf(Mail("Content-Type: message/external-body\r\n", Armor(3))), MailKind::plain);
  EXPECT_EQ(EncryptedBody(Mail("", "Hello")), "mail-damaged");
}

TEST(EncryptedBody, IsAFullSourceOfRealOpenPgp) {
  const TempDirectory directory;
  const std::string gpg =
      "gpg --homedir . --batch --quiet --pinentry-mode loopback --passphrase x -c --compress-algo none";
  Shell("chmod 700 . && echo secret > plain && " + gpg + " -o binary plain && " + gpg +
            " --armor -o armor plain; "
            "status=$?; gpgconf --homedir . --kill all; exit $status",
        directory.path());
  for (const std::string name : {"binary", "armor"}) {
    const std::string data = ReadWhole(directory.path() / name);
    const std::string mail = Mail("Content-Type: application/octet-stream\r\n", data);
    EXPECT_EQ(KindOf(mail), MailKind::encrypted) << name;
    EXPECT_EQ(EncryptedBody(mail), data);
  }
}

TEST(MailReader, BoundsTheMail) {
  ReadLimits limits;
  limits.message_size = 100;
  EXPECT_EQ(CodeOfEnvelope(Mail("", std::string(200, 'x')), limits), "mail-too-large");
  EXPECT_EQ(CodeOfEnvelope("From: a@b\r\nSubject: " + std::string(3'000'000, 'x') + "\r\n\r\n"), "mail-damaged");
  std::string many = "From: a@b\r\n";
  for (int i = 0; i < 300'000; ++i) many += "a: b\r\n";
  EXPECT_EQ(CodeOfEnvelope(many), "mail-damaged");
  EXPECT_EQ(CodeOfEnvelope(""), "mail-damaged");
  EXPECT_EQ(CodeOfEnvelope("\r\nFrom: a@b\r\n"), "mail-damaged");
}

// Exits with 0 when mail and name are read although no file can be opened any more.
void ReadWithoutFiles() {
  PrepareReader();
  const UniqueFd mail = FileWith(kHeader + "Content-Type: text/plain; name*=ISO-8859-1'de'K%F6ln\r\n\r\nx");
  const rlimit none{0, 0};
  setrlimit(RLIMIT_NOFILE, &none);
  std::string name;
  const auto read = ReadInnerEntity(mail.get(), {}, [&](const LeafPart& part) -> Result<Sink*> {
    name = part.name;
    return nullptr;
  });
  const auto envelope = ReadEnvelope(mail.get(), {});
  ::_exit(read.ok() && name == "Köln" && envelope.ok() ? 0 : 1);  // LeakSanitizer, at exit, would need files
}

TEST(MailReaderDeathTest, OpensNoFileOncePrepared) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ReadWithoutFiles(), ::testing::ExitedWithCode(0), "");
}

TEST(MailReader, SurvivesRecursiveValues) {
  std::string groups = "From: ";
  std::string comments = "From: ";
  std::string parameters = "From: a@b\r\nContent-Type: multipart/mixed";
  for (int i = 0; i < 100'000; ++i) {
    groups += "a:";
    comments += "(";
    parameters += ";\r\n a*" + std::to_string(i) + "*=''%41";
  }
  for (const std::string& header : {groups, comments, parameters}) {
    const std::string code = CodeOfEnvelope(header.substr(0, 1'000'000) + "\r\n\r\n");
    EXPECT_TRUE(code.empty() || code == "mail-damaged") << code;
    CodeOfEnvelope(header.substr(0, 8000) + "\r\n\r\n");  // whole into GMime
  }
}

TEST(MailReader, SurvivesTruncationAndMutation) {
  const std::string mail = EncryptedMessage(SomeHeader(), Armor(5));
  for (std::size_t length = 0; length < mail.size(); ++length) {
    const std::string code = CodeOfEnvelope(mail.substr(0, length));
    ASSERT_TRUE(code.empty() || code == "mail-damaged") << code;
    EncryptedBody(mail.substr(0, length));
  }
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    std::string changed = mail;
    const std::string noise = RandomBytes(seed, 24);
    for (std::size_t i = 0; i + 2 < noise.size(); i += 3) {
      const std::size_t at = static_cast<unsigned char>(noise[i]) * 256u + static_cast<unsigned char>(noise[i + 1]);
      changed[at % changed.size()] = noise[i + 2];
    }
    const std::string code = CodeOfEnvelope(changed);
    ASSERT_TRUE(code.empty() || code == "mail-damaged") << code;
    EncryptedBody(changed);
  }
}

}  // namespace
}  // namespace gateway::mime
