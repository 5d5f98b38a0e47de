#include <gtest/gtest.h>

#include "mail/smtp_connection.h"

namespace gateway::mail {
namespace {

TEST(Xtext, LeavesNothingThatEndsAParameter) {
  EXPECT_EQ(Xtext("0f3c@klinikum-a.example"), "0f3c@klinikum-a.example");
  EXPECT_EQ(Xtext("a+b=c d\r\n\xC3"), "a+2Bb+3Dc+20d+0D+0A+C3");
}

}  // namespace
}  // namespace gateway::mail
