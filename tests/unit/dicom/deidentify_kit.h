// De-identifies files and small data sets that tests make.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dicom/deidentify/deidentify.h"
#include "fixture.h"

namespace gateway::dicom {

inline constexpr char kSecret[] = "a secret of the test, long enough";

DeidentifySettings WithOptions(std::vector<DeidentifyOption> options);

// Makes data sets in Explicit VR Little Endian.
std::string ElementOf(std::uint32_t tag, const char* vr, const std::string& value);
// `items` holds the elements of each item.
std::string SequenceOf(std::uint32_t tag, const std::vector<std::string>& items);
// Bytes of a number of 16 bits.
std::string U16(std::uint16_t value);

class DeidentifyTest : public testing::Test {
 protected:
  // A Part 10 file with these elements and the UIDs of the instance and its study, in ascending
  // order.
  std::filesystem::path FileOf(const std::string& sop_class, const std::string& elements,
                               const std::string& transfer_syntax = "1.2.840.10008.1.2.1");
  static constexpr char kCt[] = "1.2.840.10008.5.1.4.1.1.2";
  static constexpr char kEnhancedCt[] = "1.2.840.10008.5.1.4.1.1.2.1";
  static constexpr char kMammography[] = "1.2.840.10008.5.1.4.1.1.1.2";
  static constexpr char kUnknownClass[] = "1.2.3.4.5";

  // The copy.
  Result<std::filesystem::path> Deidentify(const std::filesystem::path& file, const DeidentifySettings& settings = {},
                                           const std::string& secret = kSecret, const Decoder& decode = {});
  // The copy's values by path: "00100010", "00081140[0].00081155". Sequences have the number of
  // their items.
  using Values = std::map<std::string, std::string>;
  static Values ValuesOf(const std::filesystem::path& file);
  Values Deidentified(const std::string& sop_class, const std::string& elements,
                      const DeidentifySettings& settings = {});
  std::string ErrorOf(const std::string& sop_class, const std::string& elements,
                      const DeidentifySettings& settings = {});

  std::set<ReplacedIdentifier> replaced_;  // by the last Deidentify()
  TempDirectory directory_;
  int made_ = 0;
};

}  // namespace gateway::dicom
