// What one hospital seals, the other one opens, by the interfaces only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "mime/encrypted_leaf.h"
#include "openpgp/armor.h"
#include "openpgp/key_files.h"
#include "security/openers.h"
#include "security/sealers.h"
#include "support/openpgp_keys.h"

namespace gateway::security {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kEntity = "Content-Type: text/plain\r\n\r\nA line.\r\nAnother line.\r\n";

// Keys are expensive to make: each test uses the same ones.
struct Hospital {
  explicit Hospital(const std::string& name)
      : key(*openpgp::GenerateKey(name + " <" + name + "@test.example>", "", 0)) {
    mailbox.name = "mailbox-" + name;
    mailbox.address = name + "@test.example";
    partner.name = name;
    partner.address = mailbox.address;
    partner.key_fingerprint = key.info.fingerprint;
  }
  // The keys of this hospital, and of its partner.
  [[nodiscard]] Keys KeysWith(const Hospital& other) const {
    Keys keys;
    keys.own.push_back(OwnKeyOf(key, mailbox.name));
    keys.partners.push_back(PartnerKeyOf(other.key, other.partner.name));
    return keys;
  }

  openpgp::GeneratedKey key;
  MailboxSettings mailbox;
  PartnerSettings partner;
};

Hospital& A() {
  static Hospital hospital("a");
  return hospital;
}
Hospital& B() {
  static Hospital hospital("b");
  return hospital;
}

UniqueFd FileOf(const std::string& text) {
  UniqueFd file = *NewMemoryFile();
  EXPECT_TRUE(WriteAll(file.get(), text));
  return file;
}

struct OpenedMail {
  std::string error;  // a code
  Protection protection;
  std::string text;
};

class OpenPgpSecurityTest : public testing::Test {
 protected:
  std::string Seal(bool may_compress = true) {
    StringSource entity(kEntity);
    StringSink mail;
    const auto sealers = Sealers();
    const Result<MailSealer*> sealer = sealers->For(to_b_.name);
    if (!sealer) return sealer.error().code;
    const Result<void> sealed = (*sealer)->Seal({A().mailbox, to_b_, may_compress}, Header(), entity, mail);
    return sealed ? mail.text() : sealed.error().code;
  }
  std::string Sign() {
    StringSource entity(kEntity);
    StringSink mail;
    const auto sealers = Sealers();
    const Result<void> signed_mail = (*sealers->For(to_b_.name))->Sign({A().mailbox, to_b_}, Header(), entity, mail);
    return signed_mail ? mail.text() : signed_mail.error().code;
  }
  std::unique_ptr<MailSealers> Sealers() { return *MailSealers::Make(keys_of_a_, NewMemoryFile); }
  static mime::OuterHeader Header() {
    mime::OuterHeader header;
    header.from = A().mailbox.address;
    header.to = B().mailbox.address;
    header.subject = "subject";
    header.message_id = "1@test.example";
    return header;
  }
  // Openers of `hospital` that believe its partner.
  static std::unique_ptr<MailOpeners> OpenersOf(const Hospital& hospital, const Hospital& partner) {
    const Keys keys = hospital.KeysWith(partner);
    std::unique_ptr<MailOpeners> openers = *MailOpeners::Make(keys);
    EXPECT_TRUE(openers->UsePartner(keys.OfPartner(partner.partner.name)));
    return openers;
  }
  // Opens the first message of the mail with the keys of `hospital`, which believes its partner.
  static OpenedMail Open(const std::string& mail, const Hospital& hospital, const Hospital& partner) {
    const std::unique_ptr<MailOpeners> openers = OpenersOf(hospital, partner);
    const UniqueFd file = FileOf(mail);
    const mime::EncryptedLeaf leaf = *mime::FindEncryptedLeaf(file.get(), {});
    const auto part = *mime::OpenEncryptedLeaf(file.get(), leaf);
    const std::unique_ptr<SealedMessages> messages = openers->Of(leaf.security).MessagesIn(*part);
    EXPECT_TRUE(*messages->Next());
    StringSink plain;
    const Result<Protection> opened = messages->Open(plain, 1'000'000);
    if (!opened) return {opened.error().code, {}, plain.text()};
    EXPECT_FALSE(*messages->Next());
    return {"", *opened, plain.text()};
  }
  static OpenedMail OpenedByB(const std::string& mail) { return Open(mail, B(), A()); }
  // Verifies the multipart/signed that is all of `text`, as B does.
  static std::vector<Signature> VerifiedByB(const std::string& text) {
    const std::unique_ptr<MailOpeners> openers = OpenersOf(B(), A());
    const UniqueFd file = FileOf(text);
    const auto entity = mime::ReadSignedEntity(file.get(), {});
    if (!entity || !*entity) return {};
    const Result<std::vector<Signature>> signatures = openers->Of((*entity)->security).Verify(file.get(), **entity);
    return signatures ? *signatures : std::vector<Signature>();
  }
  static void ExpectGood(const std::vector<Signature>& signatures) {
    ASSERT_THAT(signatures, SizeIs(1));
    EXPECT_EQ(signatures[0].status, SignatureStatus::valid);
    EXPECT_EQ(signatures[0].signer, A().partner.key_fingerprint);
    EXPECT_TRUE(signatures[0].signer.ends_with(signatures[0].named_key));
    EXPECT_EQ(signatures[0].hash, "SHA256");
    EXPECT_THAT(signatures[0].id, SizeIs(64));
  }

  Keys keys_of_a_ = A().KeysWith(B());
  PartnerSettings to_b_ = B().partner;
};

TEST_F(OpenPgpSecurityTest, OnlyThePartnerOpensWhatWasSealed) {
  const std::string mail = Seal();
  EXPECT_THAT(mail, HasSubstr("multipart/encrypted"));
  EXPECT_THAT(mail, HasSubstr("To: b@test.example\r\n"));
  EXPECT_THAT(mail, Not(HasSubstr("Another line")));
  const OpenedMail opened = OpenedByB(mail);
  EXPECT_EQ(opened.error, "");
  EXPECT_EQ(opened.text, kEntity);
  EXPECT_TRUE(opened.protection.encrypted);
  EXPECT_TRUE(opened.protection.integrity_protected);
  EXPECT_THAT(opened.protection.recipients, SizeIs(1));
  ExpectGood(opened.protection.signatures);
  EXPECT_FALSE(opened.protection.signatures[0].detached);
  EXPECT_EQ(Open(mail, Hospital("c"), A()).error, "not-decryptable");
}

TEST_F(OpenPgpSecurityTest, AnotherPartnersMailIsByAnUnknownKey) {
  const OpenedMail opened = Open(Seal(), B(), Hospital("c"));
  EXPECT_EQ(opened.text, kEntity);
  ASSERT_THAT(opened.protection.signatures, SizeIs(1));
  EXPECT_EQ(opened.protection.signatures[0].status, SignatureStatus::unknown_key);
  EXPECT_EQ(opened.protection.signatures[0].signer, "");
  EXPECT_TRUE(A().partner.key_fingerprint.ends_with(opened.protection.signatures[0].named_key));
}

TEST_F(OpenPgpSecurityTest, EncapsulatedSigningPutsTheSignatureInside) {
  to_b_.profile.signing = Signing::encapsulated;
  to_b_.profile.inner_encoding = InnerEncoding::binary;
  EXPECT_EQ((*Sealers()->For("b"))->EncodingFor(to_b_.profile), InnerEncoding::base64);
  const OpenedMail opened = OpenedByB(Seal());
  EXPECT_TRUE(opened.protection.encrypted);
  EXPECT_THAT(opened.protection.signatures, IsEmpty());
  EXPECT_THAT(opened.text, HasSubstr("micalg=\"pgp-sha256\""));
  EXPECT_THAT(opened.text, HasSubstr(kEntity));
  const std::vector<Signature> signatures = VerifiedByB(opened.text);
  ExpectGood(signatures);
  EXPECT_TRUE(signatures.at(0).detached);
}

TEST_F(OpenPgpSecurityTest, SignedMailsCanBeReadByAnybodyAndNotBeChanged) {
  std::string mail = Sign();
  EXPECT_THAT(mail, HasSubstr(kEntity));
  ExpectGood(VerifiedByB(mail));
  mail.replace(mail.find("Another line"), 7, "Changed");
  const std::vector<Signature> changed = VerifiedByB(mail);
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(changed[0].status, SignatureStatus::bad);
  EXPECT_EQ(changed[0].id, "");
}

TEST_F(OpenPgpSecurityTest, CompressesOnlyWhereBothSaySo) {
  EXPECT_FALSE(OpenedByB(Seal()).protection.compressed);
  to_b_.profile.compression = Compression::zlib;
  EXPECT_TRUE(OpenedByB(Seal()).protection.compressed);
  EXPECT_FALSE(OpenedByB(Seal(false)).protection.compressed);
}

TEST_F(OpenPgpSecurityTest, NothingLeavesUnsignedBecauseAKeyIsMissing) {
  keys_of_a_.own.clear();
  EXPECT_EQ(Seal(), "no-secret-key");
  EXPECT_EQ(Sign(), "no-secret-key");
  EXPECT_EQ((*Sealers()->For("b"))->ReceiptKeyOf(A().mailbox), "");
}

TEST_F(OpenPgpSecurityTest, NothingLeavesForAPartnerWithoutAKey) {
  keys_of_a_.partners.clear();
  EXPECT_EQ(Seal(), "key-not-usable");
}

TEST_F(OpenPgpSecurityTest, ReceiptsNameTheKeyId) {
  const std::string key_id = (*Sealers()->For("b"))->ReceiptKeyOf(A().mailbox);
  EXPECT_THAT(key_id, SizeIs(16));
  EXPECT_TRUE(A().partner.key_fingerprint.ends_with(key_id));
}

TEST_F(OpenPgpSecurityTest, EachMessageOfAPartIsOpened) {
  const auto binary = [](const std::string& mail) {
    const UniqueFd file = FileOf(mail);
    const auto armored = *mime::OpenEncryptedBody(file.get(), {});
    openpgp::ArmorReader reader(*armored);
    StringSink packets;
    EXPECT_TRUE(Copy(reader, packets));
    return packets.text();
  };
  StringSource part(binary(Seal()) + binary(Seal()));
  const std::unique_ptr<MailOpeners> openers = OpenersOf(B(), A());
  const std::unique_ptr<SealedMessages> messages = openers->Of(SecurityKind::openpgp).MessagesIn(part);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(*messages->Next());
    StringSink plain;
    const Result<Protection> opened = messages->Open(plain, 1000);
    ASSERT_TRUE(opened);
    ExpectGood(opened->signatures);
    EXPECT_EQ(plain.text(), kEntity);
  }
  EXPECT_FALSE(*messages->Next());
}

}  // namespace
}  // namespace gateway::security
