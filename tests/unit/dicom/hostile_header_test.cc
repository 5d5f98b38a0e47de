// Header reading of files that were made to do harm.
#include <sys/mman.h>
#include <unistd.h>

#include <random>

#include "base/handles.h"
#include "dicom/header_reader.h"
#include "dicom/part10_header.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

using Bytes = std::string;

Bytes operator""_b(const char* text, std::size_t size) {
  return {text, size};
}

const Bytes kUndefined = "\xFF\xFF\xFF\xFF"_b;
const Bytes kItem = "\xFE\xFF\x00\xE0"_b;
const Bytes kItemEnd = "\xFE\xFF\x0D\xE0\0\0\0\0"_b;
const Bytes kSequenceEnd = "\xFE\xFF\xDD\xE0\0\0\0\0"_b;
const Bytes kPrivateSequence = "\x09\0\x10\x10SQ\0\0"_b + kUndefined;
const Bytes kIds =
    "\x08\0\x16\0UI\x02\0"
    "1\0"_b +
    "\x08\0\x18\0UI\x02\0"
    "2\0"_b;
const Bytes kStudy =
    "\x20\0\x0D\0UI\x02\0"
    "3\0"_b;

Result<InstanceHeader> Read(const Bytes& dataset, const char* syntax = "1.2.840.10008.1.2.1") {
  const TempDirectory directory;
  InstanceHeader meta;
  meta.sop_class_uid = "1";
  meta.sop_instance_uid = "2";
  meta.transfer_syntax_uid = syntax;
  WriteFile(directory / "file", Part10Header(meta) + dataset);
  return ReadHeader(directory / "file");
}

// A file without a file system, for tests that need thousands.
class MemoryFile {
 public:
  Result<InstanceHeader> ReadHeaderOf(const Bytes& content) {
    EXPECT_EQ(::ftruncate(fd_.get(), 0), 0);
    EXPECT_EQ(::pwrite(fd_.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return ReadHeader(fd_.get());
  }

 private:
  UniqueFd fd_{::memfd_create("dicom", MFD_CLOEXEC)};
};

Bytes Repeat(const Bytes& bytes, int times) {
  Bytes all;
  for (int i = 0; i < times; ++i) all += bytes;
  return all;
}

TEST(HostileHeader, SkipsSequencesOfAnyDepth) {
  const Bytes open = kItem + kUndefined + kPrivateSequence;
  const Bytes dataset =
      kIds + kPrivateSequence + Repeat(open, 10'000) + Repeat(kSequenceEnd + kItemEnd, 10'000) + kSequenceEnd + kStudy;
  const auto header = Read(dataset);
  ASSERT_TRUE(header) << header.error().code << header.error().detail;
  EXPECT_EQ(header->study_instance_uid, "3");
}

TEST(HostileHeader, RefusesSequencesThatNeverEnd) {
  EXPECT_THAT(Read(kIds + kPrivateSequence + Repeat(kItem + kUndefined + kPrivateSequence, 10'000)),
              FailsWith("dicom-damaged"));
  EXPECT_THAT(Read(kIds + kPrivateSequence + kItem), FailsWith("dicom-damaged"));
}

TEST(HostileHeader, ReadsUnknownSequencesAsImplicit) {
  const Bytes unknown = "\x09\0\x10\x10UN\0\0"_b + kUndefined;
  const Bytes implicit_element =
      "\x09\0\x11\x10\x04\0\0\0"
      "abcd"_b;
  const auto header = Read(kIds + unknown + kItem + kUndefined + implicit_element + kItemEnd + kSequenceEnd + kStudy);
  ASSERT_TRUE(header) << header.error().detail;
  EXPECT_EQ(header->study_instance_uid, "3");
}

TEST(HostileHeader, SkipsLargeValuesUnread) {
  const Bytes large = "\x09\0\x10\x10OB\0\0\0\0\x40\0"_b + Bytes(4 << 20, 'x');
  const Bytes description = "\x08\0\x30\x10LO\x88\x13"_b + Bytes(5000, 'x');
  const auto header = Read(kIds + description + large + kStudy);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->study_instance_uid, "3");
  EXPECT_EQ(header->study_description, "");
}

TEST(HostileHeader, RefusesLengthsBeyondTheFile) {
  EXPECT_THAT(Read(kIds +
                   "\x09\0\x10\x10OB\0\0\xF0\xFF\xFF\xFF"
                   "abc"_b +
                   kStudy),
              FailsWith("dicom-damaged"));
  EXPECT_THAT(Read(kIds + "\x20\0\x0D\0UI\xFF\xFF"
                          "1.2"_b),
              FailsWith("dicom-damaged"));
  EXPECT_THAT(Read(kIds + "\x20\0\x0D\0U"_b), FailsWith("dicom-damaged"));
  EXPECT_THAT(Read(""), FailsWith("dicom-incomplete"));
}

TEST(HostileHeader, RefusesDeflateBombs) {
  const TempDirectory directory;
  const Finished made =
      RunTool({"/usr/bin/python3", "-c",
               "import sys, zlib; c = zlib.compressobj(9, zlib.DEFLATED, -15); f = open(sys.argv[1], 'wb')\n"
               "f.write(c.compress(b'\\x08\\0\\x16\\0OB\\0\\0\\xf0\\xff\\xff\\xff'))\n"
               "for _ in range(128): f.write(c.compress(bytes(1 << 20)))\n"
               "f.write(c.flush())",
               directory / "bomb"});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  EXPECT_THAT(Read(ReadAll(directory / "bomb"), "1.2.840.10008.1.2.1.99"), FailsWith("dicom-damaged"));
  EXPECT_FALSE(Read("this is no deflate stream", "1.2.840.10008.1.2.1.99"));
}

TEST(HostileHeader, SurvivesTruncationAnywhere) {
  MemoryFile file;
  for (const char* name : {"CT_small.dcm", "image_dfl.dcm", "nested_priv_SQ.dcm", "MR_small_bigendian.dcm"}) {
    const Bytes whole = ReadAll(PydicomFile(name));
    for (std::size_t size = 0; size < std::min<std::size_t>(whole.size(), 1500); size += 3) {
      const auto header = file.ReadHeaderOf(whole.substr(0, size));
      EXPECT_TRUE(header || header.error().fault == Fault::corrupt);
    }
  }
}

TEST(HostileHeader, SurvivesRandomDamage) {
  MemoryFile memory;
  std::mt19937 random(20);
  for (const auto& file : ReadablePydicomFiles()) {
    const Bytes whole = ReadAll(file).substr(0, 20'000);
    for (int round = 0; round < 30; ++round) {
      Bytes damaged = whole;
      for (int hit = 0; hit < 1 + round; ++hit) {
        damaged[random() % std::min<std::size_t>(damaged.size(), 2000)] = static_cast<char>(random());
      }
      const auto header = memory.ReadHeaderOf(damaged);
      EXPECT_TRUE(header || header.error().fault == Fault::corrupt);
    }
  }
}

}  // namespace
}  // namespace gateway::dicom
