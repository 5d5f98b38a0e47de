#include "mail/imap_syntax.h"

#include <gtest/gtest.h>

namespace gateway::mail {
namespace {

TEST(ImapSyntax, QuotesFolderNames) {
  EXPECT_EQ(*QuotedFolder("INBOX"), "\"INBOX\"");
  EXPECT_EQ(*QuotedFolder("From others"), "\"From others\"");
  EXPECT_EQ(*QuotedFolder("a\"b\\c"), "\"a\\\"b\\\\c\"");
}

TEST(ImapSyntax, WritesFolderNamesInModifiedUtf7) {
  EXPECT_EQ(*QuotedFolder("Entwürfe"), "\"Entw&APw-rfe\"");
  EXPECT_EQ(*QuotedFolder("~peter/mail/台北/日本語"), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");  // RFC 3501 section 5.1.3
  EXPECT_EQ(*QuotedFolder("this & that"), "\"this &- that\"");
  EXPECT_EQ(*QuotedFolder("\xF0\x9F\x92\xBE"), "\"&2D3cvg-\"");
}

TEST(ImapSyntax, FolderNamesCannotHoldCommands) {
  for (const std::string name : {"", "a\r\ng9 DELETE b", "a\nb", "\x7f", "\xff\xfe"}) {
    const auto quoted = QuotedFolder(name);
    ASSERT_FALSE(quoted) << name;
    EXPECT_EQ(quoted.error().code, "imap-refused");
  }
  EXPECT_FALSE(QuotedFolder(std::string("a\0b", 3)));
  EXPECT_FALSE(QuotedFolder(std::string(501, 'a')));
}

TEST(ImapSyntax, UidSetsHoldJustTheseUids) {
  EXPECT_TRUE(UidSets({}).empty());
  EXPECT_EQ(UidSets({9, 3, 7, 8, 8, 4294967295}), std::vector<std::string>({"3,7:9,4294967295"}));
}

TEST(ImapSyntax, UidSetsAreBounded) {
  std::vector<std::uint32_t> odd;
  for (std::uint32_t uid = 1; uid < 20'000; uid += 2) odd.push_back(uid);
  const auto sets = UidSets(odd, 100);
  std::size_t uids = 0;
  for (const auto& set : sets) {
    EXPECT_LE(set.size(), 100U);
    uids += 1 + static_cast<std::size_t>(std::count(set.begin(), set.end(), ','));
  }
  EXPECT_EQ(uids, odd.size());
}

TEST(ImapSyntax, FindsTheLengthOfALiteral) {
  EXPECT_EQ(LiteralLength("* 1 FETCH (BODY[] {42}"), 42U);
  EXPECT_EQ(LiteralLength("* 1 FETCH (BODY[] {0}"), 0U);
  for (const char* line : {"", "}", "{}", "{-1}", "{1", "{1} ", "{1x}", "{99999999999999999999}", "* OK [ALERT] {x}"}) {
    EXPECT_EQ(LiteralLength(line), std::nullopt) << line;
  }
}

TEST(ImapSyntax, FindsANumberAfterAWord) {
  EXPECT_EQ(NumberAfter("1 FETCH (UID 7 BODY[] {5}", "UID"), 7U);
  EXPECT_EQ(NumberAfter("OK [UIDVALIDITY 1700000000] UIDs valid", "UIDVALIDITY"), 1700000000U);
  EXPECT_EQ(NumberAfter("1 FETCH (XUID 7 UID", "UID"), std::nullopt);
  EXPECT_EQ(NumberAfter("UID 4294967296", "UID"), std::nullopt);
}

}  // namespace
}  // namespace gateway::mail
