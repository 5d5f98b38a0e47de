#include "opener/plain_text.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "support/errors.h"

namespace gateway::opener {
namespace {

UniqueFd NewFileInMemory() {
  return UniqueFd(::memfd_create("test", MFD_CLOEXEC));
}

std::string FirstOf(int fd, std::uint64_t size) {
  FdSource source(fd, {0, size});
  StringSink text;
  EXPECT_TRUE(Copy(source, text).ok());
  return text.text();
}

std::string ContentOf(const PlainText& plain) {
  return FirstOf(plain.fd(), plain.size());
}

// Counts the files that were asked for.
class PlainTextTest : public ::testing::Test {
 protected:
  PlainText::NewFile NewFile() {
    return [this]() -> Result<UniqueFd> {
      ++files_;
      return NewFileInMemory();
    };
  }

  const PlainText::Memory memory_;
  int files_ = 0;
};

TEST_F(PlainTextTest, StaysInMemoryWhileItIsSmallAndGoesWithTheMail) {
  {
    PlainText first(memory_, NewFile());
    ASSERT_TRUE(first.Write(std::string(100'000, 'a')).ok());
    ASSERT_TRUE(first.Flush().ok());
    EXPECT_EQ(ContentOf(first), std::string(100'000, 'a'));
  }
  EXPECT_EQ(FirstOf(memory_.fd(), 200'000), std::string(200'000, '\0'));
  PlainText second(memory_, NewFile());
  ASSERT_TRUE(second.Write("bc").ok());
  ASSERT_TRUE(second.Flush().ok());
  EXPECT_EQ(ContentOf(second), "bc");
  EXPECT_EQ(files_, 0);
}

TEST_F(PlainTextTest, MovesToAFileWhenItGrows) {
  std::string all;
  PlainText plain(memory_, NewFile());
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(9'000 + static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(plain.Write(piece).ok());
    all += piece;
  }
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(files_, 1);
  EXPECT_NE(plain.fd(), memory_.fd());
  EXPECT_TRUE(ContentOf(plain) == all);
}

// Whoever has taken the worker over.
TEST_F(PlainTextTest, NothingMakesTheMemoryLarger) {
  ASSERT_GT(memory_.size(), 0U);
  const Result<std::uint64_t> size = FileSize(memory_.fd());
  ASSERT_TRUE(size && *size > 0);
  const auto end = static_cast<off_t>(*size);
  EXPECT_EQ(::pwrite(memory_.fd(), "x", 1, end), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(memory_.fd(), end + 1), -1);
  EXPECT_EQ(::ftruncate(memory_.fd(), 0), -1);
  EXPECT_EQ(::fcntl(memory_.fd(), F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(::fallocate(memory_.fd(), FALLOC_FL_KEEP_SIZE, end, 1), -1);
}

TEST_F(PlainTextTest, FillsTheMemoryToItsEnd) {
  const std::string all(8'388'608, 'a');
  PlainText plain(memory_, NewFile());
  ASSERT_TRUE(plain.Write(all).ok());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_TRUE(ContentOf(plain) == all);
  EXPECT_EQ(files_, 0);
  ASSERT_TRUE(plain.Write("b").ok());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(files_, 1);
  EXPECT_TRUE(ContentOf(plain) == all + "b");
}

TEST_F(PlainTextTest, NeedsNoMemory) {
  const PlainText::Memory none(0);
  PlainText plain(none, NewFile());
  ASSERT_TRUE(plain.Write("abc").ok());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(files_, 1);
  EXPECT_EQ(ContentOf(plain), "abc");
}

TEST_F(PlainTextTest, IsEmptyWhenNothingWasWritten) {
  PlainText plain(memory_, NewFile());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(ContentOf(plain), "");
}

TEST_F(PlainTextTest, PassesOnThatThereIsNoFile) {
  PlainText plain(memory_, []() -> Result<UniqueFd> { return Transient("no-work-file"); });
  ASSERT_TRUE(plain.Write("abc").ok());
  const Result<void> written = plain.Write(std::string(9'000'000, 'a'));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, "no-work-file");
}

}  // namespace
}  // namespace gateway::opener
