#include "openpgp/armor.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "base/files.h"

namespace gateway::openpgp {
namespace {

std::string RandomBytes(std::size_t size) {
  std::mt19937 generator(static_cast<unsigned>(size));
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(generator());
  return bytes;
}

std::string Armored(const std::string& bytes, std::size_t step) {
  StringSink text;
  ArmorWriter writer(text);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    EXPECT_TRUE(writer.Write(std::string_view(bytes).substr(at, step)));
  }
  EXPECT_TRUE(writer.Finish());
  return text.text();
}

Result<std::string> Dearmored(const std::string& text) {
  StringSource source(text);
  ArmorReader reader(source);
  StringSink bytes;
  GATEWAY_TRY(Copy(reader, bytes));
  return bytes.text();
}

// What gpg makes of the armor: it checks the checksum.
std::string DearmoredByGpg(const std::string& text) {
  const std::string file = testing::TempDir() + "armor_test.asc";
  EXPECT_TRUE(WriteFileDurably(file, text));
  std::string bytes;
  FILE* pipe = popen(("gpg --no-options --batch --dearmor < " + file + " 2>/dev/null").c_str(), "r");
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) bytes.append(buffer.data(), count);
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_TRUE(RemoveFile(file));
  return bytes;
}

TEST(Armor, ReadsWhatItWritesAtEverySize) {
  for (const std::size_t size : {0, 1, 2, 3, 47, 48, 49, 49'151, 49'152, 49'153, 200'000}) {
    const std::string bytes = RandomBytes(size);
    for (const std::size_t step : {1'000, 49'152, 70'000}) {
      const auto read = Dearmored(Armored(bytes, step));
      ASSERT_TRUE(read) << size << " " << read.error().detail;
      EXPECT_TRUE(*read == bytes) << size << " in steps of " << step;
    }
  }
}

TEST(Armor, IsReadByGnupgWithItsChecksum) {
  const std::string bytes = RandomBytes(100'000);
  const std::string armored = Armored(bytes, 1'000);
  EXPECT_TRUE(DearmoredByGpg(armored) == bytes);
  EXPECT_NE(armored.find("\r\n="), std::string::npos);
}

TEST(Armor, TakesHeaderFieldsLineFeedsAndTrailingBlanks) {
  const std::string text =
      "-----BEGIN PGP MESSAGE-----\nVersion: Old PGP 2.6\nComment:\n\naGVsbG8g \t\nd29ybGQ=\n=abcd\n"
      "-----END PGP MESSAGE-----\nfooter\n";
  EXPECT_EQ(Dearmored(text).value(), "hello world");
}

TEST(Armor, NeedsNoChecksumAndNoEmptyLine) {
  EXPECT_EQ(Dearmored("-----BEGIN PGP MESSAGE-----\r\naGVsbG8h\r\n-----END PGP MESSAGE-----").value(), "hello!");
}

TEST(Armor, PassesBinaryThrough) {
  for (const std::string& bytes : {std::string("\x85\x01\x0c"), RandomBytes(100'000), std::string()}) {
    EXPECT_TRUE(Dearmored(bytes).value() == bytes);
  }
}

TEST(Armor, RefusesWhatIsCutOrNoBase64) {
  const std::string armored = Armored(RandomBytes(10'000), 1'000);
  for (const std::string& text : {armored.substr(0, 5'000), std::string("-----BEGIN PGP MESSAGE-----"),
                                  std::string("-----BEGIN PGP MESSAGE-----\n\nhel*o!!!\n-----END PGP MESSAGE-----\n"),
                                  std::string("-----BEGIN PGP MESSAGE-----\n\naGVsb\n-----END PGP MESSAGE-----\n"),
                                  "-----BEGIN PGP MESSAGE-----\n\n" + std::string(300'000, 'A')}) {
    const auto read = Dearmored(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "openpgp-damaged");
  }
}

}  // namespace
}  // namespace gateway::openpgp
