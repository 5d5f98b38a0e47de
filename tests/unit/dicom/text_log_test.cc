#include "dicom/text_log.h"

#include <fstream>
#include <optional>

#include "fixture.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

using std::chrono::minutes;

class TextLogTest : public testing::Test {
 protected:
  TextLogTest() { EXPECT_TRUE(OpenLog({.file = (directory_ / "log").string()})); }
  ~TextLogTest() override { EXPECT_TRUE(OpenLog({})); }

  void Note(const std::string& sender, TextReading reading) { log_->Note(sender, reading, now_); }
  // The lines since the last call, without their time.
  std::vector<std::string> Lines() {
    FlushLog();
    std::ifstream file(directory_ / "log");
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t i = 0; std::getline(file, line); ++i) {
      if (i >= seen_) lines.push_back(line.substr(line.find("text-misdeclared")));
    }
    seen_ += lines.size();
    return lines;
  }

  TempDirectory directory_;
  std::optional<TextLog> log_{std::in_place, "dicom"};
  TextLog::Clock::time_point now_{std::chrono::hours(100)};
  std::size_t seen_ = 0;
};

TEST_F(TextLogTest, SaysNothingOfTextThatIsAsDeclared) {
  Note("CT1", TextReading::as_declared);
  EXPECT_THAT(Lines(), testing::IsEmpty());
}

TEST_F(TextLogTest, SaysTheFirstAndAfterAnHourHowManyCameSince) {
  for (int i = 0; i < 500; ++i) Note("CT1", TextReading::undeclared);
  EXPECT_THAT(Lines(), testing::ElementsAre("text-misdeclared by=dicom sender=CT1 how=undeclared instances=1"));
  now_ += minutes(59);
  Note("CT1", TextReading::misspelt);
  EXPECT_THAT(Lines(), testing::IsEmpty());
  now_ += minutes(1);
  Note("CT1", TextReading::unknown_term);
  EXPECT_THAT(Lines(), testing::ElementsAre("text-misdeclared by=dicom sender=CT1 "
                                            "how=misspelt,undeclared,unknown-term instances=501"));
}

TEST_F(TextLogTest, TellsSendersApart) {
  Note("CT1", TextReading::undeclared);
  Note("MR 1", TextReading::not_as_declared);
  Note("CT1", TextReading::undeclared);
  EXPECT_THAT(Lines(), testing::ElementsAre("text-misdeclared by=dicom sender=CT1 how=undeclared instances=1",
                                            "text-misdeclared by=dicom sender=\"MR 1\" how=not-as-declared "
                                            "instances=1"));
}

TEST_F(TextLogTest, MadeUpTitlesDoNotMakeItGrow) {
  for (std::size_t i = 0; i < 5 * TextLog::kSenders; ++i) Note(std::to_string(i), TextReading::undeclared);
  EXPECT_THAT(Lines(), testing::SizeIs(TextLog::kSenders + 1));
}

TEST_F(TextLogTest, SaysAtTheEndWhatWasNotSaidYet) {
  for (int i = 0; i < 3; ++i) Note("CT1", TextReading::undeclared);
  Note("CT2", TextReading::undeclared);
  (void)Lines();
  log_.reset();
  EXPECT_THAT(Lines(), testing::ElementsAre("text-misdeclared by=dicom sender=CT1 how=undeclared instances=2"));
}

}  // namespace
}  // namespace gateway::dicom
