#include "base/keyed_hash.h"

#include <gtest/gtest.h>

#include "base/sha256.h"

namespace gateway {
namespace {

// The second test case of RFC 4231.
TEST(KeyedHash, IsHmacSha256) {
  EXPECT_EQ(ToHex(KeyedHash("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(KeyedHash, MakesUidsThatDependOnTheKeyAndTheText) {
  // 5bdcc146bf60754e6a042426089575c7 in decimal.
  EXPECT_EQ(KeyedUid("Jefe", "what do ya want for nothing?"), "2.25.122105973035558135001342321684253078983");
  EXPECT_NE(KeyedUid("Jefe", "1.2.3"), KeyedUid("jefe", "1.2.3"));
  EXPECT_NE(KeyedUid("", "1.2.3"), KeyedUid("", "1.2.4"));
  EXPECT_LE(KeyedUid("", "1.2.3").size(), 64U);
}

}  // namespace
}  // namespace gateway
