// `retry` of another process reaches the daemon.
#include "upkeep/operator_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random_text.h"
#include "ledger/operator_acts.h"

namespace gateway::upkeep {
namespace {

using ledger::DestinationKind;
using ledger::DestinationName;

TEST(OperatorWatchTest, TellsEachDestinationOnce) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("watch-" + RandomHex(8));
  const auto daemon = *ledger::Database::Open(file, ledger::OpenMode::create);
  const auto command = *ledger::Database::Open(file, ledger::OpenMode::existing);
  ledger::OperatorActs acts(*command);
  const DestinationName pacs{DestinationKind::pacs, "main"};
  ASSERT_TRUE(acts.RetryDestination(pacs, Time{}));
  std::vector<DestinationName> told;
  OperatorWatch watch(*daemon, [&](const DestinationName& destination) { told.push_back(destination); });
  watch.Step({});
  EXPECT_TRUE(told.empty());  // from before the start
  ASSERT_TRUE(acts.RetryDestination(pacs, Time{}));
  watch.Step({});
  watch.Step({});
  EXPECT_THAT(told, testing::ElementsAre(pacs));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
}

}  // namespace
}  // namespace gateway::upkeep
