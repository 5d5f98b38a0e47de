#include "daemon/key_watch.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <sstream>

#include "base/files.h"
#include "base/random_text.h"
#include "support/set_clock.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KeyWatchTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(OpenLog({file_.string(), LogLevel::info, LogFormat::text})); }
  void TearDown() override {
    ASSERT_TRUE(OpenLog({}));
    std::filesystem::remove(file_);
  }

  // What the next look tells.
  std::vector<std::string> Look(Milliseconds later) {
    clock_.now += later;
    EXPECT_GT(watch_.Step({}).count(), 0);
    std::istringstream log(ReadSmallFile(file_).value());
    std::vector<std::string> lines;
    for (std::string line; std::getline(log, line);) lines.push_back(line);
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(seen_));
    seen_ += lines.size();
    return lines;
  }

  const std::filesystem::path file_ = std::filesystem::temp_directory_path() / ("key-watch-" + RandomHex(8));
  SetClock clock_;
  KeyWatch watch_{{{"partner b", clock_.now + hours(40 * 24)}, {"mailbox main", clock_.now + hours(400 * 24)}}, clock_};
  std::size_t seen_ = 0;
};

TEST_F(KeyWatchTest, TellsInTimeThenAtTheEndAndOnceADay) {
  EXPECT_THAT(Look(hours(0)), IsEmpty());
  EXPECT_THAT(Look(hours(11 * 24)), ElementsAre(HasSubstr("warning key-expires whose=\"partner b\" at=2023-12-24T")));
  EXPECT_THAT(Look(hours(23)), IsEmpty());
  EXPECT_THAT(Look(hours(1)), ElementsAre(HasSubstr(" days_left=28")));
  EXPECT_THAT(Look(hours(28 * 24 - 1)), ElementsAre(HasSubstr(" days_left=0")));
  EXPECT_THAT(Look(hours(1)), ElementsAre(HasSubstr("error key-unusable whose=\"partner b\" error=key-not-usable "
                                                    "detail=\"it expired at 2023-12-24T")));
  EXPECT_THAT(Look(hours(23)), IsEmpty());
  EXPECT_THAT(Look(hours(1)), ElementsAre(HasSubstr("key-unusable")));
}

TEST_F(KeyWatchTest, AClockThatIsSetBackSilencesNothing) {
  EXPECT_THAT(Look(hours(41 * 24)), ElementsAre(HasSubstr("key-unusable")));
  EXPECT_THAT(Look(-hours(2 * 24)), ElementsAre(HasSubstr("key-expires")));
}

}  // namespace
}  // namespace gateway::daemon
