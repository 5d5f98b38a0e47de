#include "mime/splitter.h"

#include <gmock/gmock.h>

#include "mime/joiner.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<ByteRange> Split(std::string_view message, std::uint64_t max_size) {
  const UniqueFd fd = FileWith(message);
  const auto ranges = SplitMessage(fd.get(), max_size);
  EXPECT_TRUE(ranges.ok());
  return ranges ? *ranges : std::vector<ByteRange>{};
}

// All fragments of `message`, as they go to SMTP.
std::vector<std::string> Fragments(std::string_view message, std::uint64_t max_size) {
  const UniqueFd fd = FileWith(message);
  const auto ranges = SplitMessage(fd.get(), max_size).value();
  std::vector<std::string> fragments;
  FragmentHeader header{SomeHeader(), "20130612.abc@a.example", 0, static_cast<unsigned>(ranges.size())};
  for (const ByteRange& range : ranges) {
    ++header.number;
    const auto source = OpenFragment(header, fd.get(), range);
    fragments.push_back(ReadInPieces(*source));
  }
  return fragments;
}

std::string Join(const std::vector<std::string>& fragments) {
  std::vector<UniqueFd> files;
  std::vector<int> descriptors;
  for (const std::string& fragment : fragments) {
    files.push_back(FileWith(fragment));
    descriptors.push_back(files.back().get());
  }
  StringSink sink;
  const auto joined = JoinFragments(descriptors, {}, sink);
  EXPECT_TRUE(joined.ok()) << joined.error().code << " " << joined.error().detail;
  return sink.text();
}

TEST(Splitter, LeavesASmallMessageWhole) {
  const auto ranges = Split("A: b\r\n\r\nc\r\n", 11);
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges[0].length, 11u);
}

TEST(Splitter, CutsAtLineEndsWithinTheSize) {
  const std::string message = EncryptedMessage(SomeHeader(), Armor(5000));
  for (const std::uint64_t max_size : {2200ULL, 3000ULL, 4096ULL, 65536ULL, 100'000ULL, 299'999ULL}) {
    std::uint64_t position = 0;
    for (const ByteRange& range : Split(message, max_size)) {
      ASSERT_EQ(range.offset, position);
      position += range.length;
      ASSERT_TRUE(position == message.size() || message[position - 1] == '\n');
    }
    ASSERT_EQ(position, message.size());
    for (const std::string& fragment : Fragments(message, max_size)) ASSERT_LE(fragment.size(), max_size);
  }
}

TEST(Splitter, FillsItsFragments) {
  const std::string message = EncryptedMessage(SomeHeader(), Armor(16'000));
  EXPECT_EQ(Split(message, 102'400).size(), (message.size() + 100'000) / 100'200);
}

TEST(Splitter, KeepsSeamsAwayFromBlankLines) {
  const std::string message = EncryptedMessage(SomeHeader(), Armor(40));
  for (std::uint64_t max_size = 2300; max_size < message.size(); ++max_size) {
    for (const ByteRange& range : Split(message, max_size)) {
      if (range.offset == 0) continue;
      ASSERT_NE(message[range.offset], '\r');
      ASSERT_NE(message.substr(range.offset - 4, 4), "\r\n\r\n");
    }
  }
}

TEST(Splitter, RefusesALineThatDoesNotFit) {
  const UniqueFd fd = FileWith("A: b\r\n\r\n" + std::string(50'000, 'x') + "\r\n");
  EXPECT_EQ(SplitMessage(fd.get(), 30'000).error().code, "line-too-long");
  EXPECT_EQ(SplitMessage(fd.get(), 1000).error().code, "line-too-long");
}

TEST(Fragment, CarriesTheHeadersOfRfc2046) {
  const std::string fragment = Fragments(EncryptedMessage(SomeHeader(), Armor(100)), 4096)[1];
  EXPECT_THAT(fragment, HasSubstr("Subject: DICOM-eMail (2/4)\r\n"));
  EXPECT_THAT(fragment, HasSubstr("Content-Type: message/partial;\r\n id=\"20130612.abc@a.example\";\r\n"
                                  " number=2; total=4\r\n\r\n"));
  EXPECT_EQ(fragment.find("X-TELEMEDICINE"), std::string::npos);
  EXPECT_EQ(fragment.find("Disposition-Notification-To"), std::string::npos);
  const Envelope envelope = EnvelopeOf(fragment);
  ASSERT_TRUE(envelope.kind == MailKind::partial && envelope.partial);
  EXPECT_EQ(envelope.partial->id, "20130612.abc@a.example");
  EXPECT_EQ(envelope.partial->number, 2u);
  EXPECT_EQ(envelope.partial->total, 4u);
}

TEST(Fragment, ReportsABadHeaderWhenRead) {
  FragmentHeader header{SomeHeader(), "id\r\nX: y", 1, 1};
  const UniqueFd fd = FileWith("x");
  StringSink sink;
  EXPECT_EQ(Copy(*OpenFragment(header, fd.get(), {0, 1}), sink).error().code, "header-not-writable");
}

TEST(Fragments, JoinToTheSameMessage) {
  const std::string message = EncryptedMessage(SomeHeader(), Armor(60));
  for (std::uint64_t max_size = 2300; max_size < message.size(); max_size += 7) {
    ASSERT_EQ(Join(Fragments(message, max_size)), message) << max_size;
  }
}

TEST(Fragments, AreJoinedByMunpack) {
  const TempDirectory directory;
  std::string armor = Armor(400);
  const auto fragments = Fragments(EncryptedMessage(SomeHeader(), armor), 10'000);
  ASSERT_GT(fragments.size(), 3u);
  std::string commands = "mkdir parts && export TMPDIR=$PWD/parts";
  // Debian's munpack 1.6-18 cannot write its file CT a second time.
  for (std::size_t i = fragments.size(); i-- > 0;) {
    directory.Write(std::to_string(i), Replaced(fragments[i], "\r\n", "\n"));
    commands += " && munpack -q " + std::to_string(i) + " && rm -f parts/*/*/CT";
  }
  Shell(commands, directory.path());
  EXPECT_EQ(Replaced(ReadWhole(directory.path() / "encrypted.asc"), "\r\n", "\n"), armor);
}

TEST(Fragments, OfMpackAreJoined) {
  const TempDirectory directory;
  const std::string data = RandomBytes(5, 30'000);
  directory.Write("data.bin", data);
  Shell("mpack -s subject -m 8000 -o out data.bin", directory.path());
  std::vector<std::string> fragments;
  for (int i = 1; i <= 5; ++i) fragments.push_back(ReadWhole(directory.path() / ("out.0" + std::to_string(i))));
  const auto read = ReadInner(Join(fragments));
  ASSERT_TRUE(read.result.ok());
  ASSERT_EQ(read.parts.size(), 1u);
  EXPECT_TRUE(read.parts[0].content == data);
  EXPECT_EQ(read.parts[0].part.name, "data.bin");
}

}  // namespace
}  // namespace gateway::mime
