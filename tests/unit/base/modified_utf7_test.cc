#include "base/modified_utf7.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(ModifiedUtf7, IsThereAndBack) {
  for (const std::string name : {"INBOX", "Gelöschte Elemente", "this & that", "~peter/mail/台北/日本語",
                                 "\xF0\x9F\x92\xBE", "R&D-Team", "&", "a-b", "ü"}) {
    EXPECT_EQ(FromModifiedUtf7(ToModifiedUtf7(name)), name);
  }
  EXPECT_EQ(ToModifiedUtf7("Gelöschte Elemente"), "Gel&APY-schte Elemente");
}

TEST(ModifiedUtf7, OnlyTheOneFormOfANameIsTaken) {
  // A plain "&", Base64 of ASCII, half a character, bits left over, two runs where one would do,
  // half a surrogate pair.
  for (const char* text : {"R&D", "A & B", "&AEE-", "&AP-", "&APZ-", "&APY-&APY-", "&2D0-", "ü", "&A*Y-"}) {
    EXPECT_EQ(FromModifiedUtf7(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gateway
