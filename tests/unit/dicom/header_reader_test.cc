#include "dicom/header_reader.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <map>
#include <sstream>

#include "base/files.h"
#include "dicom/part10_header.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

constexpr char kImplicit[] = "1.2.840.10008.1.2";
constexpr char kExplicit[] = "1.2.840.10008.1.2.1";
constexpr char kDeflated[] = "1.2.840.10008.1.2.1.99";

const std::string kTestDirectory = REPOSITORY_DIR "/tests/unit/dicom/";

std::string WriteSample(const TempDirectory& directory, const std::string& syntax = kExplicit,
                        const std::string& character_set = "ISO_IR 100", const std::string& name = "Meier^Anna") {
  const std::string file = directory / "sample.dcm";
  const Finished written =
      RunTool({"/usr/bin/python3", kTestDirectory + "write_sample.py", file, syntax, character_set, name});
  EXPECT_EQ(written.exit_code, 0) << written.output;
  return file;
}

TEST(HeaderReader, AgreesWithPydicomOnItsFiles) {
  const auto files = ReadablePydicomFiles();
  ASSERT_GT(files.size(), 60u);
  std::vector<std::string> arguments{"/usr/bin/python3", kTestDirectory + "pydicom_oracle.py"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  std::istringstream lines(RunTool(arguments).output);
  std::size_t compared = 0;
  for (std::string line; std::getline(lines, line); ++compared) {
    const std::string file = line.substr(0, line.find('\t'));
    const InstanceHeader header = ReadHeader(std::filesystem::path(file)).value();
    const std::string ours = file + '\t' + header.sop_class_uid + '\t' + header.sop_instance_uid + '\t' +
                             header.study_instance_uid + '\t' + header.series_instance_uid + '\t' + header.modality +
                             '\t' + header.institution_name + '\t' + header.station_name + '\t' +
                             header.study_description + '\t' + header.referring_physician;
    EXPECT_EQ(ours, line);
  }
  EXPECT_EQ(compared, files.size());
}

TEST(HeaderReader, HashesTheDatasetOnly) {
  const TempDirectory directory;
  WriteFile(directory / "bare", DatasetOf(PydicomFile("CT_small.dcm")));
  const auto whole = ReadHeader(PydicomFile("CT_small.dcm"));
  const auto bare = ReadHeader(directory / "bare");
  ASSERT_TRUE(whole && bare);
  EXPECT_EQ(whole->dataset_sha256, bare->dataset_sha256);
  EXPECT_EQ(RunTool({"sha256sum", directory / "bare"}).output.substr(0, 64), bare->dataset_sha256);
}

TEST(HeaderReader, GuessesTheEncodingOfBareDatasets) {
  const std::map<std::string, std::string> expected{{"ExplVR_LitEndNoMeta.dcm", kExplicit},
                                                    {"ExplVR_BigEndNoMeta.dcm", "1.2.840.10008.1.2.2"},
                                                    {"rtstruct.dcm", kImplicit},
                                                    {"CT_small.dcm", kExplicit},
                                                    {"rtdose.dcm", kImplicit}};
  const TempDirectory directory;
  for (const auto& [name, syntax] : expected) {
    WriteFile(directory / name, DatasetOf(PydicomFile(name)));
    const auto header = ReadHeader(directory / name);
    ASSERT_TRUE(header) << name << ' ' << header.error().code;
    EXPECT_EQ(header->transfer_syntax_uid, syntax) << name;
    EXPECT_FALSE(header->has_meta_header) << name;
    EXPECT_EQ(header->dataset_offset, 0u) << name;
  }
}

TEST(HeaderReader, ReadsDeflatedAndBigEndianDatasets) {
  for (const char* name : {"image_dfl.dcm", "MR_small_bigendian.dcm"}) {
    const auto header = ReadHeader(PydicomFile(name));
    ASSERT_TRUE(header) << name << ' ' << header.error().code;
    EXPECT_TRUE(header->has_meta_header);
    EXPECT_FALSE(header->study_instance_uid.empty());
  }
}

TEST(HeaderReader, ConvertsTextToUtf8) {
  const TempDirectory directory;
  const std::vector<std::pair<std::string, std::string>> samples{
      {"ISO_IR 100", "Müller^Jörg"},
      {"ISO_IR 192", "Müller^Jörg=山田^太郎"},
      {"ISO_IR 144", "Люкceмбypг"},
      {"GB18030", "王^小东"},
      {"ISO 2022 IR 6\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞"}};
  for (const auto& [character_set, name] : samples) {
    const auto header = ReadHeader(std::filesystem::path(WriteSample(directory, kExplicit, character_set, name)));
    ASSERT_TRUE(header) << character_set;
    EXPECT_EQ(header->referring_physician, name) << character_set;
  }
}

TEST(HeaderReader, ReadsUnknownCharacterSetsAsTheDefault) {
  const TempDirectory directory;
  const std::string file = WriteSample(directory, kExplicit, "ISO_IR 100", "Müller^Jörg");
  std::string content = ReadAll(file);
  content.replace(content.find("ISO_IR 100"), 10, "ISO_IR 999");
  WriteFile(file, content);
  const auto header = ReadHeader(std::filesystem::path(file));
  EXPECT_EQ(header->referring_physician, "Müller^Jörg");
  EXPECT_EQ(header->text_reading, TextReading::unknown_term);
}

TEST(HeaderReader, TellsHowItReadText) {
  const TempDirectory directory;
  const auto reading_of = [&directory](const std::string& term, const std::string& physician) {
    const std::string file = WriteSample(directory, kExplicit, "ISO_IR 100", physician);
    std::string content = ReadAll(file);
    content.replace(content.find("ISO_IR 100"), 10, term);
    WriteFile(file, content);
    return ReadHeader(std::filesystem::path(file)).value().text_reading;
  };
  EXPECT_EQ(reading_of("ISO_IR 100", "Müller^Jörg"), TextReading::as_declared);
  EXPECT_EQ(reading_of("ISO_IR 999", "Mueller^Joerg"), TextReading::as_declared) << "nothing depends on the term";
  EXPECT_EQ(reading_of("ISO_IR_100", "Müller^Jörg"), TextReading::misspelt);
  EXPECT_EQ(reading_of("          ", "Müller^Jörg"), TextReading::undeclared);
  EXPECT_EQ(reading_of("ISO_IR 192", "Müller^Jörg"), TextReading::not_as_declared);
}

TEST(HeaderReader, ReadsTheSameOfEachTransferSyntax) {
  const TempDirectory directory;
  for (const char* syntax : {kImplicit, kExplicit, "1.2.840.10008.1.2.2", kDeflated}) {
    const auto header = ReadHeader(std::filesystem::path(WriteSample(directory, syntax)));
    ASSERT_TRUE(header) << syntax << ' ' << header.error().code;
    EXPECT_EQ(header->transfer_syntax_uid, syntax);
    EXPECT_EQ(header->sop_instance_uid, "1.2.3.4");
    EXPECT_EQ(header->series_instance_uid, "1.2.3.5");
    EXPECT_EQ(header->institution_name, "Klinikum A");
  }
}

TEST(HeaderReader, LeavesThePositionAlone) {
  const UniqueFd fd = OpenForReading(PydicomFile("CT_small.dcm")).value();
  ::lseek(fd.get(), 77, SEEK_SET);
  EXPECT_TRUE(ReadHeader(fd.get()));
  EXPECT_EQ(::lseek(fd.get(), 0, SEEK_CUR), 77);
}

// The sandbox allows no files, and iconv would load its converters from files.
TEST(HeaderReader, OpensNothingToConvertText) {
  const TempDirectory directory;
  const UniqueFd fd = OpenForReading(WriteSample(directory, kExplicit, "GB18030", "王^小东")).value();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto header = ReadHeader(fd.get());
  const auto opened = OpenForReading("/dev/null");
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(opened);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->referring_physician, "王^小东");
}

TEST(HeaderReader, TellsOtherFilesFromDicom) {
  const TempDirectory directory;
  const std::vector<std::string> others{"",
                                        "\x08",
                                        "Subject: hello\r\n\r\nbody",
                                        "%PDF-1.7\n",
                                        std::string(4096, '\0'),
                                        std::string("\x08\0\xFF\xFF????????", 12),
                                        std::string("\x08\0\x16\0", 4)};
  for (const std::string& other : others) {
    WriteFile(directory / "other", other);
    EXPECT_THAT(ReadHeader(directory / "other"), FailsWith("not-dicom"));
    EXPECT_FALSE(*LooksLikeDicom(OpenForReading(directory / "other")->get()));
  }
  EXPECT_TRUE(*LooksLikeDicom(OpenForReading(PydicomFile("CT_small.dcm"))->get()));
  EXPECT_TRUE(*LooksLikeDicom(OpenForReading(PydicomFile("ExplVR_BigEndNoMeta.dcm"))->get()));
}

// It must not be taken for a document because its disk fails for the moment.
TEST(HeaderReader, WhatCannotBeReadIsNoVerdict) {
  const UniqueFd fd(::open(PydicomFile("CT_small.dcm").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(fd);
  EXPECT_THAT(LooksLikeDicom(fd.get()), FailsWith("file-error"));
  EXPECT_THAT(ReadHeader(fd.get()), FailsWith("file-error"));
}

TEST(HeaderReader, WantsUids) {
  const TempDirectory directory;
  const std::string file = WriteSample(directory);
  const std::string good = ReadAll(file);
  for (const std::string uid : {"1.2.x", "1/..3", "     "}) {
    std::string content = good;
    content.replace(content.rfind(std::string("UI\x06\0"
                                              "1.2.3\0",
                                              10)) +
                        4,
                    5, uid);
    WriteFile(file, content);
    EXPECT_THAT(ReadHeader(std::filesystem::path(file)), FailsWith("dicom-incomplete")) << uid;
  }
}

TEST(Part10Header, MakesAPart10FileOfABareDataset) {
  const TempDirectory directory;
  const auto bare = ReadHeader(PydicomFile("ExplVR_LitEndNoMeta.dcm"));
  ASSERT_TRUE(bare);
  WriteFile(directory / "made.dcm", Part10Header(*bare) + ReadAll(PydicomFile("ExplVR_LitEndNoMeta.dcm")));
  EXPECT_EQ(RunTool({"dcmftest", directory / "made.dcm"}).exit_code, 0);
  const auto made = ReadHeader(directory / "made.dcm");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->has_meta_header);
  EXPECT_EQ(made->dataset_sha256, bare->dataset_sha256);
  EXPECT_EQ(made->transfer_syntax_uid, kExplicit);
  const Finished dump = RunTool({"dcmdump", "-q", "+E", directory / "made.dcm"});
  EXPECT_EQ(dump.exit_code, 0) << dump.output;
}

}  // namespace
}  // namespace gateway::dicom
