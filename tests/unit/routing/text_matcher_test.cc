#include "routing/text_matcher.h"

#include <gtest/gtest.h>

namespace gateway::routing {
namespace {

bool Matches(std::u32string_view glob, std::u32string_view value) {
  return MatchesGlob(glob, value);
}

TEST(Glob, TakesStarsAndQuestionMarks) {
  EXPECT_TRUE(Matches(U"", U""));
  EXPECT_TRUE(Matches(U"*", U""));
  EXPECT_TRUE(Matches(U"**a*", U"xxa"));
  EXPECT_TRUE(Matches(U"a*b*c", U"a-b-b-c"));
  EXPECT_TRUE(Matches(U"?ä?", U"xäy"));
  EXPECT_FALSE(Matches(U"a*b", U"a-b-"));
  EXPECT_FALSE(Matches(U"?", U""));
  EXPECT_FALSE(Matches(U"abc", U"ab"));
}

TEST(Glob, TakesSets) {
  EXPECT_TRUE(Matches(U"CT[1-3]", U"CT2"));
  EXPECT_FALSE(Matches(U"CT[1-3]", U"CT4"));
  EXPECT_TRUE(Matches(U"CT[!1-3]", U"CT4"));
  EXPECT_TRUE(Matches(U"[]]", U"]"));
  EXPECT_TRUE(Matches(U"[abc]*", U"cxx"));
  EXPECT_TRUE(Matches(U"a[", U"a["));  // no set
}

TEST(Glob, TakesNoTimeForHostileValues) {
  const std::u32string value(4000, U'a');
  EXPECT_FALSE(Matches(U"*a*a*a*a*a*a*a*a*a*b", value));
}

}  // namespace
}  // namespace gateway::routing
