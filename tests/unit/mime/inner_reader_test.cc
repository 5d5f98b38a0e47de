#include <gmock/gmock.h>

#include "mime/mail_reader.h"
#include "mime_test.h"
#include "support/errors.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Contents(const ReadEntity& read) {
  EXPECT_TRUE(read.result.ok()) << read.result.error().code << " " << read.result.error().detail;
  std::vector<std::string> contents;
  for (const ReadPart& part : read.parts) contents.push_back(part.content);
  return contents;
}

std::string CodeOf(std::string_view entity, const ReadLimits& limits = {}) {
  const auto read = ReadInner(entity, limits);
  return read.result.ok() ? "" : read.result.error().code;
}

std::string NameOf(const std::string& fields) {
  const auto read = ReadInner(fields + "\r\n\r\nx");
  return read.parts.at(0).part.name;
}

TEST(InnerEntity, IsReadAsSeenInTheWild) {
  const std::string dicom = std::string(128, '\0') + "DICM\r\n--\r\n\n\rFrom \0" + RandomBytes(1, 5000) + "\n";
  const auto read = ReadInner(
      "Content-Type: multipart/mixed; boundary=\"abc\"\r\nX-TELEMEDICINE-SETID: 20130612.9125.4711\r\n"
      "X-TELEMEDICINE-SETPART: 3\r\nX-TELEMEDICINE-SETTOTAL: 120\r\n\r\n--abc\r\n"
      "Content-Type: application/dicom; name=\"IM0001\"\r\nContent-Disposition: attachment; filename=IM0001\r\n\r\n" +
      dicom + "\r\n--abc--\r\n");
  EXPECT_THAT(Contents(read), ElementsAre(dicom));
  EXPECT_EQ(read.parts[0].part.content_type, "application/dicom");
  EXPECT_EQ(read.parts[0].part.name, "IM0001");
  EXPECT_EQ(read.summary.parts, 1u);
  ASSERT_TRUE(read.summary.set);
  EXPECT_EQ(read.summary.set->id, "20130612.9125.4711");
}

using Addresses = std::vector<std::string>;

std::string SignedOf(const std::string& wrapper_fields, const std::string& part_fields) {
  return "Content-Type: multipart/signed; boundary=s\r\n" + wrapper_fields + "\r\n--s\r\n" + part_fields +
         "Content-Type: text/plain\r\n\r\nx\r\n--s\r\nFrom: signature@x.example\r\n"
         "Content-Type: application/pgp-signature\r\n\r\ns\r\n--s--\r\n";
}

TEST(InnerEntity, HasItsSecretFromWhatIsSigned) {
  EXPECT_EQ(ReadInner("Content-Type: text/plain\r\n\r\nX-DMGW-NONCE: abc").summary.nonce, "");
  EXPECT_EQ(ReadInner("X-DMGW-NONCE: abc\r\nContent-Type: text/plain\r\n\r\nx").summary.nonce, "abc");
  EXPECT_EQ(ReadInner("X-DMGW-NONCE: none\r\nContent-Type: text/plain\r\n\r\nx").summary.nonce, "");
  EXPECT_EQ(ReadInner(SignedOf("X-DMGW-NONCE: wrapper\r\n", "X-DMGW-NONCE: signed\r\n")).summary.nonce, "signed");
  EXPECT_EQ(ReadInner(SignedOf("X-DMGW-NONCE: wrapper\r\n", "")).summary.nonce, "") << "nobody signed it";
  const std::string second =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx"
      "\r\n--b\r\nX-DMGW-NONCE: late\r\n\r\ny\r\n--b--\r\n";
  EXPECT_EQ(ReadInner(second).summary.nonce, "");
}

TEST(InnerEntity, AnEmptyTextWithoutAHeaderIsNothing) {
  EXPECT_EQ(ReadInner("\r\n").summary.parts, 0u) << "the text of a mail whose attachments were encrypted one by one";
  EXPECT_EQ(ReadInner("\n \r\n").summary.parts, 0u);
  EXPECT_EQ(ReadInner("\r\nBefund").summary.parts, 1u);
  EXPECT_EQ(ReadInner("Content-Disposition: attachment; filename=a.dcm\r\n\r\n\r\n").summary.parts, 1u);
}

TEST(InnerEntity, TellsFromWhomAndToWhomItWasSigned) {
  const SignedAddressing none = ReadInner("Content-Type: text/plain\r\n\r\nFrom: no@field.example").summary.addressing;
  EXPECT_FALSE(none.from);
  EXPECT_FALSE(none.to);
  const SignedAddressing all =
      ReadInner(
          "From: A <A@x.example>\r\nTo: b@x.example,\r\n \"C, c\" <c@x.example>\r\nCc: d@x.example\r\n"
          "To: e@x.example\r\n\r\nx")
          .summary.addressing;
  EXPECT_EQ(all.from, "a@x.example");
  EXPECT_EQ(all.to, (Addresses{"b@x.example", "c@x.example", "e@x.example", "d@x.example"}));
  EXPECT_EQ(ReadInner("From: a@x.example\r\nFrom: b@x.example\r\n\r\nx").summary.addressing.from, "");
  EXPECT_FALSE(ReadInner("To: nobody:;\r\n\r\nx").summary.addressing.to);
}

TEST(InnerEntity, AddressingIsOfTheSignedPart) {
  const std::string part = "From: a@x.example\r\nTo: b@x.example\r\n";
  const SignedAddressing signed_part = ReadInner(SignedOf("", part)).summary.addressing;
  EXPECT_EQ(signed_part.from, "a@x.example");
  EXPECT_EQ(signed_part.to, Addresses{"b@x.example"});
  // Its wrapper cannot talk it away.
  const SignedAddressing other =
      ReadInner(SignedOf("From: c@x.example\r\nTo: c@x.example\r\n", part)).summary.addressing;
  EXPECT_EQ(other.from, "");
  EXPECT_EQ(other.to, Addresses{"b@x.example"});
}

TEST(InnerEntity, AddressingOfWhatIsWithinIsNotItsOwn) {
  const auto read = ReadInner(
      "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n"
      "From: a@x.example\r\nTo: b@x.example\r\n\r\nx\r\n--m--\r\n");
  EXPECT_FALSE(read.summary.addressing.from);
  EXPECT_FALSE(read.summary.addressing.to);
}

TEST(InnerEntity, KeepsRandomPayloadsWhateverTheLineEnds) {
  for (const std::string eol : {"\r\n", "\n"}) {
    for (std::uint32_t seed = 0; seed < 1000; ++seed) {
      const std::string_view alphabet = seed % 2 ? std::string_view("\r\n-\0b", 5) : std::string_view();
      const std::string payload = RandomBytes(seed, seed * 5 % 5001, alphabet);
      const std::string entity = "Content-Type: multipart/mixed; boundary=--bxb" + eol + eol + "----bxb" + eol +
                                 "Content-Type: application/dicom" + eol + eol + payload + eol + "----bxb" + eol + eol +
                                 payload + eol + "----bxb--" + eol;
      const auto read = ReadInner(entity);
      ASSERT_THAT(Contents(read), ElementsAre(payload, payload)) << seed;
    }
  }
}

TEST(InnerEntity, KeepsEachEndOfAPayload) {
  for (const std::string end :
       {"\r", "\n", "\r\n", "\n\r", "\r\r\n", "\n\n", "-", "--", "\r\n-", "\r\n--", "\r\n--b"}) {
    const std::string crlf = "Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\n1" + end + "\r\n--bb--\r\n";
    EXPECT_THAT(Contents(ReadInner(crlf)), ElementsAre("1" + end));
    const std::string lf = "Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\n1" + end + "\n--bb--\n";
    EXPECT_THAT(Contents(ReadInner(lf)), ElementsAre("1" + end));
  }
}

TEST(InnerEntity, FindsBoundariesAcrossItsWindows) {
  // The scanner reads 128 KiB at a time: the boundary line stands at each place around that.
  for (std::size_t length = 130'900; length < 131'200; ++length) {
    const std::string payload(length, length % 2 ? '-' : 'x');
    const auto read = ReadInner("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + payload +
                                "\r\n--b\r\n\r\ny\r\n--b--");
    ASSERT_EQ(Contents(read).size(), 2u);
    ASSERT_TRUE(read.parts[0].content == payload);
  }
}

TEST(InnerEntity, MayBeASinglePart) {
  const std::string payload = RandomBytes(3, 1000);
  EXPECT_THAT(Contents(ReadInner("Content-Type: application/dicom\r\n\r\n" + payload)), ElementsAre(payload));
  EXPECT_THAT(Contents(ReadInner("Content-Type: application/dicom\nContent-Transfer-Encoding: BASE64\n\naGVs\nbG8=\n")),
              ElementsAre("hello"));
}

TEST(InnerEntity, MayMixItsLineEnds) {
  const std::string payload = "\r\n\n\r" + RandomBytes(3, 300);
  for (unsigned mask = 0; mask < 256; ++mask) {
    const auto eol = [mask](unsigned line) { return std::string((mask >> line & 1) != 0 ? "\r\n" : "\n"); };
    // The line end before a boundary line is that of the sender of the boundary line.
    const std::string entity = "Content-Type: multipart/mixed;" + eol(0) + " boundary=b" + eol(1) + eol(2) + "--b" +
                               eol(3) + "Content-Type: application/dicom" + eol(4) + eol(5) + payload + eol(6) + "--b" +
                               eol(6) + eol(7) + "2" + eol(6) + "--b--" + eol(6);
    ASSERT_THAT(Contents(ReadInner(entity)), ElementsAre(payload, "2")) << mask;
  }
}

TEST(InnerEntity, ConvertsNoText) {
  const std::string text = "K\xF6ln\r\nzwei\nTab\t \r\n\xff\xfe\x1a\0x" + RandomBytes(5, 50);
  for (const std::string type : {"text/plain; charset=utf-16", "text/xml", "text/html", "image/jpeg", "x"}) {
    for (const std::string encoding : {"", "Content-Transfer-Encoding: 8bit\r\n", "Content-Transfer-Encoding: 7bit\r\n",
                                       "Content-Transfer-Encoding: binary\r\n", "Content-Transfer-Encoding: x-y\r\n"}) {
      EXPECT_THAT(Contents(ReadInner("Content-Type: " + type + "\r\n" + encoding + "\r\n" + text)), ElementsAre(text));
    }
  }
}

TEST(InnerEntity, MayBeUuencoded) {
  const TempDirectory directory;
  const std::string data = RandomBytes(6, 100'000);
  directory.Write("data", data);
  const std::string encoded =
      Python("import sys, uu\nuu.encode('data', sys.stdout.buffer, 'IM1', 0o644)\n", "", directory);
  const std::string header = "Content-Type: application/dicom\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n";
  EXPECT_TRUE(Contents(ReadInner(header + "\r\n" + encoded)).at(0) == data);
  EXPECT_TRUE(Contents(ReadInner(header + Replaced(encoded, "\n", "\r\n"))).at(0) == data);
  EXPECT_THAT(Contents(ReadInner(header + "not so")), ElementsAre("not so"));
}

TEST(InnerEntity, MayHaveNoHeaderAtAll) {
  const std::string file = std::string(128, '\0') + "DICM" + RandomBytes(3, 100'000);
  const std::string data_set = std::string("\x08\0\x05\0\x0a\0\0\0ISO_IR 100", 18) + RandomBytes(4, 100'000);
  const std::string text_preamble = std::string(128, 'x') + "DICM" + std::string(100'000, '\0');
  for (const std::string& bytes : {file, data_set, text_preamble}) {
    const auto read = ReadInner(bytes);
    EXPECT_THAT(Contents(read), ElementsAre(bytes));
    EXPECT_EQ(read.parts.at(0).part.content_type, "application/octet-stream");
  }
}

TEST(InnerEntity, MayNest) {
  const std::string entity =
      "Content-Type: multipart/mixed; boundary=a\r\nX-TELEMEDICINE-STUDYID: 1.2\r\n\r\npreamble\r\n--a\r\n"
      "Content-Type: multipart/related; boundary=ab\r\n\r\n--ab\r\n\r\n1\r\n--ab\r\n"
      "X-TELEMEDICINE-STUDYID: 3.4\r\n\r\n2\r\n--ab--\r\nepilogue\r\n--a \r\n"
      "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: "
      "image/jpeg\r\n\r\n3\r\n--a\r\n\r\n4\r\n--a--\r\nend";
  const auto read = ReadInner(entity);
  EXPECT_THAT(Contents(read), ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(read.parts[0].part.study_id, "1.2");
  EXPECT_EQ(read.parts[1].part.study_id, "3.4");
  EXPECT_EQ(read.parts[2].part.content_type, "image/jpeg");
  EXPECT_EQ(read.summary.parts, 4u);
}

TEST(InnerEntity, LetsAnOuterBoundaryEndAnInnerMultipart) {
  EXPECT_THAT(
      Contents(ReadInner("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
                         "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--a\r\n\r\n2\r\n--a--")),
      ElementsAre("1", "2"));
}

TEST(InnerEntity, GivesOnlyWhatIsSignedOfAMultipartSigned) {
  const auto read = ReadInner(
      "Content-Type: multipart/signed; boundary=s\r\nX-TELEMEDICINE-SETID: wrapper\r\nX-TELEMEDICINE-SETPART: 1\r\n"
      "X-TELEMEDICINE-SETTOTAL: 1\r\n\r\n--s\r\nContent-Type: multipart/mixed; boundary=m\r\n"
      "X-TELEMEDICINE-SETID: signed\r\nX-TELEMEDICINE-SETPART: 1\r\nX-TELEMEDICINE-SETTOTAL: 1\r\n\r\n"
      "--m\r\n\r\n1\r\n--m\r\n\r\n2\r\n--m--\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--s\r\n"
      "Content-Type: application/dicom\r\n\r\nforeign\r\n--s--\r\n");
  EXPECT_THAT(Contents(read), ElementsAre("1", "2"));
  EXPECT_EQ(read.summary.set->id, "signed");
}

TEST(InnerEntity, IsDamagedWithoutItsLastBoundary) {
  const std::string entity = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n1\r\n--a\r\n\r\n2\r\n--a--";
  EXPECT_EQ(CodeOf(entity), "");
  for (std::size_t length = 43; length < entity.size(); ++length) {
    EXPECT_EQ(CodeOf(entity.substr(0, length)), "mail-damaged") << length;
  }
  EXPECT_EQ(CodeOf("Content-Type: multipart/mixed\r\n\r\n--a\r\n"), "mail-damaged");
  EXPECT_EQ(CodeOf(""), "mail-damaged");
}

TEST(InnerEntity, EndsWithTheErrorsOfItsReader) {
  const UniqueFd fd = FileWith("Content-Type: multipart/mixed; boundary=a\n\n--a\n\n1\n--a\n\n2\n--a--\n");
  unsigned calls = 0;
  const auto refuse = [&](const LeafPart&) -> Result<Sink*> {
    if (++calls == 1) return nullptr;
    return Transient("disk-full");
  };
  EXPECT_EQ(ReadInnerEntity(fd.get(), {}, refuse).error().code, "disk-full");
  EXPECT_EQ(calls, 2u);
}

TEST(InnerEntity, BoundsItsDepth) {
  std::string multiparts;
  std::string messages;
  for (int i = 0; i < 10'000; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    multiparts += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
    messages += "Content-Type: message/rfc822\r\n\r\n";
  }
  EXPECT_EQ(CodeOf(multiparts), "mime-too-deep");
  EXPECT_EQ(CodeOf(messages), "mime-too-deep");
}

TEST(InnerEntity, BoundsItsParts) {
  std::string parts = "Content-Type: multipart/mixed; boundary=a\n\n";
  for (int i = 0; i < 1'000'000; ++i) parts += "--a\n";
  EXPECT_EQ(CodeOf(parts), "too-many-parts");
  std::string multiparts = "Content-Type: multipart/mixed; boundary=a\n\n";
  for (int i = 0; i < 30'000; ++i) multiparts += "--a\nContent-Type: multipart/mixed; boundary=b\n\n";
  EXPECT_EQ(CodeOf(multiparts), "too-many-parts");
}

TEST(InnerEntity, BoundsItsSize) {
  ReadLimits limits;
  limits.opened_size = 10;
  EXPECT_EQ(CodeOf("Content-Type: text/plain\r\n\r\nx", limits), "mail-too-large");
  limits = {};
  limits.header_size = 1000;
  EXPECT_EQ(
      CodeOf("Content-Type: multipart/mixed; boundary=a\n\n--a\nX: " + std::string(2000, 'x') + "\n\n1\n--a--", limits),
      "mail-damaged");
}

TEST(PartName, IsDecoded) {
  EXPECT_EQ(NameOf("Content-Disposition: attachment; filename*=UTF-8''K%C3%B6ln.dcm"), "Köln.dcm");
  EXPECT_EQ(NameOf("Content-Disposition: attachment; filename*0*=ISO-8859-1'de'K%F6; filename*1=ln.dcm"), "Köln.dcm");
  EXPECT_EQ(NameOf("Content-Type: application/dicom; name=\"=?iso-8859-1?Q?K=F6ln?=.dcm\""), "Köln.dcm");
  EXPECT_EQ(NameOf("Content-Type: application/dicom; name=a\r\nContent-Disposition: attachment; filename=b"), "b");
}

TEST(PartName, IsDecodedFromWhatSendersReallyWrite) {
  const std::string attachment = "Content-Disposition: attachment; ";
  EXPECT_EQ(NameOf(attachment + "filename*0*=windows-1252''K%F6; filename*1*=ln%80; filename*2=\".dcm\""), "Köln€.dcm");
  EXPECT_EQ(NameOf(attachment + "filename=\"=?UTF-8?B?S8O2bG4uZGNt?=\""), "Köln.dcm");
  EXPECT_EQ(NameOf(attachment + "filename==?iso-8859-1?Q?K=F6ln.dcm?="), "Köln.dcm");
  EXPECT_EQ(NameOf(attachment + "filename=\"=?utf-8?Q?K=C3=B6?=\r\n =?utf-8?Q?ln.dcm?=\""), "Köln.dcm");
  EXPECT_EQ(NameOf(attachment + "filename=\"K\xC3\xB6ln.dcm\""), "Köln.dcm");
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"K\xF6ln\x85.dcm\""), "Köln_.dcm");
  EXPECT_EQ(NameOf(attachment + "filename=IM 0001.dcm"), "IM 0001.dcm");
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"a\"\r\n" + attachment + "size=1"), "a");
}

TEST(PartName, IsNeverAPath) {
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"../../etc/passwd\""), "passwd");
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"C:\\\\dir\\\\IM1\""), "IM1");
  EXPECT_EQ(NameOf("Content-Type: a/b; name*=utf-8''a%2fb%0a%5cc%0d%07d"), "c__d");
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"a/..\""), "");
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"/\""), "");
}

TEST(PartName, IsCutBetweenCharacters) {
  const std::string name = NameOf("Content-Type: a/b; name=\"x" + Replaced(std::string(150, '_'), "_", "ü") + "\"");
  EXPECT_EQ(name, "x" + Replaced(std::string(99, '_'), "_", "ü"));
}

TEST(PartName, KeepsItsEndingHoweverLongItIs) {
  const auto name = [](const std::string& stem) { return NameOf("Content-Type: a/b; name=\"" + stem + ".pdf\""); };
  for (const std::size_t size : {190, 196, 197, 216, 246, 900}) {
    EXPECT_EQ(name(std::string(size, 'x')), std::string(std::min<std::size_t>(size, 196), 'x') + ".pdf") << size;
  }
  EXPECT_EQ(name(Replaced(std::string(120, '_'), "_", "ü")), Replaced(std::string(98, '_'), "_", "ü") + ".pdf");
  EXPECT_EQ(name("x" + Replaced(std::string(120, '_'), "_", "ü")),
            "x" + Replaced(std::string(97, '_'), "_", "ü") + ".pdf");
  EXPECT_EQ(NameOf("Content-Type: a/b; name=\"" + std::string(10, 'x') + "." + std::string(300, 'y') + "\"").size(),
            200U);
}

TEST(InnerEntity, ReadsWhatPythonWrites) {
  const TempDirectory directory;
  const std::string data = RandomBytes(11, 50'000);
  directory.Write("data", data);
  constexpr char kScript[] = R"(
import sys, email.policy
from email.message import EmailMessage
data = open('data', 'rb').read()
mail = EmailMessage(policy=email.policy.SMTP if sys.argv[1] == 'crlf' else email.policy.default)
mail['X-TELEMEDICINE-SETID'], mail['X-TELEMEDICINE-SETPART'], mail['X-TELEMEDICINE-SETTOTAL'] = 'a', '1', '2'
mail.set_content('Grüße\n')
mail.add_attachment(data, 'application', 'dicom', filename='Köln.dcm')
mail.add_attachment(data, 'application', 'octet-stream', filename='x' * 150, cte=sys.argv[2])
mail.set_boundary("'()+_,-./:=? 1")
sys.stdout.buffer.write(mail.as_bytes())
)";
  for (const std::string how : {"crlf base64", "lf base64", "crlf quoted-printable", "lf quoted-printable"}) {
    const auto read = ReadInner(Python(kScript, how, directory));
    ASSERT_EQ(Contents(read).size(), 3u) << how;
    EXPECT_TRUE(read.parts[1].content == data && read.parts[2].content == data) << how;
    EXPECT_EQ(read.parts[1].part.name, "Köln.dcm");
    EXPECT_EQ(read.parts[2].part.name, std::string(150, 'x'));
    EXPECT_EQ(read.summary.set->total, 2u);
  }
}

TEST(InnerEntity, SurvivesTruncationAndMutation) {
  const std::string entity =
      "Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\n--a\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: application/dicom; name*0*=utf-8''a%20; name*1=b\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\n"
      "aGVsbG8=\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?a?=\r\n\r\nb\r\n--b--\r\n--a--\r\n";
  for (std::uint32_t seed = 0; seed < 5000; ++seed) {
    std::string changed = entity.substr(0, seed < entity.size() ? seed : entity.size());
    const std::string noise = RandomBytes(seed, seed % 40);
    for (std::size_t i = 0; i + 2 < noise.size() && !changed.empty(); i += 3) {
      const std::size_t at = static_cast<unsigned char>(noise[i]) * 256u + static_cast<unsigned char>(noise[i + 1]);
      changed[at % changed.size()] = entity[static_cast<unsigned char>(noise[i + 2])];
    }
    const std::string code = CodeOf(changed);
    ASSERT_TRUE(code.empty() || code == "mail-damaged" || code == "mime-too-deep") << code;
  }
}

TEST(SignedEntity, IsNotSeenInOthers) {
  for (const std::string type :
       {"multipart/mixed; boundary=s", "multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=s",
        "text/plain"}) {
    const UniqueFd fd = FileWith("Content-Type: " + type + "\r\n\r\n--s\r\n\r\n1\r\n--s--\r\n");
    const auto read = ReadSignedEntity(fd.get(), {});
    EXPECT_TRUE(read.ok() && !*read) << type;
  }
}

TEST(SignedEntity, CoversAllThatIsHandedOut) {
  // The signed part claims the boundary of what stands around it: what comes after must not pass as
  // signed.
  const std::string entity =
      "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\nContent-Type: multipart/mixed; boundary=s\r\n\r\n"
      "--s\r\n\r\nforeign\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--s--\r\n";
  EXPECT_THAT(Contents(ReadInner(entity)), ElementsAre());
  const UniqueFd fd = FileWith(entity);
  const auto read = ReadSignedEntity(fd.get(), {});
  ASSERT_TRUE(read.ok() && *read);
  FdSource range(fd.get(), (*read)->signed_range);
  EXPECT_EQ(ReadAll(range), "Content-Type: multipart/mixed; boundary=s\r\n");
}

TEST(SignedEntity, FindsTheOuterOfTwoSignatures) {
  const std::string inner =
      "Content-Type: multipart/signed; boundary=i\r\n\r\n--i\r\n\r\n1\r\n--i\r\n\r\ninner\r\n--i--\r\n";
  const UniqueFd fd =
      FileWith("Content-Type: multipart/signed; boundary=o\r\n\r\n--o\r\n" + inner + "\r\n--o\r\n\r\nouter\r\n--o--");
  const auto read = ReadSignedEntity(fd.get(), {});
  ASSERT_TRUE(read.ok() && *read);
  EXPECT_EQ((*read)->signature, "outer");
  EXPECT_EQ((*read)->signed_range.length, inner.size());
}

TEST(SignedEntity, IsDamagedWithoutASignature) {
  const UniqueFd fd = FileWith("Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n1\r\n--s--\r\n");
  EXPECT_EQ(ReadSignedEntity(fd.get(), {}).error().code, "mail-damaged");
}

struct AgentOf {
  const TempDirectory& home;
  explicit AgentOf(const TempDirectory& directory) : home(directory) {}
  ~AgentOf() { Shell("gpgconf --homedir . --kill all", home.path()); }
};

TEST(SignedEntity, IsVerifiedByGpgAsItWasSigned) {
  const TempDirectory directory;
  const AgentOf agent(directory);
  const std::string gpg = "gpg --homedir . --batch --quiet --pinentry-mode loopback --passphrase ''";
  const std::string signed_bytes = "Content-Type: application/dicom\n\n\n\r\r\n" + RandomBytes(8, 3000) + "\r";
  directory.Write("raw", signed_bytes);
  const UniqueFd file = FileWith(signed_bytes);
  directory.Write("canonical", ReadAll(*OpenCanonical(file.get(), {0, signed_bytes.size()})));
  Shell("chmod 700 . && " + gpg + " --quick-generate-key a@b ed25519 sign && for f in raw canonical; do " + gpg +
            " --armor -o $f.asc --detach-sign $f || exit 1; done",
        directory.path());
  for (const std::string form : {"raw", "canonical"}) {
    StringSource again(signed_bytes);
    StringSink entity;
    ASSERT_TRUE(WriteSignedEntity(again, ReadWhole(directory.path() / (form + ".asc")), "pgp-sha256", entity).ok());
    const UniqueFd fd = FileWith(entity.text());
    const auto read = ReadSignedEntity(fd.get(), {});
    ASSERT_TRUE(read.ok() && *read);
    const auto bytes =
        form == "raw" ? OpenRaw(fd.get(), (*read)->signed_range) : OpenCanonical(fd.get(), (*read)->signed_range);
    directory.Write("bytes", ReadInPieces(*bytes));
    directory.Write("signature", (*read)->signature);
    Shell(gpg + " --verify signature bytes", directory.path());
  }
}

TEST(Canonical, MakesEachLineEndCrlf) {
  const UniqueFd fd = FileWith("xa\nb\r\nc\rd\n\ny");
  EXPECT_EQ(ReadInPieces(*OpenCanonical(fd.get(), {1, 10})), "a\r\nb\r\nc\rd\r\n\r\n");
}

}  // namespace
}  // namespace gateway::mime
