// All that a mail holds: what is encrypted, what is harmless beside it, what nobody may lose.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/base64.h"
#include "base/files.h"
#include "mime/armor_scan.h"
#include "mime/encrypted_leaf.h"
#include "mime/html_text.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

TEST(MailParts, OfEnclosedMailsEachHasItsOwnHeader) {
  const auto enclosed = [](const std::string& header) {
    return Part("Content-Type: message/rfc822", header + "\r\n\r\n" + Armor(1));
  };
  const MailParts parts = PartsOf(Mixed({Part(kText, Armor(2)),
                                         enclosed("From: a@b.example\r\nMessage-ID: <1@b>\r\n"
                                                  "Disposition-Notification-To: <c@b.example>"),
                                         enclosed("From: d@b.example")}));
  ASSERT_EQ(parts.encrypted.size(), 3U);
  const auto header = [&](std::size_t at) {
    const EncryptedLeaf& leaf = parts.encrypted[at];
    return std::tuple(leaf.from, leaf.message_id, leaf.receipt_to);
  };
  EXPECT_EQ(header(0), std::tuple("", "", ""));
  EXPECT_EQ(header(1), std::tuple("a@b.example", "1@b", "c@b.example"));
  EXPECT_EQ(header(2), std::tuple("d@b.example", "", ""));
}

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

TEST(MailParts, InAlternativesAreEachOpenedWhereTheyDiffer) {
  const std::string html = "Content-Type: text/html";
  const std::string text_and_page =
      Mixed({Part(kText, Armor(9, 1)), Part(html, "<pre>" + Armor(9, 7) + "</pre>")}, "alternative");
  EXPECT_THAT(ArmorIn(text_and_page), ElementsAre(Armor(9, 1), Armor(9, 7)));
  EXPECT_EQ(LeftoverOf(text_and_page), "");
  const std::string texts = Mixed({Part(kText, Armor(9, 1)), Part(kText, Armor(9, 7))}, "alternative");
  EXPECT_THAT(ArmorIn(texts), ElementsAre(Armor(9, 1), Armor(9, 7)));
  // One of two is the same.
  EXPECT_THAT(ArmorIn(Mixed({Part(kText, Armor(9, 1)), Part(kText, Armor(9, 1) + "\n" + Armor(9, 7))}, "alternative")),
              ElementsAre(Armor(9, 1), Armor(9, 7)));
}

TEST(MailParts, InAlternativesAreTheSameHoweverTheirLinesAreBroken) {
  std::string one_line = Armor(9, 1);
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  std::string quoted = "> " + Replaced(Armor(9, 1), "\n", "\n> ");
  const std::string related = "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" +
                              Part("Content-Type: text/html", "<pre>" + Armor(9, 1) + "</pre>") + "--r--\r\n";
  for (const std::string& other : {Part(kText, quoted), Part("Content-Type: text/html", "<p>" + one_line + "</p>"),
                                   Part("Content-Type: text/html", "<i>x</i> " + one_line), related}) {
    const std::string mail = Mixed({Part(kText, Armor(9, 1)), other}, "alternative");
    EXPECT_THAT(PartsOf(mail).encrypted, SizeIs(1)) << other;
    EXPECT_EQ(LeftoverOf(mail), "") << other;
  }
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
        Part("Content-Type: text/plain; name=ATT00001.txt", "x"),
        Part("Content-Type: text/vcard; name=a.vcf", "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD"),
        Part("Content-Type: application/pkcs7-signature; name=smime.p7s",
             std::string("0\x82\x07\x08\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0", 16)),
        Part("Content-Type: application/octet-stream; name=k.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n"),
        Part("Content-Type: application/octet-stream; name=a.sig", std::string("\x88\x03\x04\0x", 5)),
        Part(kText, " ")}) {
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

// What `text` is, where a mail program made it of armor that could be opened before.
std::vector<std::string> Unreadable(const std::string& armor) {
  const std::string first = "-----BEGIN PGP MESSAGE-----";
  return {Replaced(armor, first, "-----BEGIN PGP MESSAGE, PART 1/1-----"),
          Replaced(armor, first, "-----BEGIN PGP MESSAGE, PART 01-----"),
          Replaced(armor, first, "----BEGIN PGP MESSAGE----"),
          Replaced(armor, first, "BEGIN PGP MESSAGE"),
          Replaced(armor, first, "\xE2\x80\x94-BEGIN PGP\xC2\xA0MESSAGE\xE2\x80\x94-"),
          Replaced(armor, first, "=====begin pgp message====="),
          Replaced(armor, first, "- -----BEGIN PGP MESSAGE-----"),
          Replaced(armor, first, "Chef wrote: -----BEGIN PGP MESSAGE-----"),
          Replaced(armor, first, ""),
          "> " + Replaced(armor, "\n", "\n> "),
          ">>" + Replaced(armor, "\n", "\n>>"),
          "   " + Replaced(armor, "\n", "\n   "),
          "\t" + Replaced(armor, "\n", "\n\t"),
          "| " + Replaced(armor, "\n", "\n| "),
          "x: " + Replaced(armor, "\n", " ")};
}

TEST(MailParts, LeaveOverArmorThatNobodyCanOpen) {
  for (const std::string& text : Unreadable(Armor(40, 7))) {
    for (const std::string& mail :
         {Mixed({Part(kFile, Armor(9, 1)), Part(kText, text)}), Mixed({Part(kText, Armor(9, 1) + "\n" + text)}),
          Mixed({Part(kText, text + "\n" + Armor(9, 1))}),
          Mixed({Part(kText, Armor(9, 1)), Part("Content-Type: text/html", "<pre>" + text + "</pre>")}, "alternative"),
          Mixed({Part(kFile, Armor(9, 1) + "\r\n" + text)}), Mixed({Part(kFile, Armor(9, 1))}) + text,
          Replaced(Mixed({Part(kFile, Armor(9, 1))}), "\r\n\r\n--=_o\r\n", "\r\n\r\n" + text + "\r\n--=_o\r\n")}) {
      EXPECT_THAT(PartsOf(mail).encrypted, SizeIs(1)) << mail;
      EXPECT_EQ(LeftoverOf(mail), "part-not-opened") << mail;
    }
  }
}

TEST(MailParts, LeaveOverArmorBetweenTheParts) {
  const std::string mail = Mixed({Part(kFile, Armor(9, 1))});
  EXPECT_EQ(LeftoverOf(mail + Armor(9, 7)), "part-not-opened");
  EXPECT_EQ(LeftoverOf(Replaced(mail, "\r\n\r\n--=_o\r\n", "\r\n\r\n" + Armor(9, 7) + "--=_o\r\n")), "part-not-opened");
  const std::string inner = "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" + Part(kText, "x") + "--i--\r\n";
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9, 1)), inner + Armor(9, 7)})), "part-not-opened");
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9, 1)), inner + "This is a multi-part message.\r\n"})), "");
  // What is opened anyway is not lost.
  EXPECT_EQ(LeftoverOf(mail + Armor(9, 1)), "");
}

TEST(MailParts, LeaveOverArmorThatNoBrowserShows) {
  EXPECT_EQ(LeftoverOf(
                Mixed({Part(kFile, Armor(9, 1)), Part("Content-Type: text/html", "<p>x<!--\n" + Armor(9, 7) + "-->")})),
            "part-not-opened");
  EXPECT_EQ(LeftoverOf(Mixed(
                {Part(kFile, Armor(9, 1)), Part(kText + "\r\nContent-Transfer-Encoding: base64", "> " + Armor(9, 7))})),
            "part-not-opened");
}

TEST(MailParts, LeaveNothingOverOfWhatOnlyTalksOfArmor) {
  std::string photo;
  AppendBase64Lines("\xFF\xD8\xFF\xE0" + RandomBytes(7, 2000), 76, photo);
  const std::string key = ReadWhole(std::filesystem::path(TEST_DATA_DIR) / "mails/keys/receiver.public.asc");
  std::string certificate;
  AppendBase64Lines("0\x82\x02\x01\x30" + RandomBytes(3, 0x200), 64, certificate);
  for (const std::string& text :
       {std::string("Please copy from -----BEGIN PGP MESSAGE----- to -----END PGP MESSAGE----- into your program."),
        key, Replaced(key, "PUBLIC KEY BLOCK", "SIGNATURE"), "> " + Replaced(key, "\n", "\n> "),
        "> -----BEGIN CERTIFICATE-----\n" + certificate + "-----END CERTIFICATE-----\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n" + Replaced(key, "PUBLIC KEY BLOCK", "SIGNATURE"),
        "https://safelinks.example/?url=" + std::string(3000, 'a') + "\n", "Gr\xC3\xBC\xC3\x9F" + std::string("e\n")}) {
    EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9, 1)), Part(kText, text)})), "") << text;
  }
  EXPECT_EQ(
      LeftoverOf(Mixed({Part(kFile, Armor(9, 1)), Part("Content-Type: text/vcard; name=a.vcf",
                                                       "BEGIN:VCARD\r\nPHOTO;TYPE=JPEG;ENCODING=b:\r\n " +
                                                           Replaced(photo, "\r\n", "\r\n ") + "\r\nEND:VCARD\r\n")})),
      "");
}

TEST(MailParts, AreFoundHoweverTheTextIsRead) {
  for (std::size_t before = 65'536 - 30; before < 65'536 + 3; ++before) {
    std::string text(before, 'x');
    for (std::size_t i = 60; i < before; i += 60) text[i] = '\n';
    text += "\n> -----BEGIN PGP MESSAGE-----\n";
    EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9, 1)), Part(kText, Replaced(text, "xxx", "x x"))})),
              "part-not-opened")
        << before;
  }
}

// Some gateways make one line of a text.
std::string InOneLine(const std::string& text, const std::string& before, std::size_t position) {
  std::string line;
  while (line.size() < position) line += "word ";
  return line.substr(0, position) + before + Replaced(text, "\n", before);
}

ArmorScan ScanOf(const std::string& text) {
  const UniqueFd fd = FileWith(text);
  FdSource source(fd.get(), {0, text.size()});
  return ScanForArmor(source, Fingerprints::make).value();
}

// Each letter in two bytes, the low one first or the high one.
std::string Wide(const std::string& text, bool little, std::size_t width = 2) {
  std::string wide;
  for (const char c : text) {
    std::string letter(width, '\0');
    letter[little ? 0 : width - 1] = c;
    wide += letter;
  }
  return wide;
}

std::string Coded(const std::string& type, const std::string& text) {
  std::string lines;
  AppendBase64Lines(text, 76, lines);
  return Part("Content-Type: " + type + "\r\nContent-Transfer-Encoding: base64", lines);
}

// Windows programs write text in UTF-16.
TEST(MailParts, FindArmorWhateverTheCharacterSetOfItsText) {
  const std::string armor = Armor(1);
  const std::string text = "Guten Tag,\r\n\r\n" + armor + "\r\nGru\xDF\r\n";
  for (const auto& [type, content] : std::vector<std::pair<std::string, std::string>>{
           {"text/plain; charset=utf-16", "\xFF\xFE" + Wide(text, true)},
           {"text/plain; charset=UTF-16", "\xFE\xFF" + Wide(text, false)},
           {"text/plain; charset=utf-16", Wide(text, true)},
           {"text/plain; charset=utf-16", Wide(text, false)},
           {"text/plain; charset=\"utf-16le\"", Wide(text, true)},
           {"text/plain; charset=utf-16be", Wide(armor, false)},
           {"text/plain; charset=utf-32le", Wide(text, true, 4)},
           {"text/plain", "\xFF\xFE" + Wide(armor, true)},
           {"text/plain; charset=us-ascii", "\xFF\xFE" + Wide(text, true)},
           {"application/octet-stream", "\xFF\xFE" + Wide(armor, true)},
           {"text/html; charset=utf-16", "\xFF\xFE" + Wide("<pre>" + armor + "</pre>", true)},
           {"text/plain; charset=utf-16", armor}}) {
    const std::string mail = Mixed({Coded(type, content)}, "mixed");
    const std::vector<std::string> found = ArmorIn(mail);
    ASSERT_THAT(found, SizeIs(1)) << type;
    std::string wanted = armor;
    std::erase(wanted, '\r');
    EXPECT_EQ(found[0], wanted) << type;
    EXPECT_FALSE(PartsOf(mail).leftover) << type << ": " << PartsOf(mail).leftover->detail;
  }
  // In the letters of another machine, and in those that mail programs once used for 7 bits.
  std::string seven = armor;
  for (std::size_t at = 0; (at = seven.find('+', at)) != std::string::npos; at += 2) seven.insert(at + 1, "-");
  EXPECT_THAT(ArmorIn(Mixed({Coded("text/plain; charset=utf-7", seven)}, "mixed")), SizeIs(1));
  EXPECT_THAT(ArmorIn(Mixed({Coded("text/plain; charset=nobody-knows-it", armor)}, "mixed")), SizeIs(1));
}

TEST(ArmorScan, SeesAMarkWhereverItStandsInALongLine) {
  for (const std::string before : {" > ", "\t|"}) {
    const std::string alone = ScanOf(InOneLine(Armor(40, 7), before, 0)).blocks.at(0).fingerprint;
    for (std::size_t position = 65'536 - 1100; position < 65'536 + 40; position += position < 65'536 - 60 ? 211 : 3) {
      for (const std::size_t pieces : {0, 2}) {
        const ArmorScan scan = ScanOf(InOneLine(Armor(40, 7), before, position + pieces * (65'536 - 1024)));
        ASSERT_THAT(scan.blocks, SizeIs(1)) << position << before;
        EXPECT_EQ(scan.blocks[0].fingerprint, alone) << position << before;
        EXPECT_FALSE(scan.blocks[0].opens);
      }
    }
  }
}

TEST(ArmorScan, KnowsWhatStandsBeforeAPieceOfALongLine) {
  for (std::size_t size = 65'536 - 1064; size<65'536 + 5; size += size> 65'536 - 1020 && size < 65'536 - 40 ? 89 : 4) {
    // No mark, as it is the end of a word, and nobody's armor, as it is prose.
    const std::string x(size, 'x');
    EXPECT_THAT(ScanOf("- " + x + "BEGIN PGP MESSAGE\n").blocks, IsEmpty()) << size;
    EXPECT_THAT(ScanOf("so " + std::string(size, ' ') + "BEGIN PGP MESSAGE\n").blocks, IsEmpty()) << size;
    EXPECT_THAT(ScanOf(std::string(size, ' ') + "BEGIN PGP MESSAGE, he said\n").blocks, IsEmpty()) << size;
    EXPECT_THAT(ScanOf(std::string(size, ' ') + "BEGIN PGP MESSAGE\n").blocks, SizeIs(1)) << size;
  }
}

TEST(ArmorScan, SeesAMarkBehindTheLastLineOfArmor) {
  const std::string armor = Armor(9, 1);
  EXPECT_THAT(ScanOf(Replaced(armor, "-----END PGP MESSAGE-----\n", "-----END PGP MESSAGE-----") + " > " +
                     Replaced(Armor(40, 7), "\n", " > "))
                  .blocks,
              SizeIs(2));
}

// Each mark looked back to the start of its line.
TEST(ArmorScan, ManyMarksInALineCostNoMoreThanInMany) {
  std::string line(32'000, '-');
  while (line.size() < 64'000) line += "BEGIN PGP MESSAGE ";
  std::string text;
  for (int i = 0; i < 100; ++i) text += line + "x\n";
  EXPECT_THAT(ScanOf(text).blocks, IsEmpty());
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
  EXPECT_FALSE(find(Mixed({enclosed, Part(kText, std::string(20'000, '\n') + Armor(1))})));
  EXPECT_FALSE(find(Mixed({enclosed, Part(kText, "> " + Armor(1))})));
  const std::string sealed = Part("Content-Type: application/octet-stream", Armor(1));
  EXPECT_FALSE(find(Mixed({enclosed, sealed})));
  EXPECT_FALSE(find(Mixed({sealed, enclosed})));
  EXPECT_FALSE(find(Mixed({enclosed}) + Armor(1)));
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

// Whatever "<" begins is looked at once, so that such a page takes no longer than another.
TEST(HtmlText, OfTagsWithoutAnEndIsTheirText) {
  const std::string open(3'000'000, '<');
  EXPECT_EQ(TextOf(open), open);
  EXPECT_EQ(TextOf(open + "b>x"), open.substr(0, open.size() - 65'535) + "x");
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
  EXPECT_THAT(ContentsOf(Mixed({Part(kText, "\r\n"), pdf,
                                Part("Content-Type: application/pgp-keys", "-----BEGIN PGP PUBLIC KEY BLOCK-----")})),
              SizeIs(1));
  EXPECT_THAT(
      ContentsOf(Mixed({Part(kText, "Befund"), Part("Content-Type: text/html", "<p>Befund</p>")}, "alternative")),
      ElementsAre("Befund"));
  EXPECT_THAT(ContentsOf(Mixed({Part("Content-Type: text/vcard", "BEGIN:VCARD\r\nEND:VCARD")})), IsEmpty());
  EXPECT_THAT(ContentsOf(Mixed({Part("Content-Type: application/dicom", "")})), SizeIs(1)) << "something is missing";
}

TEST(InnerEntity, TellsOfArmorInWhatIsNoDocument) {
  const auto leftover = [](const std::string& entity) {
    const ReadEntity read = ReadInner(entity);
    return read.summary.leftover ? read.summary.leftover->code : "";
  };
  const std::string pdf = Part("Content-Type: application/pdf", "%PDF-1");
  EXPECT_EQ(leftover(Mixed({pdf}) + "--\r\nyours"), "");
  EXPECT_EQ(leftover(Mixed({pdf}) + Armor(9)), "part-not-opened");
  EXPECT_EQ(leftover(Mixed({pdf}) + "> " + Armor(9)), "part-not-opened");
  const std::string page = Part("Content-Type: text/html", "<pre>" + Armor(9) + "</pre>");
  EXPECT_THAT(ContentsOf(Mixed({Part(kText, "Befund"), page}, "alternative")), SizeIs(2)) << "it says more";
  const std::string hidden = Part("Content-Type: text/html", "<p>Befund</p><!-- " + Armor(9) + " -->");
  EXPECT_EQ(leftover(Mixed({Part(kText, "Befund"), hidden}, "alternative")), "part-not-opened");
  EXPECT_EQ(leftover(Mixed({Part(kText, "Befund"), Part("Content-Type: text/html", "<p>Befund")}, "alternative")), "");
}

TEST(InnerEntity, HasAPageThatSaysMoreThanItsText) {
  const auto documents = [](const std::string& text, const std::string& page, const std::string& fields = "") {
    return ContentsOf(Mixed({Part(kText, text), Part("Content-Type: text/html" + fields, page)}, "alternative")).size();
  };
  EXPECT_EQ(documents(" ", "<p>Befund: Fraktur</p>"), 1U);
  EXPECT_EQ(documents("Guten Tag", "<p>Guten Tag</p><p>Befund: Fraktur</p>"), 2U);
  EXPECT_EQ(documents("Befund: Fraktur", "<p>Befund:&nbsp;<b>Fraktur</b></p>"), 1U);
  EXPECT_EQ(documents("Gr\xC3\xBC\xC3\x9F"
                      "e",
                      "<style>p { color: red }</style><title>x</title><p>Gr&uuml;&szlig;e"),
            1U);
  EXPECT_EQ(documents("Befund", "<p>Befund", "\r\nContent-Disposition: attachment"), 2U);
  EXPECT_EQ(documents("Befund", "<p>Befund", "; name=Befund.html"), 2U);
  EXPECT_EQ(documents("Befund", "<p>Befund<img src=\"data:image/png;base64,iVBORw0KGgoAAA\">"), 2U);
  EXPECT_EQ(documents("Befund", "PK\x03\x04xx<p>Befund"), 2U);
  EXPECT_EQ(documents("Befund", "Befund"), 2U) << "it is no page";
}

TEST(InnerEntity, HasARepeatedHeaderThatIsNoDocument) {
  const auto documents = [](const std::string& body, const std::string& fields = "") {
    return ContentsOf(Mixed({Part(kText + "; protected-headers=v1" + fields, body)})).size();
  };
  EXPECT_EQ(documents("Subject: Bilder\r\nFrom: a@b.example\r\n"), 0U);
  EXPECT_EQ(documents("Befund: Fraktur"), 1U);
  EXPECT_EQ(documents("Subject: Bilder\r\n\r\nFraktur"), 1U);
  EXPECT_EQ(documents("Subject: Bilder", "; name=Befund.txt"), 1U);
}

TEST(InnerEntity, TellsOfAPartBehindTheLast) {
  const std::string entity = Mixed({Part("Content-Type: application/pdf", "%PDF-1")});
  const std::size_t last = entity.rfind("\r\n--");
  const std::string boundary = entity.substr(last + 2, entity.rfind("--") - last - 2);
  const ReadEntity read = ReadInner(entity + boundary + "\r\n\r\nBefund: Fraktur\r\n" + boundary + "--\r\n");
  ASSERT_TRUE(read.summary.leftover);
  EXPECT_EQ(read.summary.leftover->code, "part-not-opened");
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
