// Edits of files with a few bytes changed by chance: whatever comes of it, every copy keeps its
// promises.
#include "support/edit_promises.h"

#include <sys/mman.h>

#include <random>

#include "base/files.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

UniqueFd InMemory(const std::string& content) {
  UniqueFd file(::memfd_create("edits", MFD_CLOEXEC));
  EXPECT_TRUE(WriteAll(file.get(), content));
  return file;
}

TEST(EditPromises, HoldForDamagedFilesToo) {
  std::mt19937 random(13);  // NOLINT(cert-msc51-cpp): the same each time
  const auto below = [&random](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const auto new_file = []() -> Result<UniqueFd> { return InMemory({}); };
  int copies = 0;
  for (const std::filesystem::path& path : ReadablePydicomFiles()) {
    const std::string whole = ReadAll(path);
    if (whole.size() > 300'000) continue;
    for (unsigned round = 0; round < 16; ++round) {
      std::string content = whole;
      // Most elements stand at the start.
      const std::size_t end = std::min<std::size_t>(content.size(), 4096);
      for (unsigned i = 0; i < round % 4; ++i) content[below(end)] = static_cast<char>(below(256));
      if (round % 8 == 7) content.resize(content.size() - below(content.size() / 2));
      const UniqueFd file = InMemory(content);
      const auto header = ReadHeader(file.get());
      if (!header) continue;
      const auto recipe = static_cast<unsigned>(below(64));
      ASSERT_EQ(BrokenPromise(file.get(), *header, recipe, new_file), "") << path << " round " << round;
      ++copies;
    }
  }
  EXPECT_GT(copies, 1000);
}

}  // namespace
}  // namespace gateway::dicom
