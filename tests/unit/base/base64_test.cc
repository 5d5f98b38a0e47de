#include "base/base64.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>
#include <string>
#include <string_view>

namespace gateway {
namespace {

std::string RandomBytes(std::size_t size) {
  std::mt19937 chance(static_cast<unsigned>(size));
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(chance());
  return bytes;
}

// By OpenSSL, without line ends.
std::string Encoded(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string InLines(const std::string& text, std::size_t columns) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); i += columns) lines.append(text, i, columns).append("\r\n");
  return lines;
}

// Around all the lengths at which blocks, lines and their rests begin and end.
TEST(Base64, IsThatOfOpenSslAtEveryLength) {
  for (std::size_t size = 0; size < 400; ++size) {
    const std::string bytes = RandomBytes(size);
    const std::string text = Encoded(bytes);
    for (const std::size_t columns : {4U, 32U, 60U, 64U, 76U, 1000U}) {
      std::string lines = "before";
      AppendBase64Lines(bytes, columns, lines);
      EXPECT_EQ(lines, "before" + InLines(text, columns)) << size << " bytes in " << columns << " columns";
    }
    std::string raw = "before";
    EXPECT_TRUE(AppendBase64Decoded(text, raw));
    EXPECT_EQ(raw, "before" + bytes) << size << " bytes";
  }
}

TEST(Base64, NamesEveryByteThatIsNone) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string clean = Encoded(RandomBytes(120));
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (c == '=') continue;  // data to OpenSSL, wherever it stands
    const bool is_base64 = c != '\0' && alphabet.find(c) != std::string::npos;
    for (const std::size_t at : {0U, 5U, 31U, 32U, 63U, 64U, 100U, 159U}) {
      std::string text = clean;
      text[at] = c;
      std::string raw = "before";
      EXPECT_EQ(AppendBase64Decoded(text, raw), is_base64) << byte << " at " << at;
      EXPECT_TRUE(raw.starts_with("before"));
      EXPECT_EQ(raw.size() == 6, !is_base64);
    }
  }
}

TEST(Base64, TakesNoBlanksAndNoOddLengths) {
  const std::string block(32, 'A');
  for (const std::string& text : {block + "    " + block, "    " + block + block, block + block + "    ",
                                  block + "\r\nAA" + block, block + block + "A", block + "----" + block}) {
    std::string raw;
    EXPECT_FALSE(AppendBase64Decoded(text, raw)) << text;
    EXPECT_EQ(raw, "");
  }
}

// What it takes it takes rightly, and it never takes what is odd: the slow way must see that.
TEST(Base64, TakesWholeLinesUpToTheFirstOddOne) {
  const std::string bytes = RandomBytes(76 / 4 * 3 * 20);
  for (const std::size_t columns : {28U, 32U, 60U, 64U, 76U, 912U}) {
    for (const std::string_view end : {"\r\n", "\n"}) {
      std::string clean;
      for (std::size_t i = 0; i < bytes.size(); i += columns / 4 * 3) {
        clean.append(Encoded(bytes.substr(i, columns / 4 * 3))).append(end);
      }
      for (const std::string_view odd : {"", "=", "\n", "\r", " ", "-", "A", "AAAA"}) {
        for (std::size_t at = 0; at < clean.size(); at += 97) {
          std::string text = clean;
          text.insert(at, odd);
          std::string raw = "before";
          const std::size_t taken = AppendBase64LinesDecoded(text, raw);
          std::string joined;
          for (const char c : text.substr(0, taken)) {
            if (c != '\r' && c != '\n') joined += c;
          }
          std::string expected = "before";
          ASSERT_TRUE(AppendBase64Decoded(joined, expected));
          ASSERT_EQ(raw, expected) << columns << " columns, " << at;
          const bool never = odd == "=" || odd == " " || odd == "-";
          ASSERT_LE(taken, never ? at : text.size()) << columns << " columns, " << odd;
        }
      }
    }
  }
}

}  // namespace
}  // namespace gateway
