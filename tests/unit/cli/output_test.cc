#include "cli/output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/printable.h"
#include "cli/json_text.h"

namespace gateway::cli {
namespace {

// Erases the screen, reads from right to left, breaks the line as C0, C1 and U+2028 do.
const std::string kForeign = "a\x1b[2J\u202eb\nc\u009b\u2028d";

std::string Shown(const std::string& foreign) {
  std::ostringstream text;
  Output out(text);
  out << foreign;
  return text.str();
}

TEST(Output, ShowsOurOwnWordsAsTheyAre) {
  std::ostringstream text;
  Output out(text);
  out << "two\nlines\t" << 2U << "\n";
  EXPECT_EQ(text.str(), "two\nlines\t2\n");
}

TEST(Output, LeavesTheTerminalAloneWhateverTypeTheTextHas) {
  EXPECT_EQ(Shown(kForeign), "a?[2J?b?c??d");
  std::ostringstream text;
  Output out(text);
  out << kForeign.c_str() << std::string_view(kForeign);
  EXPECT_EQ(text.str(), "a?[2J?b?c??da?[2J?b?c??d");
}

TEST(Output, KeepsTheLinesOfATextOfLinesOnly) {
  std::ostringstream text;
  Output out(text);
  out.Lines(kForeign + "\n\r\n\re\r\nf\r");
  EXPECT_EQ(text.str(), "a?[2J?b\nc??d\n\r\n?e\r\nf?");
}

TEST(Json, SaysTheSameAndLeavesTheTerminalAlone) {
  const nlohmann::ordered_json json{{"user", kForeign + "\x7f\u200b\ufeff\u2029\u00e9\U000e0041"}, {"bad", "\xff"}};
  const std::string text = JsonText(json);
  const nlohmann::ordered_json read = nlohmann::ordered_json::parse(text);
  EXPECT_EQ(read["user"], json["user"]);
  std::string line;
  for (std::istringstream lines(text); std::getline(lines, line);) EXPECT_EQ(Printable(line), line);
  EXPECT_NE(text.find("\u00e9"), std::string::npos) << "letters stay readable";
  EXPECT_NE(text.find("\\udb40\\udc41"), std::string::npos) << text;
}

}  // namespace
}  // namespace gateway::cli
