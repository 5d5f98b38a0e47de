#include "inbound/stranger_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

using std::chrono::seconds;

class StrangerLogTest : public testing::Test {
 protected:
  StrangerLogTest() { EXPECT_TRUE(OpenLog({.file = file_.string()})); }
  ~StrangerLogTest() override {
    EXPECT_TRUE(OpenLog({}));
    std::filesystem::remove(file_);
  }
  // The ids of the events since the last call, with what follows them.
  std::vector<std::string> Lines() {
    FlushLog();
    std::ifstream file(file_);
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t i = 0; std::getline(file, line); ++i) {
      if (i >= seen_) lines.push_back(line.substr(line.find("mail")));
    }
    seen_ += lines.size();
    return lines;
  }

  const std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("stranger-log-" + std::to_string(::getpid()));
  StrangerLog log_;
  StrangerLog::Clock::time_point now_{seconds(1000)};
  std::size_t seen_ = 0;
};

TEST_F(StrangerLogTest, ThousandsOfMailsAreSomeLinesAndANumber) {
  for (int i = 0; i < 5000; ++i) {
    log_.Fetched("R" + std::to_string(i), "main", 1000, now_);
    log_.Quarantined("R" + std::to_string(i), "main", Corrupt("stranger"), now_);
  }
  EXPECT_THAT(Lines(), testing::SizeIs(2 * StrangerLog::kLines));
  now_ += seconds(60);
  log_.Flush(now_);
  EXPECT_THAT(Lines(), testing::UnorderedElementsAre("mails-fetched mailbox=main times=4990",
                                                     "mails-quarantined mailbox=main reason=stranger times=4990"));
}

TEST_F(StrangerLogTest, TellsMailboxesAndReasonsApart) {
  for (int i = 0; i < 50; ++i) {
    log_.Quarantined("R1", "main", Corrupt("stranger"), now_);
    log_.Quarantined("R2", "second", Corrupt("stranger"), now_);
    log_.SetAside("R3", "main", Corrupt("automatic-answer"), now_);
  }
  EXPECT_THAT(Lines(), testing::SizeIs(3 * StrangerLog::kLines));
  now_ += seconds(61);
  log_.Flush(now_);
  EXPECT_THAT(Lines(), testing::SizeIs(3));
}

}  // namespace
}  // namespace gateway::inbound
