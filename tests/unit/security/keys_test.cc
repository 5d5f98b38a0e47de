// The keys of the configuration, as the pipelines and the open workers get them.
#include "security/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "base/files.h"
#include "base/random_text.h"
#include "openpgp/key_files.h"
#include "security/openers.h"
#include "security/sealers.h"

namespace gateway::security {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

class KeysTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path Write(const std::string& name, const std::string& content) {
    EXPECT_TRUE(WriteFileDurably(directory_ / name, content));
    return directory_ / name;
  }
  MailboxSettings Mailbox(const std::string& name, const openpgp::GeneratedKey& key) {
    MailboxSettings mailbox;
    mailbox.name = name;
    mailbox.key.file = Write(name + ".asc", key.secret_armored);
    return mailbox;
  }
  PartnerSettings Partner(const std::string& name, const openpgp::GeneratedKey& key) {
    PartnerSettings partner;
    partner.name = name;
    partner.key_file = Write(name + ".asc", key.public_armored);
    partner.key_fingerprint = key.info.fingerprint;
    return partner;
  }
  static openpgp::GeneratedKey Make(const std::string& name) {
    return *openpgp::GenerateKey(name + " <" + name + "@test.example>", "", 0);
  }

  const std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("keys-" + RandomHex(8));
};

TEST_F(KeysTest, EachKeyHasItsOwnerAndItsNames) {
  const openpgp::GeneratedKey ours = Make("ours");
  const openpgp::GeneratedKey theirs = Make("theirs");
  const Result<Keys> keys = ReadKeys({Mailbox("main", ours)}, {Partner("b", theirs)});
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_THAT(keys->unusable, IsEmpty());
  const OwnKey* const own = keys->OfMailbox("main", SecurityKind::openpgp);
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->identity, ours.info.fingerprint);
  ASSERT_THAT(own->names, SizeIs(1));
  EXPECT_THAT(own->identity, EndsWith(own->names[0]));
  EXPECT_EQ(keys->OfMailbox("other", SecurityKind::openpgp), nullptr);
  const PartnerKey* const partner = keys->OfPartner("b");
  ASSERT_NE(partner, nullptr);
  EXPECT_EQ(partner->identity, theirs.info.fingerprint);
  EXPECT_THAT(partner->names, SizeIs(2)) << "the key and its subkey";
  EXPECT_EQ(keys->OfPartner("c"), nullptr);
}

TEST_F(KeysTest, AMailboxGetsItsOwnSecretKeyOnly) {
  const openpgp::GeneratedKey second = Make("second");
  const Keys keys = *ReadKeys({Mailbox("first", Make("first")), Mailbox("second", second)}, {Partner("b", Make("b"))});
  const Keys of_second = KeysForMailbox(keys, "second");
  ASSERT_THAT(of_second.own, SizeIs(1));
  EXPECT_EQ(of_second.own[0].identity, second.info.fingerprint);
  EXPECT_THAT(of_second.partners, IsEmpty());
  EXPECT_TRUE(MailOpeners::Make(of_second));
  // The opener got the secret part, and no other key.
  const Result<std::vector<KeyFacts>> held =
      (*MailOpeners::Make({}))->AddOwnKeys(of_second.own[0].secret.view(), nullptr);
  ASSERT_TRUE(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_TRUE(held->front().secret);
  EXPECT_EQ(held->front().identity, second.info.fingerprint);
  EXPECT_THAT(KeysForMailbox(keys, "gone").own, IsEmpty());
}

TEST_F(KeysTest, OnlyAPartnerWithAKeyGetsASealer) {
  const Keys keys = *ReadKeys({Mailbox("main", Make("ours"))}, {Partner("b", Make("b"))});
  const std::unique_ptr<MailSealers> sealers = *MailSealers::Make(keys, NewMemoryFile);
  EXPECT_TRUE(sealers->For("b"));
  EXPECT_EQ(sealers->For("c").error().code, "key-not-usable");
}

TEST_F(KeysTest, FilesTellWhoseKeysTheyHold) {
  const openpgp::GeneratedKey key = *openpgp::GenerateKey("A <a@test.example>", "open sesame", 0);
  const Result<std::vector<ExaminedPartner>> partners = ReadPartnerKeys(key.public_armored, {});
  ASSERT_TRUE(partners);
  ASSERT_THAT(*partners, SizeIs(1));
  EXPECT_THAT(partners->front().facts.user_ids, ElementsAre("A <a@test.example>"));
  EXPECT_FALSE(partners->front().facts.secret);
  EXPECT_EQ(ReadPartnerKeys(key.secret_armored, {}).error().code, "secret-key-of-partner");
  EXPECT_EQ(ReadPartnerKeys("no key", {}).error().code, "key-unreadable");
  const std::unique_ptr<MailOpeners> openers = *MailOpeners::Make({});
  const Secret right("open sesame");
  const Secret wrong("close");
  EXPECT_EQ(openers->AddOwnKeys(key.secret_armored, &wrong).error().code, "wrong-passphrase");
  EXPECT_TRUE(openers->AddOwnKeys(key.secret_armored, &right));
  EXPECT_EQ(openers->AddOwnKeys("no key", &right).error().code, "key-unreadable");
}

}  // namespace
}  // namespace gateway::security
