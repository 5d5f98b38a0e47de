#include "inspect/findings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <regex>

#include "base/files.h"
#include "inspect/lines.h"
#include "mail_kit.h"

namespace gateway::inspect {
namespace {

TEST(Printable, LeavesTextAndReplacesWhatTerminalsObey) {
  EXPECT_EQ(Printable("für Müller, 5 €"), "für Müller, 5 €");
  EXPECT_EQ(Printable("a\x1b[2Jb\r\n\t\x7f"), "a?[2Jb????");
  EXPECT_EQ(Printable("\xc2\x9b\x32J"), "?2J") << "CSI of C1";
  EXPECT_EQ(Printable("\xe2\x80\xae"), "?") << "right to left";
  EXPECT_EQ(Printable("\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(Printable(std::string(600, 'x')), std::string(500, 'x') + "...");
}

TEST(Lines, AreCounted) {
  StringSource text(std::string("12345\r\n1234567\n123\r\r\n\x80\0", 23));
  const Lines lines = *CountLines(text);
  EXPECT_EQ(lines.longest, 7u);
  EXPECT_EQ(lines.crlf, 2u);
  EXPECT_EQ(lines.bare_lf, 1u);
  EXPECT_EQ(lines.bare_cr, 1u);
  EXPECT_TRUE(lines.has_8bit && lines.has_nul);
}

TEST(Findings, KeepTenOfARule) {
  Findings findings;
  for (int i = 0; i < 25; ++i) findings.Add(rules::kNameMissing);
  EXPECT_EQ(findings.departures().size(), 10u);
  EXPECT_EQ(findings.Left(rules::kNameMissing), 15u);
  EXPECT_TRUE(findings.clean()) << "a note";
  findings.Add(rules::kUnsigned);
  EXPECT_FALSE(findings.clean());
}

std::string FileOf(const std::string& name) {
  std::ifstream file(REPOSITORY_DIR "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Rules, StandInTheDocument) {
  const std::string source = FileOf("src/inspect/rules.h");
  const std::string document = FileOf("docs/inspect.md");
  const std::regex rule("\\{\"([a-z0-9-]+)\",\\s*Severity::([a-z]+),");
  int count = 0;
  for (std::sregex_iterator found(source.begin(), source.end(), rule); found != std::sregex_iterator(); ++found) {
    const std::string row = "| `" + (*found)[1].str() + "` | " + (*found)[2].str() + " |";
    EXPECT_NE(document.find(row), std::string::npos) << row;
    ++count;
  }
  EXPECT_GT(count, 70);
}

// Whatever is in the mail, there is an answer, and nothing unprintable in it.
TEST(Inspector, SurvivesRandomMutations) {
  std::mt19937 random(20261124);
  const std::string mail = MailOf({});
  Parts parts;
  const std::string inner = InnerOf({});
  for (int i = 0; i < 400; ++i) {
    parts.inner = inner;
    std::string outer = mail;
    std::string& changed = i % 2 == 0 ? outer : parts.inner;
    for (unsigned n = random() % 8 + 1; n > 0; --n) changed[random() % changed.size()] = static_cast<char>(random());
    const Diagnosis diagnosis({i % 2 == 0 ? outer : MailOf(parts)});
    if (!diagnosis.error.empty()) {
      EXPECT_EQ(diagnosis.error, "not-a-mail");
    }
    for (const Section& section : diagnosis.findings.structure.sections) {
      for (const auto& [key, value] : section.fields) {
        EXPECT_EQ(Printable(key + value), key + value);
      }
    }
  }
}

}  // namespace
}  // namespace gateway::inspect
