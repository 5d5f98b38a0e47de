#include "base/joined.h"

#include <gtest/gtest.h>

#include <vector>

namespace gateway {
namespace {

TEST(Joined, PutsTheWordBetweenEachTwoTexts) {
  EXPECT_EQ(Joined(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(Joined(std::vector<std::string>{"a", "b"}, " and "), "a and b");
}

TEST(Joined, KeepsThePlacesOfEmptyTexts) {
  // A DICOM value may be empty, and the values behind it keep their numbers (PS3.5, section 6.4).
  EXPECT_EQ(Joined(std::vector<std::string>{"", "b", ""}, "\\"), "\\b\\");
}

TEST(Joined, OfNothingIsEmpty) {
  EXPECT_EQ(Joined(std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace gateway
