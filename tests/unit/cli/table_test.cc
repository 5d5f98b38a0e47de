#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace gateway::cli {
namespace {

TEST(Table, AlignsColumns) {
  std::ostringstream text;
  Output out(text);
  PrintTable(out, {{"ID", "STATE"}, {"S12345", "open"}, {"S1", ""}});
  EXPECT_EQ(text.str(), "ID      STATE\nS12345  open\nS1\n");
}

TEST(Table, LeavesTheTerminalAlone) {
  std::ostringstream text;
  Output out(text);
  PrintTable(out, {{"a\x1b[2Jb\nc"}});
  EXPECT_EQ(text.str(), "a?[2Jb?c\n");
}

}  // namespace
}  // namespace gateway::cli
