#include "marking_transform.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string_view>

#include "dicom/header_reader.h"
#include "support/errors.h"

extern "C" void gateway_durable_point(const char* name) {
  if (std::string_view(name) != "spool.kept") return;
  ++gateway::transform::g_files_kept;
  if (gateway::transform::g_end_at_next_file) ::_exit(137);
}

namespace gateway::transform {
namespace {

const DcmTag kCreator(0x0011, 0x0010, EVR_LO);
const DcmTag kMark(0x0011, 0x1001, EVR_LO);

}  // namespace

Result<std::optional<Changed>> MarkingTransform::Apply(const Way& way, const Original& original,
                                                       const std::filesystem::path& to) const {
  const int number = asked++;
  if (answer == Answer::fail) return Permanent("edit-failed", "the test says so");
  if (answer == Answer::as_it_came) return std::optional<Changed>();
  DcmFileFormat file;
  EXPECT_TRUE(file.loadFile(original.file.c_str()).good());
  DcmDataset& dataset = *file.getDataset();
  EXPECT_TRUE(dataset.putAndInsertString(kCreator, "DMG TEST").good());
  const std::string mark = way.rule + way.pacs + " " + std::to_string(number);
  EXPECT_TRUE(dataset.putAndInsertString(kMark, mark.c_str()).good());
  EXPECT_TRUE(file.saveFile(to.c_str(), EXS_LittleEndianExplicit).good());
  Result<InstanceHeader> header = dicom::ReadHeader(to);
  if (!header) return header.error();
  EXPECT_EQ(header->sop_instance_uid, original.header.sop_instance_uid);
  return std::optional(Changed{*std::move(header), {}});
}

std::string MarkOf(const std::filesystem::path& file) {
  DcmFileFormat format;
  OFString mark;
  if (format.loadFile(file.c_str()).good()) (void)format.getDataset()->findAndGetOFString(kMark, mark);
  return {mark.c_str(), mark.length()};
}

void WriteInstance(const std::filesystem::path& file, const std::string& uid) {
  DcmFileFormat format;
  DcmDataset& dataset = *format.getDataset();
  const std::initializer_list<std::pair<DcmTag, std::string>> attributes{
      {DCM_SOPClassUID, UID_SecondaryCaptureImageStorage},
      {DCM_SOPInstanceUID, uid},
      {DCM_StudyInstanceUID, "1.2.3"},
      {DCM_SeriesInstanceUID, "1.2.3.1"},
      {DCM_Modality, "OT"},
      {DCM_PatientName, "Nobody^At^All"}};
  for (const auto& [tag, value] : attributes) {
    ASSERT_TRUE(dataset.putAndInsertString(tag, value.c_str()).good());
  }
  ASSERT_TRUE(format.saveFile(file.c_str(), EXS_LittleEndianExplicit).good());
}

}  // namespace gateway::transform
