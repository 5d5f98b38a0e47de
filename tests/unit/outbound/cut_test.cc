#include "outbound/cut.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/random_text.h"

namespace gateway::outbound {
namespace {

TEST(Cut, TheSmallestLimitCountsAndNoneIsNoLimit) {
  EXPECT_EQ(SmallestLimit({20'000'000, 0, 0}), 20'000'000U);
  EXPECT_EQ(SmallestLimit({20'000'000, 9'000'000, 0}), 9'000'000U);
  EXPECT_EQ(SmallestLimit({20'000'000, 9'000'000, 500'000}), 500'000U);
  EXPECT_EQ(UsableSize(0), 0U);
}

TEST(Cut, LeavesRoomForWhatServersAdd) {
  EXPECT_LT(UsableSize(10'240'000), 10'240'000U - 4096U);
  EXPECT_GT(UsableSize(10'240'000), 9'500'000U);
  EXPECT_EQ(UsableSize(5000), 5000U);
}

TEST(Cut, MakesFragmentsThatFitAndAnewWhenTheLimitFalls) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("cut-" + RandomHex(8));
  std::string text;
  while (text.size() < 1'000'000) text += std::string(70, 'x') + "\r\n";
  ASSERT_TRUE(WriteFileDurably(file, text));
  ledger::SealedMessage sealed;
  sealed.message_id = "1@a.example";
  ASSERT_TRUE(Cut(file, 2'000'000, sealed));
  EXPECT_EQ(sealed.size, text.size());
  EXPECT_TRUE(sealed.partial_id.empty() && sealed.fragments.empty());
  for (const std::uint64_t limit : {600'000, 300'000}) {
    const std::string before = sealed.partial_id;
    ASSERT_TRUE(Cut(file, limit, sealed));
    EXPECT_NE(sealed.partial_id, before);
    EXPECT_GE(sealed.fragments.size(), text.size() / limit);
    std::uint64_t end = 0;
    for (const ledger::Fragment& fragment : sealed.fragments) {
      EXPECT_EQ(fragment.range.offset, end);
      EXPECT_LT(fragment.range.length, limit);
      end += fragment.range.length;
    }
    EXPECT_EQ(end, text.size());
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace gateway::outbound
