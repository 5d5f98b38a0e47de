#include "base/pattern.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace gateway {
namespace {

bool Matches(std::string_view pattern, std::string_view value) {
  return Pattern::Create(pattern).value().Matches(value);
}

TEST(Pattern, WithoutTildeIsEqual) {
  EXPECT_TRUE(Matches("CT", "CT"));
  EXPECT_FALSE(Matches("CT", "CTX"));
  EXPECT_FALSE(Matches("C.", "CT"));
  EXPECT_FALSE(Matches("CT", "ct"));
  EXPECT_FALSE(Matches("CT", ""));
}

TEST(Pattern, WithTildeIsFoundAnywhere) {
  EXPECT_TRUE(Matches("~T", "CT1"));
  EXPECT_TRUE(Matches("~^CT\\d$", "CT1"));
  EXPECT_FALSE(Matches("~^T", "CT1"));
  EXPECT_FALSE(Matches("~ct", "CT1"));
}

TEST(Pattern, IgnoresPadding) {
  EXPECT_TRUE(Matches("CT", "CT "));
  EXPECT_TRUE(Matches("CT", " CT"));
  EXPECT_TRUE(Matches("1.2.3", std::string_view("1.2.3\0", 6)));
  EXPECT_TRUE(Matches("~1$", "CT1  "));
  EXPECT_FALSE(Matches("CT", "   "));
}

TEST(Pattern, TakesACharacterForOne) {
  EXPECT_TRUE(Matches("~^Sch.del$", "Schädel"));
  EXPECT_TRUE(Matches("~^Sch[aä]del$", "Schädel"));
  EXPECT_FALSE(Matches("~^Sch[aä]del$", "Schödel"));  // a byte of ä is also one of ö
}

TEST(Pattern, TakesBytesThatAreNotUtf8) {
  EXPECT_TRUE(Matches("~^Sch.del$",
                      "Sch\xE4"
                      "del"));
  EXPECT_FALSE(Matches("~x", "\xFF\xC0\x80"));
}

// With a backtracking matcher this takes longer than the universe has.
TEST(Pattern, IsNotSlowedDownByItsValue) {
  EXPECT_FALSE(Matches("~^(a+)+$", std::string(250, 'a') + "!"));
  EXPECT_FALSE(Matches("~^(\\w+\\s?)*$", std::string(250, 'a') + "!"));
  EXPECT_FALSE(Matches("~(x+x+)+y", std::string(250, 'x')));
}

// With a backtracking matcher this overflows the stack.
TEST(Pattern, LooksAtTheStartOfALongValueOnly) {
  const std::string value = std::string(10'000'000, 'a') + "b";
  EXPECT_TRUE(Matches("~^.*a", value));
  EXPECT_FALSE(Matches("~b", value));
  EXPECT_TRUE(Matches(value, value));
}

TEST(Pattern, RefusesWhatDoesNotCompile) {
  for (const char* const text :
       {"~", "~(", "~)", "~[", "~*", "~\\", "~a{2,1}", "~(?i)", "~x(?i)", "~(a)\\1", "~a{100001}"}) {
    const auto pattern = Pattern::Create(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().code, "bad-pattern");
    EXPECT_FALSE(pattern.error().detail.empty());
  }
}

TEST(Pattern, RefusesDeepNesting) {
  EXPECT_FALSE(Pattern::Create("~" + std::string(1'000'000, '(')));
  EXPECT_TRUE(Pattern::Create("~" + std::string(100, '(') + "a" + std::string(100, ')')));
}

TEST(Utf8, IsValidOrNot) {
  EXPECT_EQ(ValidUtf8Prefix("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), 10U);
  for (const char* const text : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5",
                                 "\xE2\x82", "\xC3\x41"}) {
    EXPECT_EQ(ValidUtf8Prefix(std::string("ok") + text), 2U);
  }
}

TEST(Utf8, IsDecoded) {
  EXPECT_EQ(DecodeUtf8("a\xC3\xA4\xF0\x9F\x98\x80", 10), U"aä😀");
  EXPECT_EQ(DecodeUtf8("a\xE4z", 10), U"a\uFFFDz");
  EXPECT_EQ(DecodeUtf8("\xC3\xA4\xC3\xB6", 1), U"ä");
}

}  // namespace
}  // namespace gateway
