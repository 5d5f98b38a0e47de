#include "attributes/comparable.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace gateway::attributes {
namespace {

constexpr double kDay = 86'400'000;
constexpr double kHour = 3'600'000;

class Comparables : public testing::Test {
 protected:
  Comparables() { SetZone("Europe/Berlin"); }
  ~Comparables() override { SetZone("UTC"); }
  static void SetZone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
};

TEST_F(Comparables, ReadsNumbers) {
  EXPECT_EQ(ComparableOf(" 12.50 ", Comparison::number), 12.5);
  EXPECT_EQ(ComparableOf("+1E3", Comparison::number), 1000);
  EXPECT_EQ(ComparableOf("-0", Comparison::number), 0);
  for (const char* wrong : {"", "1,5", "1 2", "nan", "inf", "0x10"}) {
    EXPECT_FALSE(ComparableOf(wrong, Comparison::number)) << wrong;
  }
}

TEST_F(Comparables, ReadsDates) {
  EXPECT_EQ(ComparableOf("19700102", Comparison::date), 1);
  EXPECT_EQ(ComparableOf("1970.01.02", Comparison::date), 1);
  EXPECT_EQ(ComparableOf("1970-01-02 ", Comparison::date), 1);
  EXPECT_EQ(ComparableOf("20240229", Comparison::date), 19'782);
  for (const char* wrong : {"", "20230229", "20231301", "2023", "2023-01.01", "20230101x"}) {
    EXPECT_FALSE(ComparableOf(wrong, Comparison::date)) << wrong;
  }
}

TEST_F(Comparables, ReadsTimes) {
  EXPECT_EQ(ComparableOf("18", Comparison::time), 18 * kHour);
  EXPECT_EQ(ComparableOf("1830", Comparison::time), 18.5 * kHour);
  EXPECT_EQ(ComparableOf("18:30:01", Comparison::time), 18.5 * kHour + 1000);
  EXPECT_EQ(ComparableOf("183001.250000", Comparison::time), 18.5 * kHour + 1250);
  EXPECT_EQ(ComparableOf("24:00", Comparison::time), kDay);
  for (const char* wrong : {"", "1", "25", "1861x", "2401"}) {
    EXPECT_FALSE(ComparableOf(wrong, Comparison::time)) << wrong;
  }
}

TEST_F(Comparables, ReadsDateTimesInTheLocalCalendar) {
  EXPECT_EQ(ComparableOf("1970", Comparison::date_time), 0);
  EXPECT_EQ(ComparableOf("197002", Comparison::date_time), 31 * kDay);
  EXPECT_EQ(ComparableOf("19700102030000.5", Comparison::date_time), kDay + 3 * kHour + 500);
  EXPECT_EQ(ComparableOf("1970-01-02 03:00", Comparison::date_time), kDay + 3 * kHour);
  // Noon in UTC is one o'clock in Berlin in winter, and two o'clock in summer.
  EXPECT_EQ(*ComparableOf("20260115120000+0000", Comparison::date_time),
            *ComparableOf("20260115130000", Comparison::date_time));
  EXPECT_EQ(*ComparableOf("20260715120000+0000", Comparison::date_time),
            *ComparableOf("20260715140000", Comparison::date_time));
  EXPECT_EQ(*ComparableOf("20260115120000-0500", Comparison::date_time),
            *ComparableOf("20260115180000", Comparison::date_time));
  for (const char* wrong : {"", "197", "19701", "1970010", "19700102x", "19700102+01"}) {
    EXPECT_FALSE(ComparableOf(wrong, Comparison::date_time)) << wrong;
  }
}

TEST_F(Comparables, ReadsAges) {
  EXPECT_EQ(ComparableOf("003W", Comparison::age), 21);
  EXPECT_EQ(ComparableOf("18Y", Comparison::age), 18 * 365.25);
  EXPECT_LT(*ComparableOf("011M", Comparison::age), *ComparableOf("001Y", Comparison::age));
  for (const char* wrong : {"", "Y", "18", "18X", "1 8Y"}) EXPECT_FALSE(ComparableOf(wrong, Comparison::age)) << wrong;
}

TEST_F(Comparables, ReadsRelativeOperands) {
  EXPECT_EQ(OperandFrom("today-7d", Comparison::date)->value, -7);
  EXPECT_TRUE(OperandFrom("today", Comparison::date)->relative);
  EXPECT_EQ(OperandFrom("now+12h", Comparison::date_time)->value, 12 * kHour);
  EXPECT_FALSE(OperandFrom("today-7h", Comparison::date));
  EXPECT_FALSE(OperandFrom("today7d", Comparison::date));
  EXPECT_FALSE(OperandFrom("now", Comparison::date));
  EXPECT_FALSE(OperandFrom("2026-11-30", Comparison::date)->relative);
}

TEST_F(Comparables, KnowsTheLocalCalendar) {
  // 2026-11-30 23:30 in UTC is the first of December in Berlin.
  const Time time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30) + std::chrono::minutes(23 * 60 + 30));
  const LocalMoment moment = LocalMomentOf(time);
  EXPECT_EQ(moment.month, 12);
  EXPECT_EQ(moment.day_of_month, 1);
  EXPECT_EQ(moment.weekday, 2);
  EXPECT_EQ(moment.time_of_day, kHour / 2);
  EXPECT_EQ(moment.day, *ComparableOf("20261201", Comparison::date));
  EXPECT_EQ(TimeOfLocal(*ComparableOf("2026-12-01 00:30", Comparison::date_time)), time);
}

}  // namespace
}  // namespace gateway::attributes
