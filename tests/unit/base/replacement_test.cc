#include "base/replacement.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string Replaced(const std::string& value, const std::string& expression, const std::string& with) {
  const auto replacement = Replacement::Create(expression, with);
  return replacement ? replacement->Apply(value).value_or("too long") : replacement.error().code;
}

TEST(Replacement, ReplacesWhatItFinds) {
  EXPECT_EQ(Replaced("A12", "^A", "EXT-A"), "EXT-A12");
  EXPECT_EQ(Replaced("B12", "^A", "EXT-A"), "B12");
  EXPECT_EQ(Replaced("12-34", "([0-9]+)-([0-9]+)", "$2/$1$$"), "34/12$");
  EXPECT_EQ(Replaced("abab", "b", ""), "aa");
  EXPECT_EQ(Replaced("Müller ÄÖ", "(?i)m.ller", "Schäfer"), "Schäfer ÄÖ");
}

TEST(Replacement, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Replaced("x", "(", ""), "bad-pattern");
  EXPECT_EQ(Replaced("x", "", ""), "bad-pattern");
  EXPECT_EQ(Replaced("x", "x", "$1"), "bad-pattern");
  EXPECT_EQ(Replaced(std::string(2000, 'x'), "x", "y"), "too long");
}

}  // namespace
}  // namespace gateway
