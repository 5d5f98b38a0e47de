// Recipes on their way to the worker, and what the worker does by them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "dicom/header_reader.h"
#include "opener/recipe_forms.h"
#include "opener/recipe_runner.h"

namespace gateway::opener {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

DeidentifySettings Settings() {
  DeidentifySettings settings;
  settings.options = {DeidentifyOption::clean_descriptors, DeidentifyOption::retain_safe_private};
  settings.secret = "a secret of the test, long enough";
  settings.has_table = true;
  settings.patients = {{"4711", "A", "T-1", "Subject^One"}};
  settings.shift_days = 30;
  settings.safe_private = {{0x0019, 0x0C, "SIEMENS MR HEADER"}};
  settings.words = {"meniscus"};
  PixelRule rule;
  rule.manufacturer = "~^GE";
  rule.columns = 960;
  rule.act = PixelRule::Act::blank;
  rule.regions = {{1, 2, 3, 4}};
  settings.pixels = {rule, {}};
  return settings;
}

TEST(Recipe, CarriesAllOfADeidentificationToTheWorker) {
  Recipe recipe;
  EXPECT_EQ(RecipeFromText(RecipeToText(recipe))->deidentify, nullptr);
  recipe.deidentify = std::make_shared<const DeidentifySettings>(Settings());
  const auto read = RecipeFromText(RecipeToText(recipe));
  ASSERT_TRUE(read && read->deidentify);
  const DeidentifySettings& settings = *read->deidentify;
  EXPECT_EQ(settings.options, Settings().options);
  EXPECT_EQ(settings.secret, Settings().secret);
  EXPECT_TRUE(settings.has_table);
  EXPECT_THAT(settings.patients, testing::ElementsAre(Field(&PatientPseudonym::new_name, "Subject^One")));
  EXPECT_EQ(settings.shift_days, 30U);
  EXPECT_EQ(settings.safe_private, Settings().safe_private);
  EXPECT_EQ(settings.words, Settings().words);
  ASSERT_EQ(settings.pixels.size(), 2U);
  EXPECT_EQ(settings.pixels[0].manufacturer, "~^GE");
  EXPECT_EQ(settings.pixels[0].columns, 960U);
  EXPECT_EQ(settings.pixels[0].rows, std::nullopt);
  EXPECT_EQ(settings.pixels[0].act, PixelRule::Act::blank);
  EXPECT_EQ(settings.pixels[0].regions.at(0).height, 4U);
  EXPECT_EQ(settings.pixels[1].act, PixelRule::Act::refuse);
  EXPECT_FALSE(RecipeFromText(R"({"edits":[],"original_attributes":true,"system":"","deidentify":{}})"));
}

// A data set in Implicit VR Little Endian: a CT image of patient 4711.
std::string SmallFile() {
  std::string bytes;
  const auto add = [&](std::uint16_t group, std::uint16_t element, std::string value) {
    if (value.size() % 2 != 0) value += group == 0x0010 ? ' ' : '\0';
    for (const std::uint32_t number : {std::uint32_t{group}, std::uint32_t{element}}) {
      bytes += static_cast<char>(number & 0xFF);
      bytes += static_cast<char>(number >> 8);
    }
    bytes += static_cast<char>(value.size());
    bytes += std::string(3, '\0') + value;
  };
  add(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.2");
  add(0x0008, 0x0018, "1.2.3.1");
  add(0x0010, 0x0010, "Muster^Eva");
  add(0x0010, 0x0020, "4711");
  add(0x0010, 0x0021, "A");
  add(0x0020, 0x000D, "1.2.3.2");
  return bytes;
}

class RunRecipeTest : public testing::Test {
 protected:
  RunRecipeTest() { fs::create_directory(directory_); }
  ~RunRecipeTest() override { fs::remove_all(directory_); }

  UniqueFd NewFile() {
    const std::string name = directory_ / std::to_string(++made_);
    return UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  }
  // The copy's bytes.
  Result<std::string> Run(const Recipe& recipe) {
    const std::string name = directory_ / "in";
    std::ofstream(name) << SmallFile();
    GATEWAY_ASSIGN(const UniqueFd in, OpenForReading(name));
    const UniqueFd out = NewFile();
    const std::string made = directory_ / std::to_string(made_);
    GATEWAY_ASSIGN(result_, RunRecipe(
                                in.get(), recipe, {"20260101", "", ""},
                                [this]() -> Result<UniqueFd> { return NewFile(); }, out.get()));
    std::ifstream file(made, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  const fs::path directory_ = fs::temp_directory_path() / ("recipe_test." + std::to_string(::getpid()));
  int made_ = 0;
  RecipeResult result_;
};

TEST_F(RunRecipeTest, DeidentifiesAfterTheEdits) {
  Recipe recipe;
  recipe.deidentify = std::make_shared<const DeidentifySettings>(Settings());
  Edit edit;
  edit.kind = EditKind::set;
  edit.attribute.steps = {{0x00100010, "", PathStep::kNoItem}};
  edit.text = "Edited^Name";
  recipe.edits = {edit};
  const auto copy = Run(recipe);
  ASSERT_TRUE(copy) << copy.error().code << copy.error().detail;
  EXPECT_THAT(*copy, HasSubstr("Subject^One"));
  for (const char* const gone : {"Muster", "Edited", "4711", "1.2.3.1"}) EXPECT_THAT(*copy, Not(HasSubstr(gone)));
  ASSERT_TRUE(result_.header);
  EXPECT_THAT(result_.header->sop_instance_uid, testing::StartsWith("2.25."));
  EXPECT_THAT(result_.replaced, Contains(ReplacedIdentifier{"patient-id", "4711", "T-1"}));
}

TEST_F(RunRecipeTest, LetsNothingOutThatItCannotDeidentify) {
  Recipe recipe;
  DeidentifySettings settings = Settings();
  settings.patients.clear();
  recipe.deidentify = std::make_shared<const DeidentifySettings>(settings);
  const auto copy = Run(recipe);
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code, "deidentify-patient-unknown");
  EXPECT_EQ(copy.error().fault, Fault::permanent);
}

}  // namespace
}  // namespace gateway::opener
