#include "operations/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "unit/ledger/ledger_fixture.h"

namespace gateway::operations {
namespace {

class KeysTest : public testing::Test {
 protected:
  KeysTest() { request.out = directory.path() / "site"; }
  [[nodiscard]] std::filesystem::perms PermissionsOf(const std::filesystem::path& file) const {
    return std::filesystem::status(file).permissions();
  }

  ledger::TemporaryDirectory directory{ledger::FastDirectory()};
  KeyPairRequest request{.user_id = "Klinikum A <gateway@klinikum-a.example>", .out = {}, .passphrase_file = {}};
};

TEST_F(KeysTest, APairIsMadeWithItsPassphrase) {
  request.passphrase_file = directory.path() / "passphrase";
  const KeyPair pair = GenerateKeyPair(request);
  ASSERT_TRUE(pair.key) << pair.key.error().detail;
  EXPECT_TRUE(pair.passphrase_made);
  using std::filesystem::perms;
  EXPECT_EQ(PermissionsOf(pair.secret_file) & (perms::others_all), perms::none);
  EXPECT_EQ(ReadKeys(pair.secret_file).value().at(0).info.fingerprint, pair.key->fingerprint);
  EXPECT_TRUE(ReadKeys(pair.secret_file).value().at(0).info.secret);
  EXPECT_FALSE(ReadKeys(pair.public_file).value().at(0).info.secret);
}

TEST_F(KeysTest, NoFileIsOverwritten) {
  ASSERT_TRUE(GenerateKeyPair(request).key);
  request.passphrase_file = directory.path() / "passphrase";
  const KeyPair again = GenerateKeyPair(request);
  EXPECT_EQ(again.key.error().code, "file-exists");
  EXPECT_FALSE(again.passphrase_made);
}

// The file of the passphrase stays, so a person must learn of it.
TEST_F(KeysTest, AFailureAfterThePassphraseSaysThatItWasMade) {
  request.user_id = "";
  request.passphrase_file = directory.path() / "passphrase";
  const KeyPair pair = GenerateKeyPair(request);
  EXPECT_EQ(pair.key.error().code, "bad-user-id");
  EXPECT_TRUE(pair.passphrase_made);
  EXPECT_TRUE(std::filesystem::exists(request.passphrase_file));
}

TEST_F(KeysTest, TheExportIsPublic) {
  const KeyPair pair = GenerateKeyPair(request);
  ASSERT_TRUE(pair.key);
  const std::filesystem::path out = directory.path() / "exported.asc";
  ASSERT_TRUE(ExportPublicKeys(pair.secret_file, out));
  EXPECT_EQ(ReadSmallFile(out).value(), PublicKeysOf(pair.secret_file).value());
  EXPECT_FALSE(ReadKeys(out).value().at(0).info.secret);
}

TEST_F(KeysTest, AFileThatHoldsNoKeyIsNamed) {
  const std::filesystem::path file = directory.path() / "letter.txt";
  ASSERT_TRUE(WriteFileDurably(file, "no key"));
  const auto keys = ReadKeys(file);
  EXPECT_EQ(keys.error().fault, Fault::config);
  EXPECT_THAT(keys.error().detail, testing::StartsWith(file.string() + ": "));
}

}  // namespace
}  // namespace gateway::operations
