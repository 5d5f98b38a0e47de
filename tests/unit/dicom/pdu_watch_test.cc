#include "dicom/pdu_watch.h"

#include <gtest/gtest.h>

#include <string>

namespace gateway::dicom {
namespace {

std::string BigEndian32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string Pdu(char type, const std::string& body) {
  return std::string{type, 0} + BigEndian32(static_cast<std::uint32_t>(body.size())) + body;
}

std::string Pdv(int flags, std::size_t size) {
  return BigEndian32(static_cast<std::uint32_t>(size + 2)) + '\1' + static_cast<char>(flags) + std::string(size, 'x');
}

constexpr int kCommand = 1;
constexpr int kLast = 2;

TEST(PduWatch, LetsMessagesPass) {
  PduWatch watch;
  const std::string message = Pdu(1, std::string(2000, 'a')) + Pdu(4, Pdv(kCommand | kLast, 200) + Pdv(0, 30'000)) +
                              Pdu(4, Pdv(kLast, 70'000)) + Pdu(5, "    ") + Pdu(4, "");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(watch.Take(message)) << i;
  EXPECT_EQ(watch.trouble(), "");
}

TEST(PduWatch, ByteForByteIsTheSame) {
  PduWatch watch;
  for (const char c : Pdu(4, Pdv(kCommand, 65'536) + Pdv(kCommand | kLast, 0) + Pdv(kCommand, 10))) {
    ASSERT_TRUE(watch.Take({&c, 1}));
  }
  EXPECT_FALSE(watch.Take(Pdu(4, Pdv(kCommand, 65'527))));
  EXPECT_EQ(watch.trouble(), "command-too-long");
  EXPECT_FALSE(watch.Take("more"));
}

TEST(PduWatch, ALongCommandMayNotHideInManyFragments) {
  PduWatch watch;
  int taken = 0;
  // Data between its fragments, and PDUs that hold several, change nothing.
  while (taken < 10'000 && watch.Take(Pdu(4, Pdv(kCommand, 100) + Pdv(0, 100) + Pdv(kCommand, 0)))) ++taken;
  EXPECT_EQ(taken, 655);
  EXPECT_EQ(watch.trouble(), "command-too-long");
}

TEST(PduWatch, IsToldByTheAnnouncementAlone) {
  PduWatch command;
  EXPECT_FALSE(command.Take(std::string("\4\0\x7f\xff\xff\xff\x7f\xff\xff\xf0\1\1", 12)));
  EXPECT_EQ(command.trouble(), "command-too-long");
  PduWatch request;
  EXPECT_FALSE(request.Take(std::string("\1\0\x7f\xff\xff\xff", 6)));
  EXPECT_EQ(request.trouble(), "negotiation-too-long");
  PduWatch release;
  EXPECT_FALSE(release.Take(std::string("\5\0\x7f\xff\xff\xff", 6)));
  EXPECT_EQ(release.trouble(), "protocol-error");
}

std::string Item(char type, const std::string& content) {
  return std::string{type, 0, static_cast<char>(content.size() >> 8), static_cast<char>(content.size())} + content;
}

std::string Request(std::size_t contexts) {
  std::string body(68, 'a');
  body += Item(0x10, "1.2.840.10008.3.1.1.1");
  for (std::size_t i = 0; i < contexts; ++i) body += Item(0x20, std::string("\1\0\0\0", 4) + Item(0x30, "1.2"));
  return body + Item(0x50, std::string(3000, ' '));  // no more of them, whatever stands in it
}

TEST(PduWatch, NoMorePresentationContextsThanThereAreNumbersFor) {
  for (const char type : {1, 2}) {
    PduWatch watch;
    EXPECT_TRUE(watch.Take(Pdu(type, Request(128)) + Pdu(type, Request(128)))) << watch.trouble();
    for (const char c : Pdu(type, Request(128))) ASSERT_TRUE(watch.Take({&c, 1}));
    EXPECT_TRUE(watch.Take(Pdu(4, Pdv(kCommand | kLast, 200)) + Pdu(5, "    ")));
  }
  PduWatch watch;
  EXPECT_FALSE(watch.Take(Pdu(1, Request(129))));
  EXPECT_EQ(watch.trouble(), "too-many-contexts");
  PduWatch answer;
  std::string body(68, 'a');
  for (int i = 0; i < 129; ++i) body += Item(0x21, "");
  EXPECT_FALSE(answer.Take(Pdu(2, body)));
}

TEST(PduWatch, ItemsThatDoNotFitAreNotItsTrouble) {
  for (const std::string& rest :
       {std::string("\x20"), Item(0x20, "abc").substr(0, 5), std::string("\x20\0\xff\xff", 4)}) {
    PduWatch watch;
    EXPECT_TRUE(watch.Take(Pdu(1, std::string(68, 'a') + rest) + Pdu(5, "    "))) << watch.trouble();
  }
  PduWatch brief;
  EXPECT_TRUE(brief.Take(Pdu(1, "abc") + Pdu(5, "    ")));
}

TEST(PduWatch, LengthsMustFitEachOther) {
  PduWatch beyond;
  EXPECT_FALSE(beyond.Take(Pdu(4, BigEndian32(100) + "\1\1")));
  EXPECT_EQ(beyond.trouble(), "protocol-error");
  PduWatch tiny;
  EXPECT_FALSE(tiny.Take(Pdu(4, BigEndian32(1) + "\1\1")));
  EXPECT_EQ(tiny.trouble(), "protocol-error");
}

}  // namespace
}  // namespace gateway::dicom
