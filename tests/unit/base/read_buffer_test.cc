#include "base/read_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/error_codes.h"

namespace gateway {
namespace {

// Gives `text` in pieces of 1, 2, 3, ... bytes, and then an error if one is set.
class Pieces : public Source {
 public:
  explicit Pieces(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    if (position_ == text_.size() && fails_) return Transient(codes::kDiskError, "test");
    const std::size_t count = std::min({buffer.size(), ++piece_, text_.size() - position_});
    std::copy_n(text_.data() + position_, count, buffer.data());
    position_ += count;
    return count;
  }
  void FailAtEnd() { fails_ = true; }

 private:
  const std::string text_;
  std::size_t position_ = 0;
  std::size_t piece_ = 0;
  bool fails_ = false;
};

std::string Numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i) + " ";
  return text;
}

TEST(ReadBuffer, KeepsTheOrderHoweverMuchIsReadAndDropped) {
  const std::string text = Numbers(5000);
  for (const std::size_t dropped : {1UL, 7UL, 100UL, 5000UL}) {
    Pieces source(text);
    ReadBuffer buffer;
    std::string seen;
    while (true) {
      const Result<std::size_t> count = buffer.ReadFrom(source, 64);
      ASSERT_TRUE(count);
      if (*count == 0) break;
      const std::size_t taken = std::min(dropped, buffer.size());
      seen += buffer.view().substr(0, taken);
      buffer.Drop(dropped);
    }
    seen += buffer.view();
    EXPECT_EQ(seen, text) << dropped;
  }
}

TEST(ReadBuffer, KeepsItsBytesWhenTheSourceFails) {
  Pieces source("a");
  source.FailAtEnd();
  ReadBuffer buffer;
  ASSERT_TRUE(buffer.ReadFrom(source, 10));
  EXPECT_EQ(buffer.ReadFrom(source, 10).error().code, codes::kDiskError.name);
  EXPECT_EQ(buffer.view(), "a");
}

TEST(ReadBuffer, LeavesNothingBehindAfterAWipe) {
  Pieces source("secret");
  ReadBuffer buffer;
  while (*buffer.ReadFrom(source, 100) > 0) {
  }
  const char* const bytes = buffer.view().data();
  ASSERT_EQ(buffer.view(), "secret");
  buffer.Wipe();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(std::string(bytes, 6), std::string(6, '\0'));
}

}  // namespace
}  // namespace gateway
