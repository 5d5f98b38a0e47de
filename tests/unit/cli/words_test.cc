#include "cli/words.h"

#include <gtest/gtest.h>

namespace gateway::cli {
namespace {

std::string RangesOf(const std::vector<std::int64_t>& numbers) {
  return TextOf(ledger::RangesOf(numbers));
}
std::string GapsOf(const std::vector<std::int64_t>& numbers, std::int64_t total) {
  return TextOf(ledger::GapsOf(numbers, total));
}

TEST(Words, CompressesRanges) {
  EXPECT_EQ(RangesOf({}), "");
  EXPECT_EQ(RangesOf({3}), "3");
  EXPECT_EQ(RangesOf({3, 7, 8, 9}), "3, 7-9");
  EXPECT_EQ(RangesOf({1, 2, 4}), "1-2, 4");
}

TEST(Words, FindsGaps) {
  EXPECT_EQ(GapsOf({}, 0), "");
  EXPECT_EQ(GapsOf({}, 12), "1-12");
  EXPECT_EQ(GapsOf({1, 2, 3}, 3), "");
  EXPECT_EQ(GapsOf({2, 5, 6}, 9), "1, 3-4, 7-9");
  EXPECT_EQ(GapsOf({1, 7}, 3), "2-3");  // a part beyond the total
}

TEST(Words, SomeNumberPartsFromZero) {
  EXPECT_EQ(GapsOf({0, 1, 2}, 3), "");
  EXPECT_EQ(GapsOf({0, 3}, 4), "1-2");
}

TEST(Words, AnOvertakenDeliveryNamesTheCommandThatHelps) {
  const ItemId delivery{ItemKind::delivery, 4};
  ledger::Reason reason{"overtaken", "the PACS was given I7 from b since"};
  EXPECT_EQ(TextOf(reason, delivery),
            "overtaken: the PACS was given I7 from b since: retry D4 stores this one in its place");
  reason.detail = "the PACS was given I7 from b since: retry D4 stores this one in its place";  // an old row
  EXPECT_EQ(TextOf(reason, delivery), "overtaken: " + reason.detail);
  EXPECT_EQ(TextOf({"pacs-refused", "no"}, delivery), "pacs-refused: no");
}

TEST(Words, ManyRangesAreCutShort) {
  std::vector<std::int64_t> odd;
  for (std::int64_t i = 1; i <= 200'001; i += 2) odd.push_back(i);
  for (const std::string& text : {RangesOf(odd), GapsOf(odd, 200'000)}) {
    EXPECT_LT(text.size(), 300u);
    EXPECT_TRUE(text.ends_with(", ...")) << text;
  }
  EXPECT_EQ(GapsOf({2}, 4'000'000'000), "1, 3-4000000000");
}

TEST(Words, StatusNamesWhatIsAwayOnce) {
  ledger::Away away;
  away.destination = {ledger::DestinationKind::pacs, "main"};
  away.error_code = "pacs-unreachable";
  EXPECT_EQ(StatusTextOf(away), "pacs main, since 1970-01-01T00:00:00.000Z: pacs-unreachable");
}

TEST(Words, TellTheReasonsOfOthersPrintably) {
  EXPECT_EQ(TextOf(ledger::Reason{}), "");
  EXPECT_EQ(TextOf(ledger::Reason{"stranger", {}}), "stranger");
  EXPECT_EQ(TextOf(ledger::Reason{"smtp-refused", "550 \x1b[2J"}), "smtp-refused: 550 ?[2J");
}

}  // namespace
}  // namespace gateway::cli
