#include "dicom/byte_input.h"

#include <sys/mman.h>

#include <string>

#include "base/files.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

std::string Bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

UniqueFd FileOf(const std::string& bytes) {
  UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  EXPECT_TRUE(WriteAll(file.get(), bytes));
  return file;
}

std::string Read(FileInput& input, std::size_t size) {
  std::string read(size, '\0');
  read.resize(*input.Read(read));
  return read;
}

TEST(FileInput, GivesTheSameBytesInPiecesOfAnySize) {
  const std::string bytes = Bytes(100'000);
  const UniqueFd file = FileOf(bytes);
  FileInput input(file.get(), 0, bytes.size());
  std::string seen;
  // Pieces that fit into its buffer, and pieces that do not.
  for (std::size_t i = 0; seen.size() < bytes.size(); ++i) {
    constexpr std::size_t kSizes[] = {1, 4095, 4096, 5000, 8, 30'000, 13};
    seen += Read(input, kSizes[i % std::size(kSizes)]);
    ASSERT_EQ(input.position(), seen.size());
  }
  EXPECT_EQ(seen, bytes);
  EXPECT_EQ(Read(input, 10), "");
}

TEST(FileInput, GivesNothingFromBehindItsEnd) {
  const std::string bytes = Bytes(20'000);
  const UniqueFd file = FileOf(bytes);
  for (const std::size_t end : {100UL, 4096UL, 10'000UL}) {
    for (const std::size_t piece : {200UL, 20'000UL}) {
      FileInput input(file.get(), 0, bytes.size());
      input.EndAt(end);
      std::string seen;
      for (std::string read = Read(input, piece); !read.empty(); read = Read(input, piece)) seen += read;
      EXPECT_EQ(seen, bytes.substr(0, end)) << end << " " << piece;
    }
  }
}

}  // namespace
}  // namespace gateway::dicom
