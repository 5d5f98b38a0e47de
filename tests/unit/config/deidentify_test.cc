// The key `deidentify` of a rule, and the tables that it names.
#include "gateway/settings/deidentify.h"

#include <filesystem>

#include "fixture.h"

namespace gateway::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Option = DeidentifyOption;
namespace fs = std::filesystem;

class Deidentify : public ConfigTest {
 protected:
  Deidentify() { WriteSecret("pseudonyms", "a secret that nobody guesses\n"); }

  void WriteSecret(const std::string& name, const std::string& text) {
    Write(name, text);
    fs::permissions(Path(name), fs::perms::owner_read | fs::perms::owner_write);
  }
  // `keys` follow the profile and the secret.
  void SetKeys(const std::string& keys) {
    Set("routes",
        "routes:\n  outbound:\n    - name: r\n      send_to: [b]\n      deidentify:\n        profile: basic\n" +
            (keys.find("secret_file") == std::string::npos ? std::string("        secret_file: pseudonyms\n")
                                                           : std::string()) +
            keys);
  }
  DeidentifySettings Read(const std::string& keys) {
    SetKeys(keys);
    const Loaded loaded = LoadSections();
    EXPECT_THAT(Lines(loaded), IsEmpty());
    const auto settings = loaded.settings.routes.outbound.at(0).deidentify;
    return settings == nullptr ? DeidentifySettings() : *settings;
  }
  void ExpectMistakeIn(const std::string& file, const std::string& message) {
    std::vector<std::string> all;
    for (const Diagnostic& mistake : LoadSections().mistakes) all.push_back(Format(mistake));
    EXPECT_THAT(all, ElementsAre(HasSubstr(Path(file).string() + message)));
  }
};

TEST_F(Deidentify, IsAbsentUnlessARuleAsksForIt) {
  Set("routes", "routes:\n  outbound:\n    - { name: r, send_to: [b] }\n");
  EXPECT_EQ(LoadSections().settings.routes.outbound.at(0).deidentify, nullptr);
}

TEST_F(Deidentify, IsRead) {
  Write("words", "Kniekehle\n  meniscus lateralis\n");
  const DeidentifySettings settings = Read(R"yaml(        options:
          - clean-descriptors
          - retain-longitudinal-modified-dates
          - retain-safe-private
        shift: 30d
        words: words
        safe_private: ["(0019,xx0C SIEMENS MR HEADER)"]
)yaml");
  EXPECT_THAT(settings.options, ElementsAre(Option::clean_descriptors, Option::retain_longitudinal_modified_dates,
                                            Option::retain_safe_private));
  EXPECT_EQ(settings.secret, "a secret that nobody guesses");
  EXPECT_FALSE(settings.has_table);
  EXPECT_EQ(settings.shift_days, 30U);
  EXPECT_THAT(settings.words, ElementsAre("Kniekehle", "meniscus", "lateralis"));
  EXPECT_THAT(settings.safe_private, ElementsAre(PrivateAttribute{0x0019, 0x0C, "SIEMENS MR HEADER"}));
}

TEST_F(Deidentify, KnowsTheOptionsOfTheStandard) {
  std::string list;
  for (const DeidentifyOptionName& option : kDeidentifyOptions) {
    if (option.option == Option::retain_longitudinal_modified_dates) continue;
    list += std::string(list.empty() ? "" : ", ") + std::string(option.key);
  }
  Write("pixels.yaml", "images: [{ match: { modality: US }, clean: true }]\n");
  const auto settings =
      Read("        options: [" + list + "]\n        blank: pixels.yaml\n        safe_private: ['(0019,xx0C A)']\n");
  EXPECT_EQ(settings.options.size(), kDeidentifyOptions.size() - 1);
}

TEST_F(Deidentify, RefusesAnOptionThatNoProgramCanDo) {
  SetKeys("        options: [clean-recognizable-visual-features] #!\n");
  ExpectMistake("cannot find faces");
}

TEST_F(Deidentify, SuggestsAnOption) {
  SetKeys("        options: [retain-uid] #!\n");
  ExpectMistake("retain-uids");
}

TEST_F(Deidentify, RefusesWhatContradictsItself) {
  SetKeys("        options: [retain-longitudinal-full-dates, retain-longitudinal-modified-dates] #!\n");
  ExpectMistake("both in full and modified");
  SetKeys("        options: [clean-pixel-data] #!\n");
  ExpectMistake("needs the key blank");
  SetKeys("        options: [retain-safe-private] #!\n");
  ExpectMistake("needs the key safe_private");
  SetKeys("        shift: 30d #!\n");
  ExpectMistake("retain-longitudinal-modified-dates");
  SetKeys("        options: [retain-safe-private]\n        safe_private: [PatientName] #!\n");
  ExpectMistake("with its creator");
}

TEST_F(Deidentify, RefusesASecretThatCanBeGuessedOrRead) {
  WriteSecret("short", "abc\n");
  SetKeys("        secret_file: short #!\n");
  ExpectMistake("fewer than 16 characters");
  fs::permissions(Path("pseudonyms"), fs::perms::others_read, fs::perm_options::add);
  SetKeys("        secret_file: pseudonyms #!\n");
  ExpectMistake("deidentify.secret_file");
}

TEST_F(Deidentify, RefusesASecretAndWordsThatAreNoText) {
  WriteSecret("bytes", "0123456789abcdef\xFF\n");
  SetKeys("        secret_file: bytes #!\n");
  ExpectMistake("the secret is no text");
  Write("words",
        "Kniekehle Sch\xE4"
        "del\n");
  SetKeys("        options: [clean-descriptors]\n        words: words #!\n");
  ExpectMistake("the file is no UTF-8");
}

TEST_F(Deidentify, NeedsAProfileAndASecret) {
  Set("routes", "routes:\n  outbound:\n    - { name: r, send_to: [b], deidentify: {} }\n");
  EXPECT_EQ(LoadSections().mistakes.size(), 2U);
}

TEST_F(Deidentify, ReadsATableOfPseudonyms) {
  WriteSecret("patients.csv", "patient_id,new_id,new_name\n4711,T-1,\"Subject, One\"\n4712,T-2,\n");
  const DeidentifySettings settings = Read("        table: patients.csv\n");
  EXPECT_TRUE(settings.has_table);
  ASSERT_EQ(settings.patients.size(), 2U);
  EXPECT_EQ(settings.patients[0].patient_id, "4711");
  EXPECT_EQ(settings.patients[0].new_name, "Subject, One");
  EXPECT_EQ(settings.patients[1].new_id, "T-2");
}

// An umlaut of two code points is the same as one of a single code point.
TEST_F(Deidentify, ReadsPatientsInNormalisationFormC) {
  WriteSecret("patients.csv", "patient_id,issuer,new_id\nMU\xCC\x88,KO\xCC\x88,T-1\n");
  const DeidentifySettings settings = Read("        table: patients.csv\n");
  ASSERT_EQ(settings.patients.size(), 1U);
  EXPECT_EQ(settings.patients[0].patient_id, "M\xC3\x9C");
  EXPECT_EQ(settings.patients[0].issuer, "K\xC3\x96");
}

TEST_F(Deidentify, RefusesABrokenTableWithItsLine) {
  const std::vector<std::pair<std::string, std::string>> broken = {
      {"patient_id,new_id\n1,A\n1,B\n", ":3: an earlier line names the same patient"},
      {"patient_id,new_id\n1,A\n2,A\n", ":3: an earlier line has the same new_id"},
      {"patient_id,new_id\n1\n", ":2: the line has 1 values"},
      {"patient_id,new_id\n1,\n", ":2: patient_id and new_id must have a value"},
      {"patient_id,new_id\n1,a\\b\n", ":2: the value of new_id does not fit"},
      {"patient_id,new_id\n1,a\x7F\n", ":2: the value of new_id does not fit"},
      {"patient,new_id\n", ":1: no column is named 'patient'"},
      {"patient_id\n", ":1: the first line does not name the column new_id"}};
  SetKeys("        table: patients.csv\n");
  for (const auto& [text, message] : broken) {
    WriteSecret("patients.csv", text);
    ExpectMistakeIn("patients.csv", message);
  }
}

TEST_F(Deidentify, ReadsATableOfPixels) {
  Write("pixels.yaml", R"(images:
  - match: { manufacturer: "~(?i)^GE", model: LOGIQ E9, modality: US, columns: 960, rows: 720 }
    blank:
      - { x: 0, y: 0, width: 960, height: 60 }
  - match: { image_type: "~SCREEN", sop_class: 1.2.3 }
    refuse: true
  - match: { modality: CT }
    clean: true
)");
  const auto rules = Read("        options: [clean-pixel-data]\n        blank: pixels.yaml\n").pixels;
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].manufacturer, "~(?i)^GE");
  EXPECT_EQ(rules[0].columns, 960U);
  EXPECT_EQ(rules[0].act, PixelRule::Act::blank);
  ASSERT_EQ(rules[0].regions.size(), 1U);
  EXPECT_EQ(rules[0].regions[0].height, 60U);
  EXPECT_EQ(rules[1].act, PixelRule::Act::refuse);
  EXPECT_EQ(rules[2].act, PixelRule::Act::clean);
}

TEST_F(Deidentify, RefusesABrokenTableOfPixelsWithItsLine) {
  SetKeys("        options: [clean-pixel-data]\n        blank: pixels.yaml\n");
  Write("pixels.yaml", "images:\n  - match: { modality: US }\n");
  ExpectMistakeIn("pixels.yaml", ":2: images[0]: give it one of blank, clean and refuse");
  Write("pixels.yaml", "images:\n  - match: { maker: US }\n    clean: true\n");
  ExpectMistakeIn("pixels.yaml", ":2: unknown key 'maker'");
  Write("pixels.yaml", "images:\n  - match: { model: '~(' }\n    clean: true\n");
  ExpectMistakeIn("pixels.yaml", ":2: images[0].match.model: expected a value, or a regular expression");
  Write("pixels.yaml", "images:\n  - match: {}\n    blank: [{ x: 0, y: 0, width: 0, height: 1 }]\n");
  ExpectMistakeIn("pixels.yaml", ":3: images[0].blank.width");
}

}  // namespace
}  // namespace gateway::config
