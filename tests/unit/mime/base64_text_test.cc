#include "mime/base64_text.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/files.h"
#include "mime/gmime_values.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

TEST(Base64Text, DoesNotDependOnHowTheTextIsCut) {
  const std::string bytes = RandomBytes(1, 57 * 6);
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 77U, 78U, 79U, 1000U}) {
    std::string text;
    AppendBase64Lines(bytes, 76, text);
    Base64Text decoder;
    std::string raw;
    for (std::size_t i = 0; i < text.size(); i += piece) ASSERT_TRUE(decoder.Decode(text.substr(i, piece), raw));
    EXPECT_EQ(raw, bytes) << "pieces of " << piece;
    EXPECT_EQ(decoder.left(), "");
  }
}

TEST(Base64Text, StopsAtTheFirstPieceThatIsNotClean) {
  for (const char* dirty : {"QU D", "QUI=", "QUJ\xC3", "QU-D", "QU\rD", "QUJD\n\tRUZH"}) {
    Base64Text decoder;
    std::string raw;
    ASSERT_TRUE(decoder.Decode("QUJD", raw));
    EXPECT_FALSE(decoder.Decode(dirty, raw)) << dirty;
    EXPECT_EQ(raw, "ABC");
    EXPECT_FALSE(decoder.Decode("QUJD", raw));
  }
}

TEST(Base64Text, KeepsWhatIsLeftForTheOtherDecoder) {
  Base64Text decoder;
  std::string raw;
  ASSERT_TRUE(decoder.Decode("QUJDRE\r\n", raw));
  EXPECT_FALSE(decoder.Decode("U=", raw));
  EXPECT_EQ(raw, "ABC");
  EXPECT_EQ(decoder.left(), "RE");
}

// Through OpenDecoded(), which goes on with GMime: what it says of the whole text is the truth.
TEST(Base64Text, TheRestIsDecodedAsGMimeWould) {
  const std::string bytes = RandomBytes(1, 200'000);
  std::string clean;
  AppendBase64Lines(bytes, 76, clean);
  for (const std::size_t at : {0U, 1U, 49'151U, 49'152U, 49'153U, 150'000U}) {
    std::string text = clean;
    text.insert(at, " \t\r\n!");
    const UniqueFd fd = FileWith(text);
    const auto source = OpenDecoded(fd.get(), {0, text.size()}, TransferEncoding::base64);
    StringSink decoded;
    ASSERT_TRUE(Copy(*source, decoded).ok());
    EXPECT_TRUE(decoded.text() == bytes) << "dirt at " << at;
  }
}

}  // namespace
}  // namespace gateway::mime
