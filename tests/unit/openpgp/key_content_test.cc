// Key files as people send them: through editors, mail programs and web pages, and from newer
// OpenPGP programs.

#include "openpgp/key_content.h"

#include <functional>

#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

const std::string& Armored() {
  return GpgKeyNamed("ed25519").public_armored;
}

std::string Replaced(std::string text, const std::string& old, const std::string& fresh) {
  for (std::size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += fresh.size()) {
    text.replace(at, old.size(), fresh);
  }
  return text;
}

std::string WithoutChecksum(const std::string& armored) {
  const std::size_t at = armored.rfind("\n=");
  EXPECT_NE(at, std::string::npos);
  return armored.substr(0, at) + armored.substr(armored.find('\n', at + 1));
}

std::string InUtf16(const std::string& text, bool little) {
  std::string wide;
  for (const char c : text) wide += little ? std::string{c, '\0'} : std::string{'\0', c};
  return wide;
}

std::string InUtf32(const std::string& text, bool little) {
  std::string wide;
  for (const char c : text) wide += little ? std::string{c, '\0', '\0', '\0'} : std::string{'\0', '\0', '\0', c};
  return wide;
}

std::string PacketOf(unsigned tag, const std::string& body) {
  return std::string{static_cast<char>(0xc0 | tag), static_cast<char>(body.size())} + body;
}

// A key packet's body as RFC 9580 section 5.5.2 has it, with 32 octets of key.
std::string KeyBody(char version, char algorithm) {
  const std::string length = version == 6 ? std::string("\0\0\0\x20", 4) : "";
  return std::string{version, 0x60, 0, 0, 0, algorithm} + length + std::string(32, 'k');
}

void ExpectTheKey(const std::string& content, const std::string& name) {
  const Result<std::vector<FileKey>> keys = ReadKeyFile(content);
  ASSERT_TRUE(keys.ok()) << name << ": " << keys.error().detail;
  ASSERT_EQ(keys->size(), 1U) << name;
  EXPECT_EQ(keys->front().info.fingerprint, GpgKeyNamed("ed25519").fingerprint) << name;
  EXPECT_TRUE(keys->front().info.can_encrypt) << name;
  // Whoever reads keys reads them so: `inspect --key`, `keys export`.
  const Result<std::string> exported = ExportPublic(content);
  ASSERT_TRUE(exported.ok()) << name << ": " << exported.error().detail;
  EXPECT_EQ(ReadKeyFile(*exported)->front().info.fingerprint, GpgKeyNamed("ed25519").fingerprint) << name;
}

void ExpectUnreadable(const std::string& content, const std::string& words) {
  const Result<std::vector<FileKey>> keys = ReadKeyFile(content);
  ASSERT_FALSE(keys.ok()) << words;
  EXPECT_EQ(keys.error().code, "key-unreadable");
  EXPECT_EQ(keys.error().fault, Fault::config);
  EXPECT_NE(keys.error().detail.find(words), std::string::npos) << keys.error().detail;
  const Result<std::string> exported = ExportPublic(content);
  ASSERT_FALSE(exported.ok()) << words;
  EXPECT_EQ(exported.error().detail, keys.error().detail);
}

TEST(KeyContent, IsReadAsProgramsAndPeopleLeaveIt) {
  const std::string& key = Armored();
  const std::string around = "Dear colleague,\r\n\r\n-- our key --\n" + key + "\nYours\n-----\n";
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"as gpg writes it", key},
      {"no checksum", WithoutChecksum(key)},
      {"blanks at line ends", Replaced(key, "\n", " \t \n")},
      {"blanks before lines", "  " + Replaced(key, "\n", "\n  ")},
      {"no-break spaces", Replaced(key, "\n", "\u00a0\n")},
      {"text around it", around},
      {"a byte order mark", "\xEF\xBB\xBF" + key},
      {"CR LF", Replaced(key, "\n", "\r\n")},
      {"CR", Replaced(key, "\n", "\r")},
      {"no line end at the end", key.substr(0, key.find_last_not_of('\n') + 1)},
      {"all of it", "\xEF\xBB\xBF" + Replaced(WithoutChecksum(around), "\n", " \r\n")},
      {"the same key twice", key + key},
      {"binary", *ReadKeyContent(key)},
      {"binary, twice", *ReadKeyContent(key) + *ReadKeyContent(key)},
  };
  for (const auto& [name, content] : forms) ExpectTheKey(content, name);
}

TEST(KeyContent, HasEveryKeyOfSeveralBlocks) {
  const Result<std::vector<FileKey>> keys =
      ReadKeyFile("one\n" + Armored() + "two\n" + GpgKeyNamed("dsa").public_armored);
  ASSERT_TRUE(keys.ok()) << keys.error().detail;
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->at(0).info.fingerprint, GpgKeyNamed("ed25519").fingerprint);
  EXPECT_EQ(keys->at(1).info.fingerprint, GpgKeyNamed("dsa").fingerprint);
}

TEST(KeyContent, SaysWhatItIsInstead) {
  ExpectUnreadable("", "empty");
  ExpectUnreadable("\xEF\xBB\xBF", "empty");
  ExpectUnreadable("hello", "neither armored text nor a binary export");
  ExpectUnreadable("\xFF\xFE" + InUtf16(Armored(), true), "UTF-16");
  ExpectUnreadable("\xFE\xFF" + InUtf16(Armored(), false), "UTF-16");
  ExpectUnreadable(InUtf16(Armored(), true), "UTF-16");
  ExpectUnreadable(InUtf16(Armored(), false), "UTF-16");
  ExpectUnreadable(std::string("\xFF\xFE\0\0", 4) + InUtf32(Armored(), true), "UTF-32");
  ExpectUnreadable(std::string("\0\0\xFE\xFF", 4) + InUtf32(Armored(), false), "UTF-32");
  ExpectUnreadable(InUtf32(Armored(), true), "UTF-32");
  ExpectUnreadable(InUtf32(Armored(), false), "UTF-32");
  ExpectUnreadable(Replaced(Armored(), "PUBLIC KEY BLOCK", "MESSAGE"), "it holds a PGP MESSAGE");
  ExpectUnreadable("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "it holds a CERTIFICATE");
  ExpectUnreadable(Armored().substr(0, Armored().find("-----END")), "no line that begins with -----END");
  const std::string binary = *ReadKeyContent(Armored());
  ExpectUnreadable(binary.substr(0, binary.size() - 1), "cut short");
}

TEST(KeyContent, NamesTheKeysOfNewerPrograms) {
  ExpectUnreadable(PacketOf(6, KeyBody(6, 27)), "version 6, algorithm 27 (Ed25519)");
  ExpectUnreadable(PacketOf(6, KeyBody(4, 27)), "version 4, algorithm 27 (Ed25519)");
  ExpectUnreadable(PacketOf(6, KeyBody(4, 77)), "version 4, algorithm 77");
}

// As new programs add one to an old key; the rest of the key goes on working.
TEST(KeyContent, ANewSubkeyIsNamedAndLeftOut) {
  const std::vector<std::pair<char, std::string>> kinds = {{4, "version 4, algorithm 25 (X25519)"},
                                                           {6, "version 6, algorithm 25 (X25519)"}};
  for (const auto& [version, kind] : kinds) {
    const std::string content = *ReadKeyContent(Armored()) + PacketOf(14, KeyBody(version, 25));
    ExpectTheKey(content, kind);
    const std::vector<FileKey> keys = ReadKeyFile(content).value();
    const FileKey& key = keys.front();
    ASSERT_EQ(key.subkeys.size(), 2U) << kind;
    EXPECT_EQ(key.subkeys.back().state, SubkeyState::unread);
    EXPECT_EQ(key.subkeys.back().algorithm, kind);
    EXPECT_EQ(PartnerKeyOf(key, "b").key_ids.size(), 2U) << kind;
  }
}

}  // namespace
}  // namespace gateway::openpgp
