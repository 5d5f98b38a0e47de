#include "fixture.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kOther = "ABCDEF0123456789ABCDEF0123456789ABCDEF01";

std::string Partner(const std::string& name, const std::string& address, const std::string& fingerprint) {
  return name + ": { address: " + address + ", key: { file: public.asc, fingerprint: " + fingerprint + " } }";
}

class Partners : public ConfigTest {
 protected:
  void SetPartner(const std::string& keys) {
    Set("partners", "partners:\n  b:\n    address: gw@b.example\n    key: { file: public.asc, fingerprint: " +
                        std::string(kFingerprint) + " }\n    " + keys + "\n");
  }
  // One more in partners.d, whose files name their own keys.
  void WritePartnerFile(const std::string& name, const std::string& text) {
    Write("partners.d/public.asc", "x");
    Write("partners.d/" + name, text);
  }
};

TEST_F(Partners, HaveLimits) {
  SetPartner("limits: { bulk: 2MB/s, hours: { '07:00-18:00': 500KB/s, '22:00-06:00': 1GB/s } }");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const LimitSettings& limits = loaded.settings.partners.at(0).limits;
  EXPECT_EQ(limits.bulk, 2'000'000u);
  ASSERT_EQ(limits.hours.size(), 2u);
  EXPECT_EQ(limits.hours[0].span.from, 420u);
  EXPECT_EQ(limits.hours[0].bulk, 500'000u);
  SetPartner("limits: { bulk: 2MB } #!");
  ExpectMistake("partners.b.limits.bulk: expected bytes per second");
  SetPartner("limits: { hours: { '7-18': 500KB/s } } #!");
  ExpectMistake("partners.b.limits.hours: expected two times of day such as 18:00-07:00, not '7-18'");
  SetPartner("limits: { hours: { '07:00-18:00': fast } } #!");
  ExpectMistake("partners.b.limits.hours.07:00-18:00: expected bytes per second");
}

TEST_F(Partners, AreRead) {
  Set("partners", R"(partners:
  b:
    address: gw@b.example
    mailbox: main
    key: { file: public.asc, fingerprint: "0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567" }
    profile:
      instances_per_message: 50
      max_message_size: 5MiB
      inner_encoding: binary
      signing: encapsulated
      compression: zlib
      integrity: ocb
      receipts: pgp
      receipt_protection: encrypt
      receipt_secret: required
      require_signature: false
      require_integrity: false
      accept_compressed: false
      accept_sha1: true
      min_key_bits: 1024
      subject: Teleradiology
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const PartnerSettings& partner = loaded.settings.partners.at(0);
  EXPECT_EQ(partner.name, "b");
  EXPECT_EQ(partner.address, "gw@b.example");
  EXPECT_EQ(partner.mailbox, "main");
  EXPECT_EQ(partner.key_file, Path("public.asc"));
  EXPECT_EQ(partner.key_fingerprint, kFingerprint);
  EXPECT_EQ(partner.profile.instances_per_message, 50U);
  EXPECT_EQ(partner.profile.max_message_size, 5U << 20);
  EXPECT_EQ(partner.profile.inner_encoding, InnerEncoding::binary);
  EXPECT_EQ(partner.profile.signing, Signing::encapsulated);
  EXPECT_EQ(partner.profile.compression, Compression::zlib);
  EXPECT_EQ(partner.profile.integrity, Integrity::ocb);
  EXPECT_EQ(partner.profile.receipts, ReceiptMode::pgp);
  EXPECT_EQ(partner.profile.receipt_protection, ReceiptProtection::encrypt);
  EXPECT_EQ(partner.profile.receipt_secret, ReceiptSecret::required);
  EXPECT_FALSE(partner.profile.require_signature);
  EXPECT_FALSE(partner.profile.require_integrity);
  EXPECT_FALSE(partner.profile.accept_compressed);
  EXPECT_TRUE(partner.profile.accept_sha1);
  EXPECT_EQ(partner.profile.min_key_bits, 1024U);
  EXPECT_EQ(partner.profile.subject, "Teleradiology");
}

TEST_F(Partners, GetTheFirstMailboxByDefault) {
  const char* const imap = "{ url: 'imaps://x.example', username: u, password_file: password }";
  Set("mailboxes", "mailboxes:\n" + Mailbox("z", kSmtp, kImap, kKey) + Mailbox("a", kSmtp, imap, kKey));
  EXPECT_EQ(LoadSections().settings.partners.at(0).mailbox, "z");
}

TEST_F(Partners, NeedAnAddress) {
  Set("partners", std::string("partners:\n  b: #!\n    key: { file: public.asc, fingerprint: ") + kOther + " }\n");
  ExpectMistake("partners.b.address: is missing");
}

TEST_F(Partners, NeedAKey) {
  Set("partners", "partners:\n  b: #!\n    address: gw@b.example\n");
  ExpectMistake("partners.b.key: is missing");
}

TEST_F(Partners, NeedAPinnedFingerprint) {
  Set("partners", "partners:\n  b:\n    address: gw@b.example\n    key: { file: public.asc } #!\n");
  ExpectMistake("partners.b.key.fingerprint: is missing");
}

TEST_F(Partners, RefuseShortKeyIds) {
  Set("partners",
      "partners:\n  b:\n    address: gw@b.example\n    key:\n      file: public.asc\n"
      "      fingerprint: 89ABCDEF01234567 #!\n");
  ExpectMistake("partners.b.key.fingerprint: expected a fingerprint of 40 or 64 hexadecimal digits");
}

TEST_F(Partners, NeedTheirKeyFile) {
  Set("partners", std::string("partners:\n  b:\n    address: gw@b.example\n    key:\n      fingerprint: ") + kOther +
                      "\n      file: none.asc #!\n");
  ExpectMistake("partners.b.key.file: there is no file " + Path("none.asc").string());
}

TEST_F(Partners, RefuseAnUnknownMailbox) {
  SetPartner("mailbox: mian #!");
  ExpectMistake("partners.b.mailbox: there is no mailbox 'mian'");
}

TEST_F(Partners, RefuseABadProfile) {
  const std::pair<const char*, const char*> wrong[] = {
      {"instances_per_message: 0", "expected a number from 1 to 10000"},
      {"max_message_size: 10KB", "expected a size from 64KB to 1GB"},
      {"inner_encoding: 7bit", "expected base64 or binary"},
      {"signing: none", "expected combined or encapsulated"},
      {"compression: gzip", "expected none, zip, zlib or bzip2"},
      {"integrity: eax", "expected mdc or ocb"},
      {"receipts: dsn", "expected none, mdn or pgp"},
      {"receipt_protection: both", "expected none, sign or encrypt"},
      {"receipt_secret: maybe", "expected learned, required or ignored"},
      {"min_key_bits: 512", "expected a number from 1024 to 16384"},
      {"require_integrity: 1", "expected true or false"},
      {"accept_compressed: maybe", "expected true or false"},
      {"accept_sha1: old", "expected true or false"},
      {"require_signature: 1", "expected true or false"},
      {"subject: ''", "expected 1 to 128 printable ASCII characters"},
      {"sign: combined", "unknown key 'sign' in partners.b.profile"},
  };
  for (const auto& [line, part] : wrong) {
    SetPartner("profile:\n      " + std::string(line) + " #!");
    ExpectMistake(part);
  }
}

TEST_F(Partners, RefuseASubjectThatAddsAHeader) {
  SetPartner("profile:\n      subject: \"x\\r\\nBcc: y@z.example\" #!");
  ExpectMistake("partners.b.profile.subject");
}

TEST_F(Partners, MayWriteFromOtherAddresses) {
  SetPartner("aliases: [old@b.example, Tele@B-old.example]");
  EXPECT_EQ(LoadSections().settings.partners.at(0).aliases,
            std::vector<std::string>({"old@b.example", "Tele@B-old.example"}));
  SetPartner("aliases: [nobody] #!");
  ExpectMistake("partners.b.aliases: expected");
  Set("partners",
      "partners:\n  " + Partner("b", "gw@b.example", kFingerprint) +
          "\n  c: { address: gw@c.example, aliases: [GW@B.example], key: { file: public.asc, fingerprint: " +
          std::string(kOther) + " } } #!\n");
  ExpectMistake("the address of a partner is already that of partners.b");
}

TEST_F(Partners, RefuseTwoWithOneAddress) {
  Set("partners", "partners:\n  " + Partner("b", "gw@b.example", kFingerprint) + "\n  " +
                      Partner("c", "GW@B.example", kOther) + " #!\n");
  ExpectMistake("partners.c: the address of a partner is already that of partners.b (" + file().string() + ":");
}

TEST_F(Partners, RefuseAnAddressOfOurOwn) {
  Set("mailboxes",
      std::string("mailboxes:\n  main:\n    address: main@a.example\n    aliases: [old@a.example]\n    smtp: ") +
          kSmtp + "\n    imap: " + kImap + "\n    key: " + kKey + "\n");
  for (const std::string address : {"MAIN@a.example", "old@A.example"}) {
    Set("partners", "partners:\n  " + Partner("b", "gw@b.example", kFingerprint) + "\n  " +
                        Partner("c", address, kOther) + " #!\n");
    ExpectMistake("partners.c: " + address + " is an address of our mailbox 'main', not of a partner");
  }
}

TEST_F(Partners, RefuseTwoWithOneKey) {
  Set("partners", "partners:\n  " + Partner("b", "gw@b.example", kFingerprint) + "\n  " +
                      Partner("c", "gw@c.example", kFingerprint) + " #!\n");
  ExpectMistake("partners.c: the fingerprint of a partner is already that of partners.b");
}

TEST_F(Partners, AreTakenFromFilesInTheirOrder) {
  WritePartnerFile("20-d.yaml", Partner("d", "gw@d.example", kOther) + "\n");
  WritePartnerFile("10-c.yaml", "partners:\n  " + Partner("c", "gw@c.example", std::string(64, 'C')) + "\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  ASSERT_EQ(loaded.settings.partners.size(), 3U);
  EXPECT_EQ(loaded.settings.partners[1].name, "c");
  EXPECT_EQ(loaded.settings.partners[2].name, "d");
  EXPECT_EQ(loaded.settings.partners[2].key_file, Path("partners.d/public.asc"));
  EXPECT_EQ(loaded.settings.partners[2].mailbox, "main");
  EXPECT_EQ(loaded.places.at("partner d").file, Path("partners.d/20-d.yaml"));
  EXPECT_EQ(loaded.places.at("partner c").line, 2);
}

TEST_F(Partners, OfAFileReportThatFile) {
  WritePartnerFile("c.yaml",
                   "c:\n  address: nobody\n  key: { file: public.asc, fingerprint: " + std::string(kOther) + " }\n");
  const Loaded loaded = LoadSections();
  ASSERT_EQ(loaded.mistakes.size(), 1U);
  EXPECT_EQ(loaded.mistakes[0].file, Path("partners.d/c.yaml"));
  EXPECT_EQ(loaded.mistakes[0].line, 2);
}

TEST_F(Partners, MayNotStandInTwoFiles) {
  WritePartnerFile("b.yaml", "\n" + Partner("b", "other@b.example", kOther) + "\n");
  EXPECT_THAT(Lines(LoadSections()),
              ElementsAre(StartsWith("2: partners.b: the name of a partner is already that of partners.b (" +
                                     file().string() + ":")));
}

TEST_F(Partners, OfAFileNeedTheirName) {
  WritePartnerFile("c.yaml", "\naddress: gw@c.example\nkey: { file: public.asc }\n");
  EXPECT_THAT(Lines(LoadSections()), ElementsAre("2: expected the name of a partner first, and its keys indented "
                                                 "below it"));
}

TEST_F(Partners, AreAllThatAFileHolds) {
  WritePartnerFile("c.yaml", "partners: {}\nroutes: {}\n");
  EXPECT_THAT(Lines(LoadSections()), ElementsAre(HasSubstr("2: unknown key 'routes'")));
  WritePartnerFile("c.yaml", "- c\n");
  EXPECT_THAT(Lines(LoadSections()), ElementsAre(HasSubstr("1: partners: expected the name of a partner")));
}

TEST_F(Partners, OfCommentedOutAndHiddenFilesAreNone) {
  WritePartnerFile("c.yaml", "# c: {}\n");
  WritePartnerFile(".#d.yaml", "nonsense");
  WritePartnerFile("e.yaml.example", "nonsense");
  ExpectGood();
}

TEST_F(Partners, InFilesThatEndInYmlAreNoticed) {
  WritePartnerFile("c.yml", Partner("c", "gw@c.example", kOther));
  EXPECT_THAT(Lines(LoadSections()), ElementsAre(HasSubstr("rename it to .yaml")));
}

TEST_F(Partners, DirectoryThatIsAFileIsNoticed) {
  Write("partners.d", "x");
  EXPECT_THAT(Lines(LoadSections()), ElementsAre(HasSubstr("cannot be read")));
}

}  // namespace
}  // namespace gateway::config
