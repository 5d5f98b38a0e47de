#include "spool/node_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/files.h"
#include "spool/spool_check.h"

namespace gateway::spool {
namespace {

class NodeIdTest : public testing::Test {
 protected:
  NodeIdTest() {
    std::string name = (std::filesystem::temp_directory_path() / "node-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    state_dir_ = name;
  }
  ~NodeIdTest() override { std::filesystem::remove_all(state_dir_); }

  std::filesystem::path state_dir_;
};

TEST_F(NodeIdTest, TheFirstStartMakesItAndTheNextOnesKeepIt) {
  EXPECT_EQ(ReadNodeId(state_dir_).value(), "");
  const std::string id = MakeNodeId(state_dir_).value();
  EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(MakeNodeId(state_dir_).value(), id);
  EXPECT_EQ(ReadNodeId(state_dir_).value(), id);
  struct stat status {};
  ASSERT_EQ(::stat((state_dir_ / "node").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_TRUE(FindOddities(state_dir_, false).value().empty());
}

TEST_F(NodeIdTest, AnotherDirectoryIsAnotherNode) {
  const std::filesystem::path other = state_dir_ / "other";
  std::filesystem::create_directory(other);
  EXPECT_NE(MakeNodeId(state_dir_).value(), MakeNodeId(other).value());
}

// Two nodes of one name would void each other's claims.
TEST_F(NodeIdTest, AFileThatSomebodyChangedIsRefusedAndVerifyFindsIt) {
  for (const char* content : {"", "gateway-1\n", "0123456789abcdef0123456789abcdeF"}) {
    ASSERT_TRUE(WriteFileDurably(state_dir_ / "node", content));
    const auto made = MakeNodeId(state_dir_);
    ASSERT_FALSE(made) << content;
    EXPECT_EQ(made.error().code, "state-dir-unusable");
    EXPECT_EQ(made.error().fault, Fault::config);
    const auto found = FindOddities(state_dir_, false).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, DisagreementKind::node_id);
  }
}

}  // namespace
}  // namespace gateway::spool
