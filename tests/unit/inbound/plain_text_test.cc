#include "inbound/plain_text.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace gateway::inbound {
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

  const UniqueFd memory_ = PlainText::NewMemory();
  int files_ = 0;
};

TEST_F(PlainTextTest, StaysInMemoryWhileItIsSmallAndGoesWithTheMail) {
  {
    PlainText first(memory_.get(), NewFile());
    ASSERT_TRUE(first.Write(std::string(100'000, 'a')).ok());
    ASSERT_TRUE(first.Flush().ok());
    EXPECT_EQ(ContentOf(first), std::string(100'000, 'a'));
  }
  EXPECT_EQ(FirstOf(memory_.get(), 200'000), std::string(200'000, '\0'));
  PlainText second(memory_.get(), NewFile());
  ASSERT_TRUE(second.Write("bc").ok());
  ASSERT_TRUE(second.Flush().ok());
  EXPECT_EQ(ContentOf(second), "bc");
  EXPECT_EQ(files_, 0);
}

TEST_F(PlainTextTest, MovesToAFileWhenItGrows) {
  std::string all;
  PlainText plain(memory_.get(), NewFile());
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(9'000 + static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(plain.Write(piece).ok());
    all += piece;
  }
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(files_, 1);
  EXPECT_NE(plain.fd(), memory_.get());
  EXPECT_TRUE(ContentOf(plain) == all);
}

// Whoever has taken the worker over.
TEST_F(PlainTextTest, NothingMakesTheMemoryLarger) {
  ASSERT_TRUE(memory_);
  const Result<std::uint64_t> size = FileSize(memory_.get());
  ASSERT_TRUE(size && *size > 0);
  const auto end = static_cast<off_t>(*size);
  EXPECT_EQ(::pwrite(memory_.get(), "x", 1, end), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(memory_.get(), end + 1), -1);
  EXPECT_EQ(::ftruncate(memory_.get(), 0), -1);
  EXPECT_EQ(::fcntl(memory_.get(), F_ADD_SEALS, F_SEAL_WRITE), -1);
}

TEST_F(PlainTextTest, FillsTheMemoryToItsEnd) {
  const std::string all(8'388'608, 'a');
  PlainText plain(memory_.get(), NewFile());
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
  PlainText plain(-1, NewFile());
  ASSERT_TRUE(plain.Write("abc").ok());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(files_, 1);
  EXPECT_EQ(ContentOf(plain), "abc");
}

TEST_F(PlainTextTest, IsEmptyWhenNothingWasWritten) {
  PlainText plain(memory_.get(), NewFile());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(ContentOf(plain), "");
}

TEST_F(PlainTextTest, PassesOnThatThereIsNoFile) {
  PlainText plain(memory_.get(), []() -> Result<UniqueFd> { return Transient("no-work-file"); });
  ASSERT_TRUE(plain.Write("abc").ok());
  const Result<void> written = plain.Write(std::string(9'000'000, 'a'));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, "no-work-file");
}

}  // namespace
}  // namespace gateway::inbound
