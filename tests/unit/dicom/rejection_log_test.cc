#include "dicom/rejection_log.h"

#include <unistd.h>

#include <fstream>

#include "fixture.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

using std::chrono::seconds;

class RejectionLogTest : public testing::Test {
 protected:
  RejectionLogTest() { EXPECT_TRUE(OpenLog({.file = (directory_ / "log").string()})); }
  ~RejectionLogTest() override { EXPECT_TRUE(OpenLog({})); }

  void Note(const std::string& host, const std::string& calling = "X", const std::string& reason = "calling-ae") {
    log_.Note({calling, "TO_B", host, reason, ""}, now_);
  }
  // The lines since the last call, without their time.
  std::vector<std::string> Lines() {
    std::ifstream file(directory_ / "log");
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t i = 0; std::getline(file, line); ++i) {
      if (i >= seen_) lines.push_back(line.substr(line.find("warning ") + 8));
    }
    seen_ += lines.size();
    return lines;
  }

  TempDirectory directory_;
  RejectionLog log_;
  RejectionLog::Clock::time_point now_{seconds(1000)};
  std::size_t seen_ = 0;
};

TEST_F(RejectionLogTest, SaysTheFirstAndThenHowMany) {
  for (int i = 0; i < 5000; ++i) Note("192.0.2.1");
  EXPECT_THAT(Lines(), testing::ElementsAre("association-rejected calling_ae=X called_ae=TO_B host=192.0.2.1 "
                                            "reason=calling-ae"));
  now_ += seconds(60);
  log_.Flush(now_);
  EXPECT_THAT(Lines(), testing::ElementsAre("associations-rejected calling_ae=X called_ae=TO_B host=192.0.2.1 "
                                            "reason=calling-ae times=4999"));
}

TEST_F(RejectionLogTest, TellsHostsReasonsAndTitlesApart) {
  Note("192.0.2.1");
  Note("192.0.2.2");
  Note("192.0.2.1", "Y");
  Note("192.0.2.1", "X", "called-ae");
  EXPECT_THAT(Lines(), testing::SizeIs(4));
}

TEST_F(RejectionLogTest, BeginsAnewAfterAQuietMinute) {
  Note("192.0.2.1");
  now_ += seconds(61);
  Note("192.0.2.1");
  EXPECT_THAT(Lines(), testing::Each(testing::StartsWith("association-rejected")));
}

TEST_F(RejectionLogTest, GrowsNeitherWithTitlesNorWithHosts) {
  for (int i = 0; i < 1000; ++i) Note("192.0.2.1", "TITLE" + std::to_string(i));
  EXPECT_THAT(Lines(), testing::SizeIs(RepetitionLog::kDetailed));
  for (int i = 0; i < 1000; ++i) Note("host" + std::to_string(i));
  EXPECT_LE(Lines().size(), RepetitionLog::kKinds);
  now_ += seconds(60);
  log_.Flush(now_);
  const std::vector<std::string> summaries = Lines();
  EXPECT_LE(summaries.size(), 2U);
  EXPECT_THAT(summaries, testing::Contains(testing::HasSubstr("host=192.0.2.1 reason=calling-ae times=992")));
  EXPECT_THAT(summaries, testing::Contains(testing::HasSubstr("host=others reason=calling-ae times=")));
}

}  // namespace
}  // namespace gateway::dicom
