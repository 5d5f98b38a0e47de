// De-identified copies of pydicom's test files: compared with another implementation, and with the
// rules of their IODs.
#include <fstream>

#include "deidentify_kit.h"

namespace gateway::dicom {
namespace {

using Option = DeidentifyOption;

class DeidentifiedFiles : public DeidentifyTest {
 protected:
  // Makes a copy of each file with each set of options, and a list of them for the oracles.
  std::string MakeCopies() {
    const std::vector<std::vector<Option>> sets = {
        {},
        {Option::clean_structured_content, Option::clean_graphics, Option::clean_descriptors,
         Option::retain_longitudinal_modified_dates},
        {Option::clean_structured_content, Option::retain_uids, Option::retain_device_identity,
         Option::retain_institution_identity, Option::retain_patient_characteristics,
         Option::retain_longitudinal_full_dates}};
    const std::string list = directory_ / "list";
    std::ofstream lines(list);
    for (const auto& options : sets) {
      for (const auto& file : ReadablePydicomFiles()) {
        const auto copy = Deidentify(file, WithOptions(options));
        if (!copy) {
          ++refused_[copy.error().code];
          continue;
        }
        ++copies_;
        lines << file.string() << '\t' << copy->string() << '\t';
        const char* separator = "";
        for (const DeidentifyOptionName& name : kDeidentifyOptions) {
          if (!WithOptions(options).Has(name.option)) continue;
          lines << separator << name.key;
          separator = ",";
        }
        lines << '\n';
      }
    }
    return list;
  }

  std::map<std::string, int> refused_;
  int copies_ = 0;
};

TEST_F(DeidentifiedFiles, AreWhatAnotherImplementationMakes) {
  const std::string list = MakeCopies();
  const Finished run = RunTool({"/usr/bin/python3", "-B", "-W", "ignore",
                                REPOSITORY_DIR "/tests/unit/dicom/deidentify_oracle.py", kSecret, "365", list});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, testing::StartsWith("read ")) << run.output;
  EXPECT_GT(std::stoi("0" + run.output.substr(run.output.rfind(' ') + 1)), copies_ * 9 / 10);
  EXPECT_GT(copies_, 100);
  for (const auto& [code, count] : refused_) {
    EXPECT_THAT(code, testing::AnyOf("deidentify-burned-in", "deidentify-content", "dicom-damaged")) << count;
  }
}

TEST_F(DeidentifiedFiles, KeepTheRulesOfTheirIods) {
  const std::string list = MakeCopies();
  const Finished run = RunTool({"/usr/bin/python3", "-B", REPOSITORY_DIR "/tests/unit/dicom/validity_oracle.py", list});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, testing::StartsWith("valid ")) << run.output;
  EXPECT_GT(std::stoi("0" + run.output.substr(run.output.rfind(' ') + 1)), 10);
}

}  // namespace
}  // namespace gateway::dicom
