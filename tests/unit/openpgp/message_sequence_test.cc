#include "openpgp/message_sequence.h"

#include <gmock/gmock.h>

#include "base/files.h"
#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> MessagesIn(const std::string& bytes, std::size_t piece = 4096) {
  StringSource source(bytes);
  MessageSequence sequence(source);
  std::vector<std::string> messages;
  for (auto more = sequence.Next(); more && *more; more = sequence.Next()) {
    std::string message;
    std::string buffer(piece, '\0');
    while (true) {
      const Result<std::size_t> count = sequence.Read(buffer);
      if (!count || *count == 0) break;
      message.append(buffer, 0, *count);
    }
    messages.push_back(message);
  }
  return messages;
}

// A packet of this tag with a one-byte length in the new format.
std::string Packet(unsigned tag, const std::string& body) {
  return std::string(1, static_cast<char>(0xC0 | tag)) + static_cast<char>(body.size()) + body;
}

const std::string kOne = Packet(1, "esk") + Packet(18, "first");
// In two chunks, the second packet in the old format with a length of two bytes.
const std::string kTwo = Packet(10, "PGP") + std::string("\x84\x03key", 5) + std::string("\xD2\xE1xy\x01z", 6);

TEST(MessageSequence, GivesEachMessageByItself) {
  for (const std::size_t piece : {1UL, 2UL, 3UL, 4096UL}) {
    EXPECT_THAT(MessagesIn(kOne + kTwo + kOne, piece), ElementsAre(kOne, kTwo, kOne)) << piece;
  }
}

TEST(MessageSequence, FillsItsReadersBufferFromSeveralChunks) {
  StringSource source(kTwo + kOne);
  MessageSequence sequence(source);
  EXPECT_TRUE(*sequence.Next());
  std::string buffer(100, '\0');
  EXPECT_EQ(*sequence.Read(buffer), kTwo.size());
  EXPECT_EQ(*sequence.Read(buffer), 0u);
}

TEST(MessageSequence, PassesOverBlanksBehindTheLast) {
  EXPECT_THAT(MessagesIn(kOne + std::string("\r\n\0\0", 4)), ElementsAre(kOne));
}

TEST(MessageSequence, SaysThatSomethingElseFollows) {
  StringSource source(kOne + "not OpenPGP");
  MessageSequence sequence(source);
  EXPECT_TRUE(*sequence.Next());
  EXPECT_EQ(sequence.Next().error().code, "openpgp-damaged");
}

TEST(MessageSequence, LeavesWhatItCannotMakeOutWhole) {
  const std::string literal = Packet(11, "b\0....text") + kOne;
  EXPECT_THAT(MessagesIn(literal), ElementsAre(literal));
  EXPECT_THAT(MessagesIn("text"), ElementsAre("text"));
}

TEST(MessageSequence, IsReadBySkippingWhatWasNotRead) {
  StringSource source(kOne + kTwo);
  MessageSequence sequence(source);
  EXPECT_TRUE(*sequence.Next());
  EXPECT_TRUE(*sequence.Next());
  char first = 0;
  EXPECT_EQ(*sequence.Read({&first, 1}), 1u);
  EXPECT_EQ(first, kTwo[0]);
  EXPECT_FALSE(*sequence.Next());
}

}  // namespace
}  // namespace gateway::openpgp
