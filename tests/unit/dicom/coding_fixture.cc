#include "coding_fixture.h"

#include "base/files.h"
#include "dicom/coding/codecs.h"
#include "dicom/coding/decoded_digest.h"
#include "dicom/header_reader.h"

namespace gateway::dicom {
namespace {

InstanceDigest DecodedDigest(const std::filesystem::path& file) {
  const UniqueFd fd = OpenForReading(file).value();
  const auto header = ReadHeaderWithoutHash(fd.get());
  if (!header) return {};
  const auto text = MakeDecodedDigest(fd.get(), *header);
  EXPECT_TRUE(text) << file << text.error().detail;
  return InstanceDigestFrom(text ? *text : std::string()).value_or(InstanceDigest{});
}

}  // namespace

void CodingTest::SetUpTestSuite() {
  LoadCodecs();
}

std::filesystem::path CodingTest::Image(const std::vector<std::string>& form) {
  const std::filesystem::path file = directory_ / std::to_string(++made_);
  std::vector<std::string> command{
      "/usr/bin/python3", "-B", "-W", "ignore", REPOSITORY_DIR "/tests/unit/dicom/make_pixels.py", file};
  command.insert(command.end(), form.begin(), form.end());
  const Finished run = RunTool(command);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  return file;
}

CodingTest::Coded CodingTest::Code(const std::filesystem::path& file, Coding coding) {
  Coded coded;
  coded.file = directory_ / std::to_string(++made_);
  const UniqueFd from = OpenForReading(file).value();
  const UniqueFd to = CreateFile(coded.file).value();
  const auto header = ReadHeaderWithoutHash(from.get());
  EXPECT_TRUE(header) << file;
  const auto outcome = CodeInstance(from.get(), *header, to.get(), coding);
  EXPECT_TRUE(outcome) << outcome.error().code << outcome.error().detail;
  if (outcome) coded.outcome = *outcome;
  EXPECT_FALSE(coded.outcome.differs) << file << ' ' << NameOf(coding) << ' ' << coded.outcome.why;
  return coded;
}

std::filesystem::path CodingTest::Made(std::vector<std::string> tool, const std::filesystem::path& file) {
  const std::filesystem::path made = directory_ / std::to_string(++made_);
  tool.push_back(file);
  tool.push_back(made);
  const Finished run = RunTool(tool);
  EXPECT_EQ(run.exit_code, 0) << testing::PrintToString(tool) << run.output;
  return made;
}

std::string CodingTest::PixelsOf(const std::filesystem::path& file) {
  return DecodedDigest(file).pixels;
}

Difference CodingTest::CompareDecoded(const std::filesystem::path& one, const std::filesystem::path& other) {
  return Compare(DecodedDigest(one), DecodedDigest(other));
}

std::string CodingTest::ExpectSameElements(const std::filesystem::path& original, const std::filesystem::path& copy,
                                           const std::vector<std::string>& storage) {
  std::vector<std::string> command{
      "/usr/bin/python3", "-B", "-W", "ignore", REPOSITORY_DIR "/tests/unit/dicom/coding_oracle.py", original, copy};
  command.insert(command.end(), storage.begin(), storage.end());
  const Finished run = RunTool(command);
  EXPECT_EQ(run.exit_code, 0) << original << run.output;
  return run.output.substr(0, run.output.find('\n'));
}

}  // namespace gateway::dicom
