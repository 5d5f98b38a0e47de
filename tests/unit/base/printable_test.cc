#include "base/printable.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(PrintableTest, LeavesTextsAsTheyAre) {
  for (const char* text : {"", "250 2.0.0 Ok: queued", "Klinikum Sch\u00f6n\u00e9", "\u65e5\u672c", "\U0001f600"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(PrintableTest, ReplacesWhatATerminalObeys) {
  EXPECT_EQ(Printable("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
  EXPECT_EQ(Printable("a\u009b2Jb"), "a?2Jb");               // CSI as one C1 character
  EXPECT_EQ(Printable("\u202egnp.exe\u2066"), "?gnp.exe?");  // right to left
  EXPECT_EQ(Printable("a\u2028b\ufeff\u00ad"), "a?b??");
}

TEST(PrintableTest, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Printable("a\xff\xc3"), "a??");
  EXPECT_EQ(Printable("\xed\xa0\x80x"), "???x");  // a surrogate
  EXPECT_EQ(Printable("\xe2\x82"), "??");         // cut
}

TEST(PrintableTest, MeasuresWhatIsPrintable) {
  EXPECT_EQ(PrintablePrefix("ab\u00e9\x01"), 4u);
  EXPECT_EQ(PrintablePrefix("\u202e"), 0u);
}

}  // namespace
}  // namespace gateway
