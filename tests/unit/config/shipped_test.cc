// What stands in the repository beside the code: the example configuration and
// docs/configuration.md.
#include <fstream>
#include <sstream>

#include "config/schema.h"
#include "fixture.h"

namespace gateway::config {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;

std::string ReadRepositoryFile(const std::string& name) {
  std::ifstream file(std::filesystem::path(REPOSITORY_DIR) / name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Shipped : public ConfigTest {
 protected:
  Shipped() {
    for (const char* const name : {"secrets/mail-password", "secrets/key-passphrase", "keys/klinikum-a.secret.asc",
                                   "keys/klinikum-b.public.asc", "keys/klinikum-c.public.asc"}) {
      Write(name, "x");
    }
  }
};

TEST_F(Shipped, ConfigurationIsGood) {
  const Loaded loaded = LoadText(ReadRepositoryFile("config/gateway.yaml"));
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.partners.size(), 1U);
  EXPECT_EQ(loaded.settings.routes.outbound.size(), 2U);
}

TEST_F(Shipped, ConfigurationLacksOnlyTheFilesOfItsSite) {
  const Loaded loaded = Load(std::filesystem::path(REPOSITORY_DIR) / "config/gateway.yaml");
  EXPECT_EQ(loaded.mistakes.size(), 5U);
  EXPECT_THAT(Lines(loaded), Each(HasSubstr("there is no file")));
}

TEST_F(Shipped, ConfigurationStatesTheDefaults) {
  const Settings shipped = LoadText(ReadRepositoryFile("config/gateway.yaml")).settings;
  const Settings defaults;
  EXPECT_EQ(shipped.dicom.quiet_period, defaults.dicom.quiet_period);
  EXPECT_EQ(shipped.retry.give_up_after, defaults.retry.give_up_after);
  EXPECT_EQ(shipped.retention.sent, defaults.retention.sent);
  EXPECT_EQ(shipped.retention.delivered, defaults.retention.delivered);
  EXPECT_EQ(shipped.retention.rows, defaults.retention.rows);
  EXPECT_EQ(shipped.receipts.overdue_after, defaults.receipts.overdue_after);
  EXPECT_EQ(shipped.partners.at(0).profile.max_message_size, PartnerProfile().max_message_size);
}

TEST_F(Shipped, PartnerFileIsGood) {
  Write("partners.d/klinikum-c.yaml", ReadRepositoryFile("config/partners.d/klinikum-c.yaml.example"));
  const Loaded loaded = LoadText(ReadRepositoryFile("config/gateway.yaml"));
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.partners.size(), 2U);
}

// From "## `section`" to the next heading.
std::string Chapter(const std::string& document, const std::string& section) {
  const auto start = document.find("\n## `" + section + "`\n");
  return start == std::string::npos ? "" : document.substr(start, document.find("\n## ", start + 1) - start);
}

TEST(Document, DescribesEveryKey) {
  const std::string document = ReadRepositoryFile("docs/configuration.md");
  for (const SectionSchema& section : Schema()) {
    if (section.name.empty()) continue;
    const std::string chapter = Chapter(document, std::string(section.name));
    ASSERT_FALSE(chapter.empty()) << section.name;
    for (const std::string_view key : section.keys) {
      const std::string cell = "`" + std::string(key) + "`";
      EXPECT_TRUE(chapter.find("\n| " + cell + " |") != std::string::npos ||
                  chapter.find("\n| **" + cell + "** |") != std::string::npos)
          << section.name << "." << key;
    }
  }
}

TEST(Document, DescribesNoUnknownKey) {
  const std::string document = ReadRepositoryFile("docs/configuration.md");
  std::size_t known = 0;
  for (const SectionSchema& section : Schema()) known += section.name.empty() ? 0 : section.keys.size();
  std::size_t rows = 0;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) rows += line.starts_with("| `") || line.starts_with("| **`");
  EXPECT_EQ(rows, known);
}

}  // namespace
}  // namespace gateway::config
