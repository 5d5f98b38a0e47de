// All that a mail holds: what is encrypted, what is harmless beside it, what nobody may lose.
#include <gmock/gmock.h>

#include "mime/encrypted_leaf.h"
#include "mime/html_text.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Part(const std::string& fields, const std::string& body) {
  return fields + "\r\n\r\n" + body + "\r\n";
}

std::string Mixed(const std::vector<std::string>& parts, const std::string& kind = "mixed") {
  std::string mail = "From: a@b.example\r\nContent-Type: multipart/" + kind + "; boundary=\"=_o\"\r\n\r\n";
  for (const std::string& part : parts) mail += "--=_o\r\n" + part;
  return mail + "--=_o--\r\n";
}

MailParts PartsOf(const std::string& mail) {
  const UniqueFd fd = FileWith(mail);
  const auto parts = FindMailParts(fd.get(), mail.size(), {});
  EXPECT_TRUE(parts.ok()) << parts.error().code << " " << parts.error().detail;
  return parts ? *parts : MailParts{};
}

std::string LeftoverOf(const std::string& mail) {
  const MailParts parts = PartsOf(mail);
  return parts.leftover ? parts.leftover->code : "";
}

std::vector<std::string> ArmorIn(const std::string& mail) {
  const UniqueFd fd = FileWith(mail);
  std::vector<std::string> found;
  for (const EncryptedLeaf& leaf : PartsOf(mail).encrypted) {
    const auto source = OpenEncryptedLeaf(fd.get(), leaf);
    std::string text = ReadInPieces(**source);
    std::erase(text, '\r');
    const std::size_t tail = text.find("-----END PGP MESSAGE-----\n");
    found.push_back(tail == std::string::npos ? text : text.substr(0, tail + 26));
  }
  return found;
}

const std::string kText = "Content-Type: text/plain";
const std::string kFile = "Content-Type: application/octet-stream; name=x.asc";

TEST(MailParts, AreAllThatIsEncrypted) {
  const std::string one = Armor(3, 1);
  const std::string two = Armor(2, 20);
  EXPECT_THAT(ArmorIn(Mixed({Part(kText, "hello"), Part(kFile, one), Part(kFile, two)})), ElementsAre(one, two));
  EXPECT_THAT(ArmorIn(Mixed({Part(kText, "a\r\n" + one + "b\r\n" + two + "c")})), ElementsAre(one, two));
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, "a\r\n" + one + "b\r\n" + two + "c")})), "");
}

TEST(MailParts, FindArmorWhereverItStandsInAText) {
  for (const std::size_t before : {65'536UL - 27, 65'536UL - 13, 65'536UL - 1, 65'536UL, 65'536UL + 5, 200'000UL}) {
    const std::string text = std::string(before - 1, 'x') + "\n" + Armor(1, 1) + std::string(70'000, 'y') + "\n";
    EXPECT_THAT(PartsOf(Mixed({Part(kText, text + Armor(2, 9))})).encrypted, SizeIs(2)) << before;
  }
}

TEST(MailParts, AreNamedAndHaveTheSetOfTheNearestHeader) {
  const std::string mail =
      Mixed({Part("Content-Type: application/octet-stream; name=IM1.dcm.gpg\r\n"
                  "X-TELEMEDICINE-SETID: s\r\nX-TELEMEDICINE-SETPART: 1\r\n"
                  "X-TELEMEDICINE-SETTOTAL: 2",
                  Armor(1))});
  const MailParts parts = PartsOf(mail);
  ASSERT_THAT(parts.encrypted, SizeIs(1));
  EXPECT_EQ(parts.encrypted[0].name, "IM1.dcm");
  EXPECT_EQ(parts.encrypted[0].set->id, "s");
}

TEST(MailParts, InAlternativesAreTheSameOnce) {
  const std::string html = "<pre>" + Armor(1) + "</pre>";
  const std::string mail = Mixed({Part(kText, Armor(1)), Part("Content-Type: text/html", html)}, "alternative");
  EXPECT_THAT(PartsOf(mail).encrypted, SizeIs(1));
  EXPECT_EQ(LeftoverOf(mail), "");
}

TEST(MailParts, OfAnEnclosedMailNameItsSender) {
  const std::string enclosed = "Content-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\n\r\n" + Armor(1) + "\r\n";
  const MailParts parts = PartsOf(Mixed({Part(kFile, Armor(2)), enclosed}));
  ASSERT_THAT(parts.encrypted, SizeIs(2));
  EXPECT_EQ(parts.encrypted[0].from, "");
  EXPECT_EQ(parts.encrypted[1].from, "c@d.example");
}

TEST(MailParts, HarmlessOnesLeaveNothingOver) {
  for (const std::string& part :
       {Part(kText, "Disclaimer"), Part("Content-Type: text/html", "<p>x</p>"),
        Part("Content-Type: text/plain; name=ATT00001.txt", "x"), Part("Content-Type: text/vcard; name=a.vcf", "x"),
        Part("Content-Type: application/pkcs7-signature; name=smime.p7s", "x"),
        Part("Content-Type: application/octet-stream; name=k.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n"),
        Part("Content-Type: application/octet-stream; name=a.sig", "\x88\x10xyz"), Part(kText, " ")}) {
    EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(1)), part})), "") << part;
  }
}

TEST(MailParts, OthersAreLeftOver) {
  for (const std::string& part :
       {Part("Content-Type: image/jpeg; name=a.jpg", "x"), Part("Content-Type: application/dicom", "x"),
        Part("Content-Type: text/plain; name=Befund.txt", "x"),
        Part("Content-Type: application/pdf",
             ""
             "%PDF-"),
        Part("Content-Type: application/octet-stream; name=IM2.dcm.gpg", ""),
        Part("Content-Type: application/octet-stream", ""),
        Part("Content-Type: application/pkcs7-mime; name=smime.p7m", "x"),
        Part("Content-Type: text/vcard", std::string(1 << 21, 'x')), Part(kText, std::string("a\0b", 3))}) {
    EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(1)), part})), "part-not-opened") << part.substr(0, 80);
  }
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(1)), Part("Content-Type: application/ms-tnef", "x")})), "winmail-dat");
}

TEST(MailParts, MayLackSomeWhereTheMailWasCut) {
  const std::string mail = Mixed({Part(kFile, Armor(1))});
  EXPECT_EQ(LeftoverOf(mail.substr(0, mail.size() - 9)), "mail-damaged");
}

TEST(FindWrappedMail, IsTheOnlyOneBesideHarmlessParts) {
  const auto find = [](const std::string& mail) {
    const UniqueFd fd = FileWith(mail);
    return FindWrappedMail(fd.get(), mail.size(), {}).value();
  };
  const std::string enclosed = Part("Content-Type: message/rfc822", "From: a@b\r\n\r\nx");
  EXPECT_TRUE(find(Mixed({Part("Content-Type: text/html", "<p>"), enclosed})));
  EXPECT_EQ(find(Mixed({enclosed}))->body.length, std::string("From: a@b\r\n\r\nx").size());
  EXPECT_FALSE(find(Mixed({enclosed, enclosed})));
  EXPECT_FALSE(find(Mixed({enclosed, Part("Content-Type: image/png; name=a.png", "x")})));
  EXPECT_FALSE(find(Mixed({enclosed, Part(kText, Armor(1))})));
  EXPECT_FALSE(find(Mixed({Part(kText, "x")})));
}

std::string TextOf(const std::string& html) {
  HtmlTextSource text(std::make_unique<StringSource>(html));
  return ReadInPieces(text);
}

TEST(HtmlText, IsWhatABrowserShowsOfArmor) {
  EXPECT_EQ(TextOf("<p>a&#43;b&#x3D;&amp;&plus;</p>\r\n<div>c</div><div><br></div>d<br>\r\ne"), "a+b=&+\nc\n\nd\ne");
  EXPECT_EQ(TextOf("<pre>a\n\n  b</pre>"), "a\n\n  b\n");
  EXPECT_EQ(TextOf("a &unknown; & b < c"), "a &unknown; & b < c");
}

TEST(HtmlText, HidesNoArmor) {
  const std::string armor = Armor(40, 5);
  std::string page = "<html><body><p>Hallo</p>";
  for (const char c : armor) page += c == '\n' ? "<br>\r\n" : c == '+' ? "&#43;" : std::string(1, c);
  EXPECT_THAT(ArmorIn("From: a@b\r\nContent-Type: text/html\r\n\r\n" + page + "</body>"), ElementsAre(armor));
}

std::vector<std::string> ContentsOf(const std::string& entity) {
  std::vector<std::string> contents;
  for (const ReadPart& part : ReadInner(entity).parts) contents.push_back(part.content);
  return contents;
}

TEST(InnerEntity, ThatIsATextWithColonsIsNoHeader) {
  const std::string text = "Befund: unauffaellig\r\nBeurteilung: gut\r\n\r\nEnde\r\n";
  EXPECT_THAT(ContentsOf(text), ElementsAre(text));
}

TEST(InnerEntity, HasTrimmingsThatAreNoDocuments) {
  const std::string pdf = Part("Content-Type: application/pdf", "%PDF-1");
  EXPECT_THAT(ContentsOf(Mixed({Part(kText, "\r\n"), pdf, Part("Content-Type: application/pgp-keys", "k")})),
              SizeIs(1));
  EXPECT_THAT(
      ContentsOf(Mixed({Part(kText, "Befund"), Part("Content-Type: text/html", "<p>Befund</p>")}, "alternative")),
      ElementsAre("Befund"));
  EXPECT_THAT(ContentsOf(Mixed({Part("Content-Type: text/vcard", "x")})), IsEmpty());
  EXPECT_THAT(ContentsOf(Mixed({Part("Content-Type: application/dicom", "")})), SizeIs(1)) << "something is missing";
}

TEST(InnerEntity, TellsWhatItsSignatureDoesNotCover) {
  const std::string set = "X-TELEMEDICINE-SETID: s\r\nX-TELEMEDICINE-SETPART: 1\r\nX-TELEMEDICINE-SETTOTAL: 1\r\n";
  const std::string signature = Part("Content-Type: application/pgp-signature", "-----BEGIN PGP SIGNATURE-----");
  const std::string pdf = Part("Content-Type: application/pdf", "%PDF-1");
  ReadEntity read = ReadInner("X-TELEMEDICINE-STUDYID: 1.2\r\n" + set + Mixed({pdf, signature}, "signed"));
  EXPECT_TRUE(read.summary.set_is_of_wrapper);
  EXPECT_TRUE(read.parts.at(0).part.study_id_is_of_wrapper);
  EXPECT_FALSE(read.summary.leftover);
  read = ReadInner(Mixed({set + "X-TELEMEDICINE-STUDYID: 1.2\r\n" + pdf, signature, pdf}, "signed"));
  EXPECT_FALSE(read.summary.set_is_of_wrapper);
  EXPECT_FALSE(read.parts.at(0).part.study_id_is_of_wrapper);
  ASSERT_TRUE(read.summary.leftover);
  EXPECT_EQ(read.summary.leftover->code, "part-not-signed");
}

TEST(InnerEntity, TellsWhetherItIsAll7bit) {
  const auto is_7bit = [](const std::string& encoding, const std::string& body) {
    return ReadInner("Content-Type: application/dicom\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body)
        .summary.all_7bit;
  };
  EXPECT_TRUE(is_7bit("base64", "AAAA"));
  EXPECT_TRUE(is_7bit("7bit", "abc\r\n"));
  EXPECT_FALSE(is_7bit("binary", std::string("a\0", 2)));
  EXPECT_FALSE(is_7bit("8bit", "\xE4"));
}

}  // namespace
}  // namespace gateway::mime
