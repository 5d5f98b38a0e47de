#include "base/printable.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(PrintableTest, LeavesTextsAsTheyAre) {
  for (const char* text : {"", "250 2.0.0 Ok: queued", "Klinikum Sch\u00f6n\u00e9", "\u65e5\u672c", "\U0001f600"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(PrintableTest, ReplacesWhatATerminalObeys) {
  EXPECT_EQ(Printable("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
  EXPECT_EQ(Printable("a\u009b2Jb"), "a?2Jb");               // CSI as one C1 character
  EXPECT_EQ(Printable("\u202egnp.exe\u2066"), "?gnp.exe?");  // right to left
  EXPECT_EQ(Printable("a\u2028b\ufeff\u00ad"), "a?b??");
}

std::string Utf8Of(char32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
  return {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)),
          static_cast<char>(0x80 | (c & 0x3f))};
}

void ExpectReplaced(char32_t first, char32_t last) {
  for (char32_t c = first; c <= last; ++c) {
    EXPECT_FALSE(IsPrintable(c)) << static_cast<unsigned>(c);
    EXPECT_EQ(Printable("a" + Utf8Of(c) + "b"), "a?b") << static_cast<unsigned>(c);
  }
}

TEST(PrintableTest, ReplacesEveryControlAndEverythingInvisible) {
  ExpectReplaced(0x00, 0x1f);      // C0
  ExpectReplaced(0x7f, 0x9f);      // DEL, C1
  ExpectReplaced(0x00ad, 0x00ad);  // soft hyphen
  ExpectReplaced(0x061c, 0x061c);  // Arabic letter mark
  ExpectReplaced(0x200b, 0x200f);  // zero width; marks of direction
  ExpectReplaced(0x2028, 0x202e);  // ends of line and paragraph; embeddings and overrides of direction
  ExpectReplaced(0x2060, 0x206f);  // word joiner; isolates of direction
  ExpectReplaced(0xfeff, 0xfeff);  // byte order mark
  ExpectReplaced(0xfffe, 0xffff);  // no characters
}

TEST(PrintableTest, LeavesTheirNeighbours) {
  for (const char32_t c : {0x20U, 0x7eU, 0xa0U, 0xacU, 0xaeU, 0x200aU, 0x2010U, 0x2027U, 0x202fU, 0x205fU, 0x2070U}) {
    EXPECT_EQ(Printable(Utf8Of(c)), Utf8Of(c)) << static_cast<unsigned>(c);
  }
}

TEST(PrintableTest, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Printable("\x80"), "?");
  EXPECT_EQ(Printable("\xc0\x9b"), "??");            // CSI, too long
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
  EXPECT_EQ(Printable("a\xff\xc3"), "a??");
  EXPECT_EQ(Printable("\xed\xa0\x80x"), "???x");  // a surrogate
  EXPECT_EQ(Printable("\xe2\x82"), "??");         // cut
}

TEST(PrintableTest, MeasuresWhatIsPrintable) {
  EXPECT_EQ(PrintablePrefix("ab\u00e9\x01"), 4u);
  EXPECT_EQ(PrintablePrefix("\u202e"), 0u);
}

TEST(PrintableTest, JsonGoesOnSayingTheSame) {
  EXPECT_EQ(PrintableJson("{\n  \"\u00e9\u4e2d\": \"a\\n\"\n}"), "{\n  \"\u00e9\u4e2d\": \"a\\n\"\n}");
  EXPECT_EQ(PrintableJson("\x7f\u009b\u200b\u202e\u2028\ufeff\U000e0041\U0010ffff"),
            "\\u007f\\u009b\\u200b\\u202e\\u2028\\ufeff\\udb40\\udc41\\udbff\\udfff");
  EXPECT_EQ(PrintableJson(""), "");
}

}  // namespace
}  // namespace gateway
