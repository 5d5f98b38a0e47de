// What the tests of the coders share.
#pragma once

#include <string>
#include <vector>

#include "base/instance_digest.h"
#include "dicom/coding/instance_coder.h"
#include "fixture.h"

namespace gateway::dicom {

class CodingTest : public testing::Test {
 protected:
  static void SetUpTestSuite();

  struct Coded {
    CodingOutcome outcome;
    std::filesystem::path file;  // what was written
    [[nodiscard]] bool is_coded() const { return outcome.header.has_value(); }
  };

  // make_pixels.py's image.
  std::filesystem::path Image(const std::vector<std::string>& form);
  Coded Code(const std::filesystem::path& file, Coding coding);
  // What a tool makes of a file, by TOOL... FILE OUT.
  std::filesystem::path Made(std::vector<std::string> tool, const std::filesystem::path& file);
  // The hash of the decoded pixels and their meaning.
  static std::string PixelsOf(const std::filesystem::path& file);
  static Difference CompareDecoded(const std::filesystem::path& one, const std::filesystem::path& other);
  // Expects that pydicom sees the same elements in both, but for the `storage` attributes.
  static std::string ExpectSameElements(const std::filesystem::path& original, const std::filesystem::path& copy,
                                        const std::vector<std::string>& storage = {});

  TempDirectory directory_;
  int made_ = 0;
};

}  // namespace gateway::dicom
