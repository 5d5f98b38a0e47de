#include <gtest/gtest.h>

#include "mail/smtp_connection.h"

namespace gateway::mail {
namespace {

std::string Stuffed(const std::string& message, std::size_t piece = 1000) {
  DotStuffer stuffer;
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece) stuffer.Append(message.substr(at, piece), out);
  stuffer.Finish(out);
  return out;
}

TEST(DotStuffer, DoublesDotsAtLineStartsOnly) {
  EXPECT_EQ(Stuffed("a\r\n"), "a\r\n.\r\n");
  EXPECT_EQ(Stuffed(".\r\n..\r\na.b.\r\n"), "..\r\n...\r\na.b.\r\n.\r\n");
  EXPECT_EQ(Stuffed("\r\n.\r\n\r\n"), "\r\n..\r\n\r\n.\r\n");
  EXPECT_EQ(Stuffed("\r.\r\n"), "\r.\r\n.\r\n");
}

TEST(DotStuffer, EndsTheLastLine) {
  EXPECT_EQ(Stuffed(""), ".\r\n");
  EXPECT_EQ(Stuffed("a"), "a\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\r"), "a\r\n.\r\n");
  EXPECT_EQ(Stuffed("."), "..\r\n.\r\n");
}

TEST(DotStuffer, ALoneLineFeedCannotEndTheMessage) {
  EXPECT_EQ(Stuffed("a\n.\nQUIT\n"), "a\n..\nQUIT\n\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\n.\r\nQUIT\r\n"), "a\n..\r\nQUIT\r\n.\r\n");
}

// Most servers would wait for more after "LF . CR LF".
TEST(DotStuffer, AMessageThatEndsInALoneLineFeedEnds) {
  EXPECT_EQ(Stuffed("a\n"), "a\n\r\n.\r\n");
  EXPECT_EQ(Stuffed("\n"), "\n\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\r\n", 2), "a\r\n.\r\n");
}

TEST(DotStuffer, DoesNotDependOnHowTheMessageIsCut) {
  const std::string message = ".\r\n..\r\n\r\n.a\r\n\r\r\n.\n.\r\na.\r\n.";
  for (std::size_t piece = 1; piece < message.size(); ++piece) EXPECT_EQ(Stuffed(message, piece), Stuffed(message));
}

}  // namespace
}  // namespace gateway::mail
