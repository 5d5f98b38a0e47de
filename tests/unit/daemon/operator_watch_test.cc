// `retry` of another process reaches the daemon.
#include "daemon/operator_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random_text.h"
#include "ledger/operator_acts.h"
#include "ledger/operator_requests.h"

namespace gateway::daemon {
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
  OperatorWatch watch(*daemon, {}, [&](const DestinationName& destination) { told.push_back(destination); });
  watch.Step({});
  EXPECT_TRUE(told.empty());  // from before the start
  ASSERT_TRUE(acts.RetryDestination(pacs, Time{}));
  watch.Step({});
  watch.Step({});
  EXPECT_THAT(told, testing::ElementsAre(pacs));
  for (const char* suffix : {"", "-wal", "-shm", "-open", "-made"}) std::filesystem::remove(file.string() + suffix);
}

// Until it is logged it stays in the ledger, in whichever process it was done.
TEST(OperatorWatchTest, LogsEachActAndForgetsIt) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("watch-" + RandomHex(8));
  const auto daemon = *ledger::Database::Open(file, ledger::OpenMode::create);
  const auto command = *ledger::Database::Open(file, ledger::OpenMode::existing);
  ledger::OperatorActs acts(*command);
  ASSERT_TRUE(acts.HoldDestination({DestinationKind::pacs, "main"}, Time{}));
  ASSERT_TRUE(acts.ReleaseDestination({DestinationKind::pacs, "main"}, Time{}));
  EXPECT_FALSE(acts.ReleaseDestination({DestinationKind::pacs, "main"}, Time{}));  // what was not done is not told
  EXPECT_FALSE(acts.Cancel({ItemKind::message, 1}, Time{}));
  const auto kept = ledger::OperatorRequests(*command).Unlogged(9);
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 2u);
  EXPECT_EQ(kept->at(0).what, "hold");
  EXPECT_EQ(kept->at(1).item, "pacs main");
  testing::internal::CaptureStdout();
  OperatorWatch watch(*daemon, {}, [](const DestinationName&) {});
  watch.Step({});
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_THAT(log, testing::HasSubstr("operator-acted what=hold"));
  EXPECT_THAT(log, testing::HasSubstr("operator-acted what=release"));
  EXPECT_TRUE(ledger::OperatorRequests(*command).Unlogged(9).value().empty());
  for (const char* suffix : {"", "-wal", "-shm", "-open", "-made"}) std::filesystem::remove(file.string() + suffix);
}

}  // namespace
}  // namespace gateway::daemon
