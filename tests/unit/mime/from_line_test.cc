#include "mime/from_line.h"

#include <gtest/gtest.h>

namespace gateway::mime {
namespace {

std::string AddressIn(const std::string& mail) {
  FromLine line;
  EXPECT_TRUE(line.Write(mail));
  return line.address();
}

TEST(FromLine, IsWhatStandsInAngleBracketsOrAlone) {
  EXPECT_EQ(AddressIn("From: a@b.example\r\n\r\n"), "a@b.example");
  EXPECT_EQ(AddressIn("From: Clinic \"B\" <a@b.example>\r\n\r\n"), "a@b.example");
  EXPECT_EQ(AddressIn("Subject: x\nfrom :a@b.example (Clinic B)\n\n"), "a@b.example");
  EXPECT_EQ(AddressIn("From: =?utf-8?q?Klinik_<x>?= <a@b.example>\r\n\r\n"), "a@b.example");
}

TEST(FromLine, IsFoldedAsOtherFieldsAre) {
  EXPECT_EQ(AddressIn("From: The Clinic\r\n\tof B\r\n <a@b.example>\r\nTo: c@d.example\r\n\r\n"), "a@b.example");
  EXPECT_EQ(AddressIn("Subject: x\r\n From: c@d.example\r\nFrom: a@b.example\r\n\r\n"), "a@b.example");
}

TEST(FromLine, TheFirstCountsAndNoneOfTheBody) {
  EXPECT_EQ(AddressIn("From: a@b.example\r\nFrom: c@d.example\r\n\r\n"), "a@b.example");
  EXPECT_EQ(AddressIn("Subject: x\r\n\r\nFrom: a@b.example\r\n"), "");
  EXPECT_EQ(AddressIn("Fromage: a@b.example\r\nX-From: a@b.example\r\n\r\n"), "");
  EXPECT_EQ(AddressIn(""), "");
}

TEST(FromLine, IsBounded) {
  EXPECT_EQ(AddressIn("Subject: " + std::string(300'000, 'x') + "\r\nFrom: a@b.example\r\n\r\n"), "");
  EXPECT_LE(AddressIn("From: " + std::string(100'000, 'x') + "\r\n\r\n").size(), 4096u);
  EXPECT_EQ(AddressIn(std::string(1'000'000, 'F')), "");
}

TEST(FromLine, TheSameInPieces) {
  const std::string mail = "Received: x\r\nFrom: B\r\n <a@b.example>\r\n\r\nFrom: c@d.example\r\n";
  FromLine line;
  for (const char c : mail) ASSERT_TRUE(line.Write(std::string_view(&c, 1)));
  EXPECT_EQ(line.address(), "a@b.example");
}

}  // namespace
}  // namespace gateway::mime
