#include "config/values.h"

#include <gtest/gtest.h>

#include "config/server_url.h"
#include "config/suggestion.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

template <typename T>
bool Takes(const Parser<T>& parser, std::string_view text) {
  return parser.parse(text).has_value();
}

TEST(Durations, TakeEachUnit) {
  const auto parser = Duration(milliseconds(0), hours(24 * 365));
  EXPECT_EQ(parser.parse("500ms"), milliseconds(500));
  EXPECT_EQ(parser.parse("30s"), seconds(30));
  EXPECT_EQ(parser.parse("5m"), minutes(5));
  EXPECT_EQ(parser.parse("48h"), hours(48));
  EXPECT_EQ(parser.parse("7 d"), hours(24 * 7));
}

TEST(Durations, NeedAUnitAndAWholeNumber) {
  const auto parser = Duration(milliseconds(0), hours(24 * 365));
  for (const char* const text :
       {"30", "", "s", "1.5h", "-1s", "+1s", "1h30m", "1 sec", "30S", " 30s", "0x10s", "1e3s"}) {
    EXPECT_FALSE(Takes(parser, text)) << text;
  }
}

TEST(Durations, AreBounded) {
  const auto parser = Duration(seconds(1), minutes(1));
  EXPECT_TRUE(Takes(parser, "1s"));
  EXPECT_TRUE(Takes(parser, "60s"));
  EXPECT_FALSE(Takes(parser, "999ms"));
  EXPECT_FALSE(Takes(parser, "61s"));
  EXPECT_FALSE(Takes(parser, "18446744073709551615d"));
  EXPECT_FALSE(Takes(parser, "213503982335d"));  // overflows 64 bits of milliseconds
  EXPECT_EQ(parser.expected, "a time from 1s to 1m with its unit (ms, s, m, h, d)");
}

TEST(Durations, OfWholeSecondsHaveNoMilliseconds) {
  const auto parser = WholeSeconds(seconds(1), hours(1));
  EXPECT_EQ(parser.parse("2m"), seconds(120));
  EXPECT_EQ(parser.parse("2000ms"), seconds(2));
  EXPECT_FALSE(Takes(parser, "1500ms"));
}

TEST(Sizes, TakeDecimalAndBinaryUnits) {
  const auto parser = Size(0, 1ULL << 50);
  EXPECT_EQ(parser.parse("20MB"), 20'000'000U);
  EXPECT_EQ(parser.parse("5MiB"), 5U << 20);
  EXPECT_EQ(parser.parse("512K"), 512U << 10);
  EXPECT_EQ(parser.parse("64KB"), 64'000U);
  EXPECT_EQ(parser.parse("4096"), 4096U);
  EXPECT_EQ(parser.parse("2 GiB"), 2ULL << 30);
}

TEST(Sizes, RefuseOtherTexts) {
  const auto parser = Size(0, 1ULL << 50);
  for (const char* const text : {"", "MB", "-1MB", "1.5MB", "20mb", "20M B", "1,5MB", "99999999999999999999"}) {
    EXPECT_FALSE(Takes(parser, text)) << text;
  }
  EXPECT_FALSE(Takes(Size(4096, 131072), "4095"));
  EXPECT_FALSE(Takes(Size(4096, 131072), "129K"));
}

TEST(FreeSpaces, ArePartsOrSizes) {
  EXPECT_EQ(SizeOrPercent().parse("2.5%")->percent, 2.5);
  EXPECT_EQ(SizeOrPercent().parse("2.5%")->bytes, 0U);
  EXPECT_EQ(SizeOrPercent().parse("10GB")->bytes, 10'000'000'000U);
  for (const char* const text : {"", "%", "91%", "-1%", "nan%", "inf%", "1e1%", "5 %%", "0", "a lot"}) {
    EXPECT_FALSE(Takes(SizeOrPercent(), text)) << text;
  }
}

TEST(Numbers, AreBoundedDecimals) {
  const auto port = Number<std::uint16_t>(1, 65535);
  EXPECT_EQ(port.parse("65535"), 65535);
  for (const char* const text : {"0", "65536", "-1", "+1", "0x50", "1.0", "", " 1", "1 ", "eleven"}) {
    EXPECT_FALSE(Takes(port, text)) << text;
  }
}

TEST(Booleans, TakeTheWordsOfYaml) {
  for (const char* const text : {"true", "True", "yes", "on"}) EXPECT_EQ(YesOrNo().parse(text), true) << text;
  for (const char* const text : {"false", "FALSE", "no", "off"}) EXPECT_EQ(YesOrNo().parse(text), false) << text;
  for (const char* const text : {"", "1", "0", "y", "truth"}) EXPECT_FALSE(Takes(YesOrNo(), text)) << text;
}

TEST(AeTitles, FollowThePs35Repertoire) {
  for (const char* const text : {"A", "PACS A", "ABCDEFGHIJKLMNOP", "x.y-z_1"}) EXPECT_TRUE(Takes(AeTitle(), text));
  for (const char* const text : {"", "ABCDEFGHIJKLMNOPQ", "A\\B", " A", "A ", "A\tB", "\xC3\x84"}) {
    EXPECT_FALSE(Takes(AeTitle(), text)) << text;
  }
}

TEST(MailAddresses, HaveALocalPartAndADomain) {
  for (const char* const text : {"a@b.example", "tele.radiology+dicom@klinikum-a.example", "gw@localhost"}) {
    EXPECT_TRUE(Takes(MailAddress(), text)) << text;
  }
  for (const char* const text : {"", "a", "@b.example", "a@", "a@b@c", "a b@c", "A <a@b.example>", ".a@b", "a..b@c",
                                 "a@b..c", "a@-b", "a@b\r\nBcc: c"}) {
    EXPECT_FALSE(Takes(MailAddress(), text)) << text;
  }
}

TEST(Fingerprints, AreBroughtIntoOneForm) {
  const std::string upper = "0123456789ABCDEF0123456789ABCDEF01234567";
  EXPECT_EQ(Fingerprint().parse("0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567"), upper);
  EXPECT_EQ(Fingerprint().parse("0123456789abcdef0123456789abcdef01234567"), upper);
  EXPECT_EQ(Fingerprint().parse("0x0123456789abcdef0123456789abcdef01234567"), upper);
  EXPECT_TRUE(Takes(Fingerprint(), std::string(64, 'a')));
}

TEST(Fingerprints, AreWhole) {
  for (const std::size_t length : {0, 8, 16, 32, 39, 41, 63, 65}) {
    EXPECT_FALSE(Takes(Fingerprint(), std::string(length, 'A'))) << length;
  }
  EXPECT_FALSE(Takes(Fingerprint(), std::string(39, 'A') + "G"));
}

TEST(Names, AreShortWords) {
  for (const char* const text : {"a", "klinikum-b", "B_2.x", "7"}) EXPECT_TRUE(IsName(text)) << text;
  for (const char* const text : {"", "-a", ".a", "a b", "a/b", "\xC3\xA4"}) EXPECT_FALSE(IsName(text)) << text;
  EXPECT_FALSE(IsName(std::string(65, 'a')));
}

TEST(Hosts, AreNamesOrAddresses) {
  for (const char* const text : {"localhost", "mail.klinikum-a.example", "127.0.0.1", "::1", "fe80::1", "pacs_1"}) {
    EXPECT_TRUE(IsHost(text)) << text;
  }
  for (const char* const text : {"", "a b", "300.1.1.1", "1.2.3", "a..b", "-a", "a.", "[::1]", "a:1", "a/b"}) {
    EXPECT_FALSE(IsHost(text)) << text;
  }
}

TEST(Hosts, AreLoopbackByTheirText) {
  for (const char* const text : {"localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(IsLoopback(text)) << text;
  }
  for (const char* const text : {"128.0.0.1", "127.0.0.1.example", "localhost.example", "0.0.0.0", "::", "127.1x"}) {
    EXPECT_FALSE(IsLoopback(text)) << text;
  }
}

TEST(ServerUrls, AreTakenApart) {
  const auto url = ParseServerUrl("SMTP://Mail.Example:587");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "smtp");
  EXPECT_EQ(url->host, "mail.example");
  EXPECT_EQ(url->port, 587);
  EXPECT_EQ(ParseServerUrl("imaps://mail.example")->port, 993);
  EXPECT_EQ(ParseServerUrl("imap://[::1]:1143")->host, "::1");
}

TEST(ServerUrls, HoldNothingElse) {
  for (const char* const text :
       {"", "mail.example", "mail.example:25", "http://mail.example", "smtp://", "smtp://u:p@mail.example",
        "smtp://mail.example/path", "smtp://mail.example:25/", "smtp://mail.example:", "smtp://mail.example:0",
        "smtp://mail.example:65536", "smtp://[::1", "smtp://[]:25", "smtp://mail.example?x", "smtp:// mail.example"}) {
    EXPECT_FALSE(ParseServerUrl(text)) << text;
  }
}

TEST(Suggestions, AreNearWords) {
  EXPECT_EQ(Suggestion("prot", {"port", "host"}), "; did you mean 'port'?");
  EXPECT_EQ(Suggestion("klinikum-c", {"klinikum-b", "praxis"}), "; did you mean 'klinikum-b'?");
  EXPECT_EQ(Suggestion("colour", {"port", "host"}), "");
  EXPECT_EQ(Suggestion("x", {"a"}), "");
  EXPECT_EQ(Suggestion("x", {}), "");
}

}  // namespace
}  // namespace gateway::config
