#include "outbound/packer.h"

#include <gtest/gtest.h>

namespace gateway::outbound {
namespace {

using Messages = std::vector<std::vector<std::int64_t>>;

PartnerProfile Profile(unsigned instances, std::uint64_t size) {
  PartnerProfile profile;
  profile.instances_per_message = instances;
  profile.max_message_size = size;
  return profile;
}

TEST(Packer, PutsOneInstanceInAMessageByDefault) {
  EXPECT_EQ(PackMessages({{1, 100}, {2, 100}, {3, 100}}, PartnerProfile{}), (Messages{{1}, {2}, {3}}));
}

TEST(Packer, FillsMessagesInOrder) {
  EXPECT_EQ(PackMessages({{1, 9}, {2, 9}, {3, 9}, {4, 9}, {5, 9}}, Profile(2, 1'000'000)),
            (Messages{{1, 2}, {3, 4}, {5}}));
}

TEST(Packer, StopsAtTheSizeOfTheMail) {
  // 30 000 bytes take about 56 000 in the mail: base64 in armor.
  EXPECT_EQ(PackMessages({{1, 30'000}, {2, 30'000}, {3, 30'000}}, Profile(100, 130'000)), (Messages{{1, 2}, {3}}));
}

TEST(Packer, GivesALargeInstanceAMessageOfItsOwn) {
  EXPECT_EQ(PackMessages({{1, 10}, {2, 5'000'000}, {3, 10}}, Profile(100, 1'000'000)), (Messages{{1}, {2}, {3}}));
}

TEST(Packer, MakesNothingOfNothing) {
  EXPECT_TRUE(PackMessages({}, PartnerProfile{}).empty());
}

}  // namespace
}  // namespace gateway::outbound
