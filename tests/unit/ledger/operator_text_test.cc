#include "ledger/operator/operator_text.h"

#include <gtest/gtest.h>

namespace gateway::ledger {
namespace {

TEST(OperatorText, CompressesRanges) {
  EXPECT_EQ(RangesOf({}), "");
  EXPECT_EQ(RangesOf({3}), "3");
  EXPECT_EQ(RangesOf({3, 7, 8, 9}), "3, 7-9");
  EXPECT_EQ(RangesOf({1, 2, 4}), "1-2, 4");
}

TEST(OperatorText, FindsGaps) {
  EXPECT_EQ(GapsOf({}, 0), "");
  EXPECT_EQ(GapsOf({}, 12), "1-12");
  EXPECT_EQ(GapsOf({1, 2, 3}, 3), "");
  EXPECT_EQ(GapsOf({2, 5, 6}, 9), "1, 3-4, 7-9");
  EXPECT_EQ(GapsOf({1, 7}, 3), "2-3");  // a part beyond the total
}

TEST(OperatorText, SomeNumberPartsFromZero) {
  EXPECT_EQ(GapsOf({0, 1, 2}, 3), "");
  EXPECT_EQ(GapsOf({0, 3}, 4), "1-2");
}

TEST(OperatorText, ManyRangesAreCutShort) {
  std::vector<std::int64_t> odd;
  for (std::int64_t i = 1; i <= 200'001; i += 2) odd.push_back(i);
  for (const std::string& text : {RangesOf(odd), GapsOf(odd, 200'000)}) {
    EXPECT_LT(text.size(), 300u);
    EXPECT_TRUE(text.ends_with(", ...")) << text;
  }
  EXPECT_EQ(GapsOf({2}, 4'000'000'000), "1, 3-4000000000");
}

}  // namespace
}  // namespace gateway::ledger
