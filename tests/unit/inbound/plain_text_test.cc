#include "inbound/plain_text.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>

namespace gateway::inbound {
namespace {

UniqueFd NewMemory() {
  return UniqueFd(::memfd_create("test", MFD_CLOEXEC));
}

std::string ContentOf(int fd) {
  const Result<std::uint64_t> size = FileSize(fd);
  EXPECT_TRUE(size.ok());
  FdSource source(fd, {0, size ? *size : 0});
  StringSink text;
  EXPECT_TRUE(Copy(source, text).ok());
  return text.text();
}

// Counts the files that were asked for.
class PlainTextTest : public ::testing::Test {
 protected:
  PlainText::NewFile NewFile() {
    return [this]() -> Result<UniqueFd> {
      ++files_;
      return NewMemory();
    };
  }

  const UniqueFd memory_ = NewMemory();
  int files_ = 0;
};

TEST_F(PlainTextTest, StaysInMemoryWhileItIsSmallAndGoesWithTheMail) {
  {
    PlainText first(memory_.get(), NewFile());
    ASSERT_TRUE(first.Write(std::string(100'000, 'a')).ok());
    ASSERT_TRUE(first.Flush().ok());
    EXPECT_EQ(ContentOf(first.fd()), std::string(100'000, 'a'));
  }
  EXPECT_EQ(ContentOf(memory_.get()), "");
  PlainText second(memory_.get(), NewFile());
  ASSERT_TRUE(second.Write("bc").ok());
  ASSERT_TRUE(second.Flush().ok());
  EXPECT_EQ(ContentOf(second.fd()), "bc");
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
  EXPECT_TRUE(ContentOf(plain.fd()) == all);
}

TEST_F(PlainTextTest, NeedsNoMemory) {
  PlainText plain(-1, NewFile());
  ASSERT_TRUE(plain.Write("abc").ok());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(files_, 1);
  EXPECT_EQ(ContentOf(plain.fd()), "abc");
}

TEST_F(PlainTextTest, IsEmptyWhenNothingWasWritten) {
  PlainText plain(memory_.get(), NewFile());
  ASSERT_TRUE(plain.Flush().ok());
  EXPECT_EQ(ContentOf(plain.fd()), "");
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
