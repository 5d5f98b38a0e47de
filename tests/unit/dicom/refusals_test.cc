#include "dicom/refusals.h"

#include <gtest/gtest.h>

#include <string>

namespace gateway::dicom {
namespace {

const Error kRefused{Fault::permanent, "sop-class-refused", "MR"};
const Refusals::Moment kBegin{std::chrono::hours(1)};

SyntaxPair Pair(const std::string& sop_class) {
  return {sop_class, "1.2.840.10008.1.2"};
}

TEST(Refusals, AreRememberedForAWhile) {
  Refusals refusals;
  refusals.Note(Pair("1"), kRefused, kBegin);
  const auto found = refusals.Find(Pair("1"), kBegin + std::chrono::seconds(59));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->code, "sop-class-refused");
  EXPECT_FALSE(refusals.Find(Pair("1"), kBegin + Refusals::kRemembered));
  EXPECT_FALSE(refusals.Find(Pair("2"), kBegin));
  EXPECT_FALSE(refusals.Find({"1", "1.2.840.10008.1.2.1"}, kBegin));
}

TEST(Refusals, ARefusalIsForgottenWhenThePeerAccepts) {
  Refusals refusals;
  refusals.Note(Pair("1"), kRefused, kBegin);
  refusals.Forget(Pair("1"));
  EXPECT_FALSE(refusals.Find(Pair("1"), kBegin));
}

TEST(Refusals, HaveABound) {
  Refusals refusals;
  for (int i = 0; i < 1000; ++i) refusals.Note(Pair(std::to_string(i)), kRefused, kBegin);
  EXPECT_FALSE(refusals.Find(Pair("0"), kBegin));
  EXPECT_TRUE(refusals.Find(Pair("999"), kBegin));
}

}  // namespace
}  // namespace gateway::dicom
