// Files that are not what they should be, and YAML that is not.
#include <sys/stat.h>

#include "config/schema.h"
#include "fixture.h"

namespace gateway::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Yaml : public ConfigTest {};

TEST_F(Yaml, SaysThatTheFileIsMissing) {
  EXPECT_THAT(Lines(Load(Path("no.yaml"))), ElementsAre("0: there is no such file"));
}

TEST_F(Yaml, SaysThatTheFileIsADirectory) {
  EXPECT_THAT(Lines(Load(Path(""))), ElementsAre(HasSubstr("is a directory")));
}

TEST_F(Yaml, RefusesWhatEverybodyMayWrite) {
  Write("open.yaml", "gateway: {}\n");
  ASSERT_EQ(::chmod(Path("open.yaml").c_str(), 0666), 0);
  EXPECT_THAT(Lines(Load(Path("open.yaml"))), ElementsAre(HasSubstr("writable-by-others: everybody on this machine")));
}

TEST_F(Yaml, DoesNotWaitForAPipe) {
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(Lines(Load(Path("pipe"))), ElementsAre(HasSubstr("not a regular file")));
}

TEST_F(Yaml, SaysThatTheFileIsEmpty) {
  EXPECT_THAT(Lines(LoadText("")), ElementsAre(HasSubstr("the file is empty")));
  EXPECT_THAT(Lines(LoadText("# nothing yet\n")), ElementsAre(HasSubstr("the file is empty")));
}

TEST_F(Yaml, SaysThatTheFileIsNoMap) {
  EXPECT_THAT(Lines(LoadText("\n- gateway\n")), ElementsAre("2: the file: expected a map of keys, not a list"));
}

TEST_F(Yaml, NamesTheLineOfASyntaxError) {
  EXPECT_THAT(Lines(LoadText("gateway:\n  name: a\n log: {}\n")), ElementsAre(StartsWith("3: YAML syntax: ")));
}

TEST_F(Yaml, NamesTheLineOfATab) {
  EXPECT_THAT(Lines(LoadText("gateway:\n\tname: a\n")), ElementsAre(StartsWith("2: YAML syntax: ")));
}

TEST_F(Yaml, ReportsAnUnknownAnchor) {
  EXPECT_THAT(Lines(LoadText("gateway:\n  log: *none\n")), ElementsAre(StartsWith("2: YAML syntax: ")));
}

TEST_F(Yaml, ReportsBytesThatAreNotUtf8) {
  EXPECT_THAT(Lines(LoadText("gateway:\n  name: Universit\xE4t\n")), ElementsAre(StartsWith("2: not UTF-8")));
}

TEST_F(Yaml, ReportsControlCharacters) {
  EXPECT_THAT(Lines(LoadText("gateway:\n\n  name: a\x04\n")), ElementsAre(StartsWith("3: a control character")));
}

TEST_F(Yaml, TakesAByteOrderMarkAndDosLineEnds) {
  Set("dicom", "dicom:\r\n  port: 104\r\n");
  ExpectGood();
  EXPECT_THAT(LoadText("\xEF\xBB\xBFgateway: { state_dir: s }\r\n").mistakes.size(), 1U);  // no mailbox
}

TEST_F(Yaml, SurvivesDeepNesting) {
  EXPECT_THAT(Lines(LoadText("gateway: " + std::string(100'000, '['))), ElementsAre(HasSubstr("YAML syntax")));
  EXPECT_THAT(Lines(LoadText("a: " + std::string(100'000, '{'))), ElementsAre(HasSubstr("YAML syntax")));
}

TEST_F(Yaml, SurvivesAliasesOfAliases) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  EXPECT_FALSE(LoadText(text).mistakes.empty());
}

TEST_F(Yaml, ReportsAnAliasInsideItself) {
  Set("dicom", "dicom: &d\n  callers: [*d] #!\n");
  const auto lines = Lines(LoadSections());
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.front(), AllOf(StartsWith("2: "), HasSubstr("inside the very thing")));
}

TEST_F(Yaml, ReportsASecondDocument) {
  EXPECT_THAT(Lines(LoadText("gateway: { state_dir: s }\n---\ndicom: {}\n")),
              testing::Contains(StartsWith("3: a second YAML document")));
}

TEST_F(Yaml, ReportsADuplicateKeyOnceWithBothLines) {
  Set("dicom", "dicom:\n  port: 104\n  port: 105 #!\n");
  ExpectMistake("key 'port' is given twice, first in line 2");
}

TEST_F(Yaml, ReportsADuplicateSection) {
  Set("partners-2", "dicom: {} #!\n");
  ExpectMistake("key 'dicom' is given twice, first in line 1");
}

TEST_F(Yaml, ReportsAKeyThatIsAList) {
  Set("dicom", "dicom:\n  ? [port]\n  : 104\n");
  EXPECT_THAT(Lines(LoadSections()), ElementsAre(HasSubstr("a key must be a word")));
}

TEST_F(Yaml, SuggestsTheKeyThatWasMeant) {
  Set("dicom", "dicom:\n  quiet_periode: 30s #!\n");
  ExpectMistake("unknown key 'quiet_periode' in dicom; did you mean 'quiet_period'?");
}

TEST_F(Yaml, SuggestsNothingForAnotherWord) {
  Set("dicom", "dicom:\n  colour: red #!\n");
  ExpectMistake("unknown key 'colour' in dicom");
  EXPECT_THAT(Lines(LoadSections()).front(), testing::Not(HasSubstr("did you mean")));
}

TEST_F(Yaml, ReportsAnUnknownSection) {
  Set("zz", "retries: {} #!\n");
  ExpectMistake("unknown key 'retries' in the file; did you mean 'retry'?");
}

TEST_F(Yaml, ReportsMergeKeys) {
  Set("dicom", "dicom:\n  <<: { port: 104 } #!\n");
  ExpectMistake("merge keys (<<) are not supported");
}

TEST_F(Yaml, NamesTheKeysLineWhenItsValueIsMissing) {
  Set("dicom", "dicom:\n  port: #!\n\n\n");
  ExpectMistake("dicom.port: expected a number from 1 to 65535, not nothing");
}

TEST_F(Yaml, TakesAnchors) {
  Set("partners", R"(partners:
  b:
    address: gw@b.example
    key: { file: public.asc, fingerprint: 0123456789ABCDEF0123456789ABCDEF01234567 }
    profile: &slow { max_message_size: 5MiB }
  c:
    address: gw@c.example
    key: { file: public.asc, fingerprint: 1123456789ABCDEF0123456789ABCDEF01234567 }
    profile: *slow
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.partners.at(1).profile.max_message_size, 5U << 20);
}

TEST_F(Yaml, TakesEmptySections) {
  Set("pacs", "pacs:\n");
  Set("partners", "partners: # none yet\n");
  Set("routes", "routes:\n  outbound:\n  inbound: []\n");
  Set("retry", "retry:\n");
  ExpectGood();
}

TEST_F(Yaml, CollectsAllMistakesInTheFilesOrder) {
  Set("dicom", "dicom:\n  port: 0\n  bind: a b\n  ports: 1\n");
  Set("gateway", "gateway: { name: x }\n");
  EXPECT_THAT(Lines(LoadSections()),
              ElementsAre(StartsWith("2: dicom.port"), StartsWith("3: dicom.bind"),
                          StartsWith("4: unknown key 'ports'"), "5: gateway.state_dir: is missing"));
}

TEST(Diagnostics, AreFileLineMessage) {
  EXPECT_EQ(Format({"/etc/gw.yaml", 7, "bad"}), "/etc/gw.yaml:7: bad");
  EXPECT_EQ(Format({"/etc/gw.yaml", 0, "bad"}), "/etc/gw.yaml: bad");
}

}  // namespace
}  // namespace gateway::config
