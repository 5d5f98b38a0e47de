#include "dicom/toolkit.h"

#include "fixture.h"

namespace gateway::dicom {
namespace {

// DCMTK reads DCMDICTPATH before main(), so this program starts itself anew.
Finished RunWithDictionary(const std::string& path) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  return RunTool({"env", "DCMDICTPATH=" + path, self, "--gtest_filter=HeaderReader.LeavesThePositionAlone"});
}

TEST(Toolkit, WantsItsDictionary) {
  const Finished without = RunWithDictionary("/nonexistent.dic");
  EXPECT_NE(without.exit_code, 0);
  EXPECT_THAT(without.output, testing::HasSubstr("dicom-dictionary-missing"));
  EXPECT_EQ(RunWithDictionary("/usr/share/libdcmtk17/dicom.dic").exit_code, 0);
}

TEST(Toolkit, MayBeStartedTwice) {
  EXPECT_TRUE(StartToolkit(true));
  EXPECT_TRUE(StartToolkit(false));
}

}  // namespace
}  // namespace gateway::dicom
