// gateway, dicom, pacs, receipts, reception, retry, retention.
#include "fixture.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

class Sections : public ConfigTest {
 protected:
  void ExpectDicomMistake(const std::string& line, const std::string& part) {
    Set("dicom", "dicom:\n  " + line + " #!\n");
    ExpectMistake(part);
  }
};

TEST_F(Sections, KeepTheirDefaults) {
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const Settings& settings = loaded.settings;
  EXPECT_EQ(settings.gateway.name, "gateway");
  EXPECT_EQ(settings.gateway.min_free_space.percent, 5);
  EXPECT_EQ(settings.dicom.port, 11112);
  EXPECT_EQ(settings.dicom.quiet_period, seconds(30));
  EXPECT_EQ(settings.retry.give_up_after, hours(48));
  EXPECT_EQ(settings.routes.unrouted, Unrouted::hold);
  EXPECT_EQ(settings.receipts.send_when, ReceiptWhen::stored);
  EXPECT_EQ(settings.receipts.resend_limit, 3U);
  EXPECT_EQ(settings.reception.document_timeout, minutes(10));
  EXPECT_EQ(settings.reception.duplicate_window, hours(5 * 24));
  EXPECT_EQ(settings.reception.signature_max_age, hours(365 * 24));
  EXPECT_EQ(settings.reception.changed_attributes, OnChange::forward);
  EXPECT_EQ(settings.reception.changed_pixels, OnChange::quarantine);
}

TEST_F(Sections, ReadWhatBecomesOfChangedInstances) {
  Set("reception", "reception: { changed_attributes: quarantine, changed_pixels: forward }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.reception.changed_attributes, OnChange::quarantine);
  EXPECT_EQ(loaded.settings.reception.changed_pixels, OnChange::forward);
  Set("reception", "reception: { changed_pixels: ignore }\n");
  EXPECT_THAT(Lines(LoadSections()), testing::ElementsAre(testing::HasSubstr("quarantine")));
}

TEST_F(Sections, ReadWhatDicomTakes) {
  const DicomSettings by_default = LoadSections().settings.dicom;
  EXPECT_EQ(by_default.unknown_sop_classes, UnknownSopClasses::accept);
  EXPECT_THAT(by_default.sop_classes, IsEmpty());
  EXPECT_EQ(by_default.default_character_set, "ISO_IR 100");
  Set("dicom", R"(dicom:
  unknown_sop_classes: refuse
  sop_classes: [ 1.2.840.113543.6.6.1.3.10002, 1.3.46.670589.2.5.1.1 ]
  default_character_set: ISO_IR 144
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const DicomSettings& dicom = loaded.settings.dicom;
  EXPECT_EQ(dicom.unknown_sop_classes, UnknownSopClasses::refuse);
  EXPECT_THAT(dicom.sop_classes, testing::ElementsAre("1.2.840.113543.6.6.1.3.10002", "1.3.46.670589.2.5.1.1"));
  EXPECT_EQ(dicom.default_character_set, "ISO_IR 144");
}

TEST_F(Sections, DenyWhatDicomCannotTake) {
  ExpectDicomMistake("unknown_sop_classes: perhaps", "accept");
  ExpectDicomMistake("sop_classes: [ 1.2.840.x ]", "UID");
  ExpectDicomMistake("default_character_set: ISO_IR 999", "ISO_IR");
}

TEST_F(Sections, ReadGateway) {
  Set("gateway", R"(gateway:
  name: klinikum-a
  state_dir: ../state
  min_free_space: 10GB
  log: { file: logs/gw.log, level: warning, format: json }
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const GatewaySettings& gateway = loaded.settings.gateway;
  EXPECT_EQ(gateway.name, "klinikum-a");
  EXPECT_EQ(gateway.state_dir, file().parent_path().parent_path() / "state");
  EXPECT_EQ(gateway.min_free_space.bytes, 10'000'000'000U);
  EXPECT_EQ(gateway.log.file, Path("logs/gw.log").string());
  EXPECT_EQ(gateway.log.level, LogLevel::warning);
  EXPECT_EQ(gateway.log.format, LogFormat::json);
}

TEST_F(Sections, LogToStandardOutput) {
  Set("gateway", "gateway: { state_dir: s, log: { file: '-' } }\n");
  const Loaded loaded = LoadSections();
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.gateway.log.file, "-");
}

TEST_F(Sections, GiveAbsolutePathsForARelativeConfigurationFile) {
  const auto before = std::filesystem::current_path();
  LoadSections();
  std::filesystem::current_path(Path(""));
  const Loaded loaded = Load("gateway.yaml");
  std::filesystem::current_path(before);
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.gateway.state_dir, Path("state"));
}

TEST_F(Sections, NeedAGateway) {
  Set("gateway", "");
  EXPECT_THAT(Lines(LoadSections()), testing::ElementsAre("1: gateway: is missing"));
}

TEST_F(Sections, NeedAStateDirectory) {
  Set("gateway", "gateway: #!\n  name: a\n");
  ExpectMistake("gateway.state_dir: is missing");
}

TEST_F(Sections, RefuseAGatewayNameThatFitsNoMessageId) {
  Set("gateway", "gateway:\n  state_dir: s\n  name: Klinikum A #!\n");
  ExpectMistake("gateway.name: expected 1 to 64 of the characters");
}

TEST_F(Sections, RefuseABadLog) {
  Set("gateway", "gateway:\n  state_dir: s\n  log:\n    level: verbose #!\n");
  ExpectMistake("gateway.log.level: expected debug, info, warning or error, not 'verbose'");
  Set("gateway", "gateway:\n  state_dir: s\n  log:\n    format: xml #!\n");
  ExpectMistake("gateway.log.format: expected text or json, not 'xml'");
  Set("gateway", "gateway:\n  state_dir: s\n  log: gw.log #!\n");
  ExpectMistake("gateway.log: expected a map of keys, not 'gw.log'");
}

TEST_F(Sections, RefuseABadMinimumOfFreeSpace) {
  Set("gateway", "gateway:\n  state_dir: s\n  min_free_space: 95% #!\n");
  ExpectMistake("gateway.min_free_space: expected a part of the file system from 0% to 90%");
}

TEST_F(Sections, ReadDicom) {
  Set("dicom", R"(dicom:
  ae_title: GATE WAY
  bind: "::"
  port: 104
  max_associations: 8
  callers:
    - { ae_title: PACS_A, host: 10.0.0.7 }
    - { ae_title: CT1, host: ct1.klinikum-a.example }
  quiet_period: 1500ms
  association_timeout: 1m
  max_pdu: 64K
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const DicomSettings& dicom = loaded.settings.dicom;
  EXPECT_EQ(dicom.ae_title, "GATE WAY");
  EXPECT_EQ(dicom.bind, "::");
  EXPECT_EQ(dicom.port, 104);
  EXPECT_EQ(dicom.max_associations, 8U);
  ASSERT_EQ(dicom.callers.size(), 2U);
  EXPECT_EQ(dicom.callers[1].host, "ct1.klinikum-a.example");
  EXPECT_EQ(dicom.quiet_period, milliseconds(1500));
  EXPECT_EQ(dicom.association_timeout, seconds(60));
  EXPECT_EQ(dicom.max_pdu, 65536U);
}

TEST_F(Sections, ReadCallersOfNetworksAndTitles) {
  Set("dicom", R"(dicom:
  callers:
    - { ae_title: "*", host: 192.0.2.0/24 }
    - { ae_title: "", host: 2001:db8::/32 }
    - { ae_title: CT1, host: 192.0.2.1, blank_ae_title: true }
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const std::vector<CallerSettings>& callers = loaded.settings.dicom.callers;
  EXPECT_TRUE(callers[0].any_ae_title && !callers[0].blank_ae_title);
  EXPECT_EQ(callers[0].host, "192.0.2.0/24");
  EXPECT_TRUE(!callers[1].any_ae_title && callers[1].blank_ae_title);
  EXPECT_TRUE(callers[2].ae_title == "CT1" && callers[2].blank_ae_title);
}

TEST_F(Sections, WaitLongerThanTheQuietPeriod) {
  Set("dicom", "dicom: { quiet_period: 30s, longest_wait: 10m }\n");
  EXPECT_EQ(LoadSections().settings.dicom.longest_wait, minutes(10));
  Set("dicom", "dicom: { quiet_period: 2h }\n");
  EXPECT_EQ(LoadSections().settings.dicom.longest_wait, hours(4)) << "a file of before has no such key";
  Set("dicom", "dicom:\n  quiet_period: 30s\n  longest_wait: 29s #!\n");
  ExpectMistake("dicom.longest_wait: is shorter than dicom.quiet_period");
}

TEST_F(Sections, RefuseCallersWithHostsThatAreNone) {
  ExpectDicomMistake("callers: [{ ae_title: A, host: 192.0.2.5/24 }]", "the network is 192.0.2.0/24");
  ExpectDicomMistake("callers: [{ ae_title: A, host: 192.0.2.0/33 }]", "or a network such as 192.0.2.0/24");
  ExpectDicomMistake("callers: [{ ae_title: A, host: 192.0.2.256 }]", "or a network such as 192.0.2.0/24");
  ExpectDicomMistake("callers: [{ ae_title: A, host: h, blank_ae_title: 3 }]", "expected true or false");
}

TEST_F(Sections, RefuseBadDicomValues) {
  ExpectDicomMistake("ae_title: ABCDEFGHIJKLMNOPQ", "dicom.ae_title: expected an AE title of 1 to 16");
  ExpectDicomMistake("ae_title: 'A\\B'", "without backslash");
  ExpectDicomMistake("bind: 1.2.3.4.5", "dicom.bind: expected a host name or an IP address");
  ExpectDicomMistake("port: 70000", "dicom.port: expected a number from 1 to 65535, not '70000'");
  ExpectDicomMistake("port: 0x100", "dicom.port");
  ExpectDicomMistake("max_associations: 1001", "dicom.max_associations: expected a number from 1 to 1000");
  ExpectDicomMistake("quiet_period: 30", "dicom.quiet_period: expected a time from 0s to 1d with its unit");
  ExpectDicomMistake("association_timeout: 500ms", "in whole seconds");
  ExpectDicomMistake("max_pdu: 1K", "dicom.max_pdu: expected a size from 4K to 128K");
  ExpectDicomMistake("callers: PACS_A", "dicom.callers: expected a list (- item), not 'PACS_A'");
}

TEST_F(Sections, RefuseBadCallers) {
  Set("dicom", "dicom:\n  callers:\n    - { ae_title: A, host: h }\n    - { ae_title: B } #!\n");
  ExpectMistake("dicom.callers.2.host: is missing");
  Set("dicom", "dicom:\n  callers:\n    - PACS_A #!\n");
  EXPECT_THAT(Lines(LoadSections()), testing::Contains(HasSubstr("3: dicom.callers.1: expected a map of keys")));
  Set("dicom", "dicom:\n  callers:\n    - { ae_title: A, host: h }\n    - { ae_title: A, host: H } #!\n");
  ExpectMistake("dicom.callers.2: the AE title and host of a caller is already that of dicom.callers.1");
  Set("dicom", "dicom:\n  callers:\n    - { ae_title: A, host: h, port: 1 } #!\n");
  ExpectMistake("unknown key 'port' in dicom.callers.1");
}

TEST_F(Sections, ReadPacs) {
  Set("pacs", R"(pacs:
  main: { ae_title: PACS_A, host: 127.0.0.1, port: 4242 }
  backup: { ae_title: B, calling_ae_title: OTHER, host: pacs-b, port: 105, associations: 4, timeout: 10s, transfer_syntax: uncompressed }
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  ASSERT_EQ(loaded.settings.pacs.size(), 2U);
  EXPECT_EQ(loaded.settings.pacs[0].name, "main");
  EXPECT_EQ(loaded.settings.pacs[0].calling_ae_title, "DMGW");
  EXPECT_EQ(loaded.settings.pacs[0].associations, 2U);
  EXPECT_EQ(loaded.settings.pacs[0].transfer_syntax, PacsSyntax::as_is);
  EXPECT_EQ(loaded.settings.pacs[1].transfer_syntax, PacsSyntax::uncompressed);
  EXPECT_EQ(loaded.settings.pacs[1].calling_ae_title, "OTHER");
  EXPECT_EQ(loaded.settings.pacs[1].timeout, seconds(10));
}

TEST_F(Sections, RefuseBadPacs) {
  Set("pacs", "pacs:\n  main: #!\n    ae_title: A\n    host: h\n");
  ExpectMistake("pacs.main.port: is missing");
  Set("pacs", "pacs:\n  main:\n    ae_title: A\n    host: h\n    port: 1\n    associations: 65 #!\n");
  ExpectMistake("pacs.main.associations: expected a number from 1 to 64");
  Set("pacs", "pacs:\n  'the pacs': {} #!\n");
  ExpectMistake("pacs: 'the pacs' is no name for a pacs; expected 1 to 64");
  Set("pacs", "pacs:\n  - {} #!\n");
  ExpectMistake("pacs: expected the name of a pacs and its keys below it, not a list");
  Set("pacs", "pacs:\n  a: { ae_title: A, host: h, port: 1 }\n  a: {} #!\n");
  ExpectMistake("key 'a' is given twice");
}

TEST_F(Sections, ReadDicomTls) {
  Write("own.pem", "x");
  Write("own.key", "x");
  std::filesystem::permissions(Path("own.key"), std::filesystem::perms::owner_read);
  const std::string tls = "{ certificate_file: own.pem, key_file: own.key, ca_file: ca.pem }";
  Set("dicom", "dicom: { port: 104, max_associations_per_host: 3, tls: " + tls + " }\n");
  Set("pacs", "pacs:\n  main: { ae_title: A, host: h, port: 1, tls: " + tls +
                  " }\n  b: { ae_title: A, host: h, port: 2, "
                  "tls: { ca_file: ca.pem } }\n  c: { ae_title: A, host: h, port: 3 }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.dicom.max_associations_per_host, 3U);
  ASSERT_TRUE(loaded.settings.dicom.tls && loaded.settings.pacs[0].tls && loaded.settings.pacs[1].tls);
  EXPECT_EQ(loaded.settings.dicom.tls->certificate_file, Path("own.pem"));
  EXPECT_EQ(loaded.settings.dicom.tls->key_file, Path("own.key"));
  EXPECT_EQ(loaded.settings.dicom.tls->ca_file, Path("ca.pem"));
  EXPECT_EQ(loaded.settings.dicom.tls_port, 0);
  EXPECT_EQ(loaded.settings.dicom.tls->policy, TlsPolicy::modern);
  EXPECT_TRUE(loaded.settings.pacs[1].tls->certificate_file.empty());
  EXPECT_FALSE(loaded.settings.pacs[2].tls);
  EXPECT_EQ(loaded.places.at("dicom.tls").line, 1);
}

TEST_F(Sections, RefuseAFileWithoutTheCertificateOfACa) {
  Write("x.pem", "x");
  Set("pacs", "pacs:\n  main: { ae_title: A, host: h, port: 1, tls: { ca_file: x.pem } } #!\n");
  ExpectMistake("pacs.main.tls.ca_file: " + Path("x.pem").string() + " holds no certificate in PEM");
}

TEST_F(Sections, RefuseBadDicomTls) {
  Write("x.pem", "x");
  std::filesystem::permissions(Path("x.pem"), std::filesystem::perms::owner_read);
  Set("dicom", "dicom:\n  tls: { key_file: x.pem, ca_file: ca.pem } #!\n");
  ExpectMistake("dicom.tls.certificate_file: is missing");
  const std::string files = "certificate_file: x.pem, key_file: x.pem, ca_file: ca.pem";
  Set("dicom", "dicom:\n  port: 104\n  tls: { " + files + ", port: 104 } #!\n");
  ExpectMistake("dicom.tls.port: is dicom.port");
  Set("dicom", "dicom:\n  tls: { " + files + ", password: x } #!\n");
  ExpectMistake("secrets do not belong in this file");
  Set("dicom", "");
  Set("pacs",
      "pacs:\n  main:\n    ae_title: A\n    host: h\n    port: 1\n    tls: { ca_file: ca.pem, key_file: x.pem } #!\n");
  ExpectMistake("pacs.main.tls.certificate_file: certificate_file and key_file belong together");
  Set("pacs", "pacs:\n  main:\n    ae_title: A\n    host: h\n    port: 1\n    tls: {} #!\n");
  ExpectMistake("pacs.main.tls.ca_file: is missing");
}

TEST_F(Sections, RefuseATlsKeyThatOthersMayRead) {
  Write("x.pem", "x");
  Set("dicom", "dicom:\n  tls:\n    certificate_file: x.pem\n    ca_file: ca.pem\n    key_file: x.pem #!\n");
  for (const auto others : {std::filesystem::perms::others_read, std::filesystem::perms::others_write}) {
    std::filesystem::permissions(Path("x.pem"), std::filesystem::perms::owner_all | others);
    ExpectMistake("may be read or written by others; take away their access (chmod o=)");
  }
}

TEST_F(Sections, ReadReceiptsRetryAndRetention) {
  Set("receipts", "receipts: { send_when: accepted, overdue_after: 5m, resend_limit: 0 }\n");
  Set("retry", "retry: { first: 500ms, max: 1m, give_up_after: 7d }\n");
  Set("retention", "retention: { sent: 0s, delivered: 30d, rows: 1d }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.receipts.send_when, ReceiptWhen::accepted);
  EXPECT_EQ(loaded.settings.receipts.overdue_after, minutes(5));
  EXPECT_EQ(loaded.settings.receipts.resend_limit, 0U);
  EXPECT_EQ(loaded.settings.retry.first, milliseconds(500));
  EXPECT_EQ(loaded.settings.retry.max, minutes(1));
  EXPECT_EQ(loaded.settings.retry.give_up_after, hours(168));
  EXPECT_EQ(loaded.settings.retention.sent, seconds(0));
  EXPECT_EQ(loaded.settings.retention.delivered, hours(720));
  EXPECT_EQ(loaded.settings.retention.rows, hours(24));
}

TEST_F(Sections, ReadReception) {
  Set("reception",
      "reception: { set_overdue_after: 2h, fragments_expire_after: 10s, document_timeout: 0s, "
      "duplicate_window: 0s, signature_max_age: 30d, "
      "strangers: { mails: 50, size: 5MB, age: 2d }, each_partner: { age: 3d }, "
      "fragments: { messages: 7, size: 3GB } }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.reception.set_overdue_after, hours(2));
  EXPECT_EQ(loaded.settings.reception.fragments_expire_after, seconds(10));
  EXPECT_EQ(loaded.settings.reception.document_timeout, seconds(0));
  EXPECT_EQ(loaded.settings.reception.duplicate_window, seconds(0));
  EXPECT_EQ(loaded.settings.reception.strangers.mails, 50u);
  EXPECT_EQ(loaded.settings.reception.strangers.bytes, 5'000'000u);
  EXPECT_EQ(loaded.settings.reception.strangers.age, hours(48));
  EXPECT_EQ(loaded.settings.reception.each_partner.mails, 10'000u);
  EXPECT_EQ(loaded.settings.reception.each_partner.age, hours(72));
  EXPECT_EQ(loaded.settings.reception.fragments.messages, 7u);
  EXPECT_EQ(loaded.settings.reception.fragments.bytes, 3'000'000'000u);
  EXPECT_EQ(loaded.settings.reception.signature_max_age, hours(30 * 24));
}

TEST_F(Sections, RefuseABadReception) {
  Set("reception", "reception:\n  set_overdue_after: 0s #!\n");
  ExpectMistake("reception.set_overdue_after: expected a time from 1s to 365d");
  Set("reception", "reception:\n  fragments_expire_after: never #!\n");
  ExpectMistake("reception.fragments_expire_after: expected a time");
  Set("reception", "reception:\n  signature_max_age: 1h #!\n");
  ExpectMistake("reception.signature_max_age: is shorter than a day");
  Set("reception", "reception:\n  document_timeout: 10 #!\n");
  ExpectMistake("reception.document_timeout: expected a time");
}

TEST_F(Sections, RefuseBadReceiptsRetryAndRetention) {
  Set("receipts", "receipts:\n  send_when: read #!\n");
  ExpectMistake("receipts.send_when: expected accepted or stored");
  Set("receipts", "receipts:\n  resend_limit: 101 #!\n");
  ExpectMistake("receipts.resend_limit: expected a number from 0 to 100");
  Set("receipts", "");
  Set("retry", "retry:\n  first: 1m\n  max: 30s #!\n");
  ExpectMistake("retry.max: is shorter than retry.first");
  Set("retry", "retry:\n  first: 1m\n  give_up_after: 30s #!\n");
  ExpectMistake("retry.give_up_after: is shorter than retry.first");
  Set("retry", "retry:\n  first: 0s #!\n");
  ExpectMistake("retry.first: expected a time from 10ms to 1d");
  Set("retry", "");
  Set("retention", "retention:\n  sent: forever #!\n");
  ExpectMistake("retention.sent: expected a time from 0s to 3650d");
  Set("retention", "retention:\n  rows: never #!\n");
  ExpectMistake("retention.rows: expected a time from 0s to 3650d");
}

TEST_F(Sections, KnowTheirPlaces) {
  Set("dicom", "dicom:\n\n  port: 104\n");
  Set("gateway", "gateway:\n  state_dir: s\n  log:\n    file: '-'\n");
  Set("routes", "routes:\n  outbound:\n    - { name: all, send_to: b }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.places.at("dicom.port").line, 3);
  EXPECT_EQ(loaded.places.at("gateway").line, 4);
  EXPECT_EQ(loaded.places.at("gateway.state_dir").line, 5);
  EXPECT_EQ(loaded.places.at("gateway.log.file").line, 7);
  EXPECT_EQ(loaded.places.at("mailbox main").line, 9);
  EXPECT_EQ(loaded.places.at("mailbox main key").line, 13);
  EXPECT_EQ(loaded.places.at("pacs main").line, 15);
  EXPECT_EQ(loaded.places.at("partner b").line, 17);
  EXPECT_EQ(loaded.places.at("partner b key").line, 19);
  EXPECT_EQ(loaded.places.at("route all").line, 22);
  EXPECT_EQ(loaded.places.at("partner b").file, file());
}

}  // namespace
}  // namespace gateway::config
