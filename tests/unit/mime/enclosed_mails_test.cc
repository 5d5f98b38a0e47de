// Mails that a mail encloses in base64 or quoted-printable, more than one of them.
#include <gmock/gmock.h>
#include <sys/mman.h>

#include <array>
#include <vector>

#include "base/base64.h"
#include "mime/encrypted_leaf.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Enclosed(const std::string& mail, const std::string& type = "message/rfc822") {
  std::string text;
  AppendBase64Lines(mail, 76, text);
  return Part("Content-Type: " + type + "\r\nContent-Transfer-Encoding: base64", text);
}

std::string MailWith(const std::string& body, const std::string& from = "c@d.example") {
  return "From: " + from + "\r\nMessage-ID: <" + from + ">\r\nContent-Type: text/plain\r\n\r\n" + body;
}

struct Found {
  MailParts parts;
  std::vector<std::string> armor;
  std::string leftover;
  std::size_t files = 0;
  bool look = false;
};

class EnclosedMails : public testing::Test {
 protected:
  Found Search(const std::string& mail, const ReadLimits& limits = {}) {
    const UniqueFd fd = FileWith(mail);
    std::vector<UniqueFd> files;
    const MakeFile make_file = [&]() -> Result<int> {
      files.emplace_back(::memfd_create("copy", 0));
      return files.back().get();
    };
    Found found;
    const auto look = LookForEncrypted(fd.get(), mail.size(), limits, make_file);
    found.look = look && look->encrypted;
    files.clear();
    auto parts = FindMailParts(fd.get(), mail.size(), limits, make_file);
    EXPECT_TRUE(parts.ok()) << parts.error().code;
    if (!parts) return found;
    found.parts = *parts;
    found.leftover = parts->leftover ? parts->leftover->code : "";
    found.files = files.size();
    for (const EncryptedLeaf& leaf : parts->encrypted) {
      std::string text = ReadAll(**OpenEncryptedLeaf(fd.get(), leaf));
      std::erase(text, '\r');
      const std::size_t end = text.find("-----END PGP MESSAGE-----\n");
      found.armor.push_back(text.substr(0, end + 26));
    }
    return found;
  }
};

TEST_F(EnclosedMails, OfTwoInBase64BothAreFound) {
  for (const char* type : {"message/rfc822", "message/global"}) {
    const Found found = Search(Mixed({Part(kText, "Disclaimer"), Enclosed(MailWith(Armor(9, 1), "c@d.example"), type),
                                      Enclosed(MailWith(Armor(9, 20), "e@f.example"), type)}));
    EXPECT_TRUE(found.look);
    EXPECT_THAT(found.armor, ElementsAre(Armor(9, 1), Armor(9, 20)));
    EXPECT_EQ(found.leftover, "");
    ASSERT_THAT(found.parts.encrypted, SizeIs(2));
    EXPECT_EQ(found.parts.encrypted[0].from, "c@d.example");
    EXPECT_EQ(found.parts.encrypted[1].from, "e@f.example");
    EXPECT_EQ(found.parts.encrypted[1].message_id, "e@f.example");
  }
}

TEST_F(EnclosedMails, BesideAnotherEncryptedPartAreFound) {
  const std::string inner = Mixed({Part(kFile, Armor(9, 20)), Part(kFile, Armor(9, 40))});
  const Found found = Search(Mixed({Part(kFile, Armor(9, 1)), Enclosed(inner)}));
  EXPECT_THAT(found.armor, ElementsAre(Armor(9, 1), Armor(9, 20), Armor(9, 40)));
  EXPECT_EQ(found.leftover, "");
  EXPECT_EQ(found.parts.encrypted[0].from, "");
  EXPECT_EQ(found.parts.encrypted[1].from, "a@b.example");
}

TEST_F(EnclosedMails, InEnclosedMailsAreFound) {
  const std::string two = Mixed({Enclosed(MailWith(Armor(9, 1))), Enclosed(MailWith(Armor(9, 20)))});
  EXPECT_THAT(Search(Mixed({Enclosed(two), Enclosed(MailWith(Armor(9, 40)))})).armor,
              ElementsAre(Armor(9, 40), Armor(9, 1), Armor(9, 20)));
}

TEST_F(EnclosedMails, InQuotedPrintableAreFound) {
  const std::string mail = Replaced(MailWith(Armor(9, 1)), "=", "=3D");
  const std::string part =
      Part("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable", mail + "\r\n");
  EXPECT_THAT(Search(Mixed({part, part})).armor, ElementsAre(Armor(9, 1), Armor(9, 1)));
}

TEST_F(EnclosedMails, ThatAreLettersAreHarmless) {
  const std::string letter = MailWith("Sehr geehrte Damen und Herren");
  EXPECT_FALSE(Search(Mixed({Enclosed(letter), Enclosed(letter)})).look);
  const Found found = Search(Mixed({Part(kFile, Armor(9, 1)), Enclosed(letter)}));
  EXPECT_THAT(found.armor, SizeIs(1));
  EXPECT_EQ(found.leftover, "");
}

TEST_F(EnclosedMails, WithSomethingThatNobodyOpensAreLeftOver) {
  const std::string image = Mixed({Part("Content-Type: image/jpeg; name=a.jpg", "\xFF\xD8\xFF\xE0x")});
  for (const std::string& part :
       {Enclosed(image), Enclosed(MailWith("> " + Armor(9, 7))), Enclosed(std::string(128, '\0') + "DICMx"),
        Enclosed("%PDF-1.4\nx: y"), Enclosed("<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:x\"/>"),
        Enclosed("")}) {
    const Found found = Search(Mixed({Part(kFile, Armor(9, 1)), part}));
    EXPECT_THAT(found.armor, ElementsAre(Armor(9, 1)));
    EXPECT_EQ(found.leftover, "part-not-opened") << part;
  }
}

TEST_F(EnclosedMails, ThatAreDamagedDoNotHinderTheOthers) {
  const std::string damaged = "From: a@b\r\nContent-Type: multipart/mixed\r\n\r\nno boundary";
  const Found found = Search(Mixed({Part(kFile, Armor(9, 1)), Enclosed(damaged), Enclosed(MailWith(Armor(9, 20)))}));
  EXPECT_THAT(found.armor, ElementsAre(Armor(9, 1), Armor(9, 20)));
  EXPECT_EQ(found.leftover, "mail-damaged");
}

TEST_F(EnclosedMails, AreBoundedInNumberAndDepth) {
  std::vector<std::string> many(150, Enclosed(MailWith("x")));
  many.insert(many.begin(), Part(kFile, Armor(9, 1)));
  const Found wide = Search(Mixed(many));
  EXPECT_THAT(wide.armor, SizeIs(1));
  EXPECT_EQ(wide.leftover, "too-many-parts");
  EXPECT_EQ(wide.files, 100U);

  std::string mail = Mixed({Part(kFile, Armor(1, 1))});
  for (int i = 0; i < 10; ++i) mail = Mixed({Part(kFile, Armor(1, 1)), Enclosed(mail)});
  ReadLimits limits;
  limits.depth = 4;
  const Found deep = Search(mail, limits);
  EXPECT_THAT(deep.armor, SizeIs(4));
  EXPECT_EQ(deep.leftover, "mime-too-deep");
  // All copies together are bounded as well.
  const Found large = Search(mail);
  EXPECT_EQ(large.leftover, "mail-too-large");
}

TEST_F(EnclosedMails, CountTogetherWithTheOuterMail) {
  ReadLimits limits;
  limits.parts = 4;
  const std::string inner = Mixed({Part(kText, "a"), Part(kText, "b"), Part(kText, "c")});
  const Found found = Search(Mixed({Part(kFile, Armor(9, 1)), Part(kText, "x"), Enclosed(inner)}), limits);
  EXPECT_THAT(found.armor, SizeIs(1));
  EXPECT_EQ(found.leftover, "too-many-parts");
}

}  // namespace
}  // namespace gateway::mime
