#include "base/time_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <ctime>

namespace gateway {
namespace {

class TimeWindows : public testing::Test {
 protected:
  TimeWindows() {
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
  }
  ~TimeWindows() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static Time Local(int year, int month, int day, int hour, int minute = 0) {
    std::tm local{};
    local.tm_year = year - 1900;
    local.tm_mon = month - 1;
    local.tm_mday = day;
    local.tm_hour = hour;
    local.tm_min = minute;
    local.tm_isdst = -1;
    return FromUnixMilliseconds(static_cast<std::int64_t>(::mktime(&local)) * 1000);
  }
  const TimeWindow night_{{20 * 60, 6 * 60}, {}};
};

TEST_F(TimeWindows, GoOverMidnight) {
  for (const Time now : {Local(2026, 12, 1, 20), Local(2026, 12, 2, 1), Local(2026, 12, 2, 5, 59)}) {
    const auto opening = NextOpening(night_, {}, now);
    ASSERT_TRUE(opening);
    EXPECT_EQ(opening->from, Local(2026, 12, 1, 20));
    EXPECT_EQ(opening->to, Local(2026, 12, 2, 6));
  }
  for (const Time now : {Local(2026, 12, 2, 6), Local(2026, 12, 2, 19, 59)}) {
    EXPECT_EQ(NextOpening(night_, {}, now)->from, Local(2026, 12, 2, 20));
  }
}

TEST_F(TimeWindows, FollowTheClocksInSpringAndAutumn) {
  const auto spring = *NextOpening(night_, {}, Local(2026, 3, 28, 21));
  EXPECT_EQ(spring.to - spring.from, std::chrono::hours(9));
  const auto autumn = *NextOpening(night_, {}, Local(2026, 10, 24, 21));
  EXPECT_EQ(autumn.to - autumn.from, std::chrono::hours(11));
}

TEST_F(TimeWindows, BelongToTheDayOnWhichTheyOpen) {
  const TimeWindow weekend{night_.hours, {"sat"}};
  // 2026-12-05 is a Saturday.
  EXPECT_EQ(NextOpening(weekend, {}, Local(2026, 12, 6, 3))->from, Local(2026, 12, 5, 20));
  EXPECT_EQ(NextOpening(weekend, {}, Local(2026, 12, 5, 3))->from, Local(2026, 12, 5, 20));
  EXPECT_EQ(NextOpening(weekend, {}, Local(2026, 12, 6, 7))->from, Local(2026, 12, 12, 20));
}

TEST_F(TimeWindows, KnowHolidays) {
  const TimeWindow holidays{{8 * 60, 18 * 60}, {"holiday"}};
  EXPECT_EQ(NextOpening(holidays, {"12-25"}, Local(2026, 12, 1, 9))->from, Local(2026, 12, 25, 8));
  EXPECT_EQ(NextOpening(holidays, {"2027-01-01"}, Local(2026, 12, 1, 9))->from, Local(2027, 1, 1, 8));
  EXPECT_FALSE(NextOpening(holidays, {"2020-01-01"}, Local(2026, 12, 1, 9)));
}

TEST_F(TimeWindows, HoursOfTheDayHaveTheirEndOutside) {
  EXPECT_TRUE(IsWithin({7 * 60, 18 * 60}, Local(2026, 12, 1, 7)));
  EXPECT_FALSE(IsWithin({7 * 60, 18 * 60}, Local(2026, 12, 1, 18)));
  EXPECT_TRUE(IsWithin(night_.hours, Local(2026, 12, 1, 23)));
  EXPECT_TRUE(IsWithin(night_.hours, Local(2026, 12, 1, 0)));
  EXPECT_FALSE(IsWithin(night_.hours, Local(2026, 12, 1, 6)));
}

}  // namespace
}  // namespace gateway
