// DICOM over TLS against DCMTK's tools and openssl: who is let in, whom we believe, and that
// nothing gets by without.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

#include "dicom/tls_connection.h"
#include "dicom/tls_context.h"
#include "fixture.h"
#include "tls_kit.h"

namespace gateway::dicom {
namespace {

using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ours = new Authority;
    foreign = new Authority("Another CA");
    gateway = new Certificate(ours->Issue("gateway", "DNS:localhost,IP:127.0.0.1"));
    pacs = new Certificate(ours->Issue("pacs", "DNS:localhost,IP:127.0.0.1"));
    stranger = new Certificate(foreign->Issue("stranger", "DNS:localhost,IP:127.0.0.1"));
    expired = new Certificate(ours->Issue("expired", "DNS:localhost,IP:127.0.0.1", -1));
  }
  static void TearDownTestSuite() {
    for (Certificate* certificate : {gateway, pacs, stranger, expired}) delete certificate;
    delete foreign;
    delete ours;
  }

  static DicomSettings ScpWithTls() {
    DicomSettings settings = ScpSettings();
    settings.tls = TlsOf(*gateway, *ours);
    return settings;
  }
  static PacsSettings PacsWithTls(std::uint16_t port) {
    PacsSettings settings = PacsAt(port);
    settings.tls = TlsOf(*gateway, *ours);
    return settings;
  }
  static Finished Storescu(std::uint16_t port, const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"storescu", "-aet", "GATEWAY", "-aec", "TO_B"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"127.0.0.1", std::to_string(port), PydicomFile("CT_small.dcm")});
    return RunTool(arguments);
  }
  static std::string SClient(std::uint16_t port, std::vector<std::string> options) {
    options.insert(options.begin(), {"openssl", "s_client", "-connect", "127.0.0.1:" + std::to_string(port), "-CAfile",
                                     ours->certificate(), "-cert", pacs->certificate, "-key", pacs->key});
    return RunTool(options).output;
  }

  static Authority* ours;
  static Authority* foreign;
  static Certificate* gateway;
  static Certificate* pacs;
  static Certificate* stranger;
  static Certificate* expired;
};
Authority* Tls::ours = nullptr;
Authority* Tls::foreign = nullptr;
Certificate* Tls::gateway = nullptr;
Certificate* Tls::pacs = nullptr;
Certificate* Tls::stranger = nullptr;
Certificate* Tls::expired = nullptr;

TEST_F(Tls, TakesInstancesOfCallersWithACertificate) {
  RecordingHandler handler;
  const auto scp = StartScp(handler, ScpWithTls());
  const Finished sent = Storescu(scp->port(), TlsOptions(*pacs, *ours));
  ASSERT_EQ(sent.exit_code, 0) << sent.output;
  ASSERT_EQ(handler.instances().size(), 1u);
  EXPECT_EQ(handler.instances().front().header.sop_instance_uid,
            Describe(PydicomFile("CT_small.dcm")).sop_instance_uid);
}

TEST_F(Tls, LetsNobodyInWithoutAGoodCertificate) {
  RecordingHandler handler;
  DicomSettings settings = ScpWithTls();
  settings.max_associations = 1;
  const auto scp = StartScp(handler, settings);
  for (const auto& options :
       {TlsOptions(*stranger, *ours), TlsOptions(*expired, *ours),
        std::vector<std::string>{"+tla", "+cf", ours->certificate()}, std::vector<std::string>{}}) {
    EXPECT_NE(Storescu(scp->port(), options).exit_code, 0);
  }
  EXPECT_TRUE(handler.instances().empty());
  EXPECT_EQ(Storescu(scp->port(), TlsOptions(*pacs, *ours)).exit_code, 0);
}

TEST_F(Tls, ChecksTitleAndAddressAllTheSame) {
  RecordingHandler handler;
  DicomSettings settings = ScpWithTls();
  settings.callers = {{.ae_title = "OTHER", .host = "127.0.0.1"}};
  const auto scp = StartScp(handler, settings);
  EXPECT_THAT(Storescu(scp->port(), TlsOptions(*pacs, *ours)).output, HasSubstr("Calling AE Title Not Recognized"));
}

TEST_F(Tls, StandsBesideAPlainPort) {
  RecordingHandler handler;
  DicomSettings settings = ScpWithTls();
  settings.tls_port = FreePort();
  const auto scp = StartScp(handler, settings);
  EXPECT_EQ(Storescu(settings.tls_port, TlsOptions(*pacs, *ours)).exit_code, 0);
  EXPECT_EQ(Storescu(scp->port(), {}).exit_code, 0);
  EXPECT_NE(Storescu(scp->port(), TlsOptions(*pacs, *ours)).exit_code, 0);
  EXPECT_NE(Storescu(settings.tls_port, {}).exit_code, 0);
  EXPECT_EQ(handler.instances().size(), 2u);
}

TEST_F(Tls, SpeaksNothingOlderThanTls12) {
  RecordingHandler handler;
  const auto scp = StartScp(handler, ScpWithTls());
  EXPECT_THAT(SClient(scp->port(), {"-tls1_3"}), HasSubstr("New, TLSv1.3"));
  EXPECT_THAT(SClient(scp->port(), {"-tls1_2"}), HasSubstr("New, TLSv1.2"));
  EXPECT_THAT(SClient(scp->port(), {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}), HasSubstr("(NONE)"));
  EXPECT_THAT(SClient(scp->port(), {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"}), HasSubstr("(NONE)"));
}

// Every connection shows its certificate anew.
TEST_F(Tls, ResumesNoSession) {
  RecordingHandler handler;
  const auto scp = StartScp(handler, ScpWithTls());
  const std::string connections = SClient(scp->port(), {"-tls1_2", "-reconnect"});
  EXPECT_THAT(connections, HasSubstr("drop connection and then reconnect"));
  EXPECT_THAT(connections, HasSubstr("New, TLSv1.2"));
  EXPECT_THAT(connections, testing::Not(HasSubstr("Reused")));
}

TEST_F(Tls, DeliversToAPacsWithTls) {
  const Storescp far(TlsOptions(*pacs, *ours));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    PacsSettings settings = PacsWithTls(far.port());
    settings.host = host;
    StorageScu scu(settings);
    for (int i = 0; i < 3; ++i) {
      const auto status = scu.Store(Describe(PydicomFile("CT_small.dcm")));
      ASSERT_TRUE(status) << status.error().code << status.error().detail;
    }
  }
  EXPECT_EQ(far.Files().size(), 1u);
}

TEST_F(Tls, DeliversToItsOwnKind) {
  RecordingHandler handler;
  const auto scp = StartScp(handler, ScpWithTls());
  StorageScu scu(PacsWithTls(scp->port()));
  for (const auto& file : ReadablePydicomFiles()) {
    ASSERT_TRUE(scu.Store(Describe(file))) << file;
    EXPECT_EQ(DatasetOf(handler.instances().back().file), Even(DatasetOf(file))) << file;
  }
}

TEST_F(Tls, DoesNotBelieveAnotherPacs) {
  const Certificate elsewhere = ours->Issue("elsewhere", "DNS:pacs.elsewhere.example,IP:192.0.2.1");
  // Its common name is right; but names are in subjectAltName.
  const Certificate by_common_name = ours->Issue("localhost", "email:pacs@pacs.example");
  const Certificate nameless = ours->Issue("127.0.0.1", "");
  const std::vector<std::pair<Certificate, const char*>> wrong{
      {elsewhere, "mismatch: its subjectAltName is for pacs.elsewhere.example, 192.0.2.1$"},
      {by_common_name, "mismatch: its subjectAltName names no host, and its common name is not taken"},
      {nameless, "mismatch: it has no subjectAltName, and its common name is not taken"},
      {*stranger, "self-signed certificate in certificate chain|unable to get local issuer"},
      {*expired, "expired"}};
  for (const auto& [certificate, why] : wrong) {
    const Storescp far(TlsOptions(certificate, *ours));
    for (const char* host : {"127.0.0.1", "localhost"}) {
      PacsSettings settings = PacsWithTls(far.port());
      settings.host = host;
      const auto status = StorageScu(settings).Store(Describe(PydicomFile("CT_small.dcm")));
      ASSERT_THAT(status, FailsWith("pacs-tls-failed"));
      EXPECT_EQ(status.error().fault, Fault::transient);
      EXPECT_TRUE(ConcernsWholePacs(status.error()));
      EXPECT_THAT(status.error().detail, testing::ContainsRegex(why));
    }
    EXPECT_TRUE(far.Files().empty());
  }
}

// A PACS that speaks TLS 1.1, or 1.2 without an AEAD cipher; then one that speaks good TLS, and no
// DICOM.
TEST_F(Tls, DeliversByNothingOlderThanTls12) {
  for (const std::vector<std::string>& speaks :
       {std::vector<std::string>{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"},
        std::vector<std::string>{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"},
        std::vector<std::string>{"-tls1_2"}}) {
    const std::uint16_t port = FreePort();
    std::vector<std::string> arguments{
        "openssl",         "s_server", "-www",    "-accept", std::to_string(port), "-cert",
        pacs->certificate, "-key",     pacs->key, "-CAfile", ours->certificate()};
    arguments.insert(arguments.end(), speaks.begin(), speaks.end());
    const Process server(arguments);
    AwaitListener(port);
    PacsSettings settings = PacsWithTls(port);
    settings.timeout = Seconds(10);  // a busy machine needs some of them for the handshake
    const Result<void> echo = StorageScu(settings).Echo();
    ASSERT_FALSE(echo.ok());
    EXPECT_EQ(echo.error().code == "pacs-tls-failed", speaks.size() > 1) << speaks.front() << " " << echo.error().code;
  }
}

TEST_F(Tls, TellsThatThePacsDoesNotBelieveIt) {
  const Storescp far(TlsOptions(*pacs, *ours));
  PacsSettings settings = PacsWithTls(far.port());
  settings.tls = TlsOf(*stranger, *ours);
  EXPECT_THAT(StorageScu(settings).Echo(), FailsWith("pacs-tls-failed"));
  settings.tls = {.certificate_file = {}, .key_file = {}, .ca_file = ours->certificate()};
  EXPECT_THAT(StorageScu(settings).Echo(), FailsWith("pacs-tls-failed"));
}

TEST_F(Tls, NeverGoesOnWithoutTls) {
  const Storescp plain;
  PacsSettings impatient = PacsWithTls(plain.port());
  impatient.timeout = Seconds(10);
  EXPECT_THAT(StorageScu(impatient).Store(Describe(PydicomFile("CT_small.dcm"))), FailsWith("pacs-tls-failed"));
  EXPECT_TRUE(plain.Files().empty());
  const Storescp secure(TlsOptions(*pacs, *ours));
  EXPECT_THAT(StorageScu(PacsAt(secure.port())).Echo(), FailsWith("pacs-unreachable"));
}

TEST_F(Tls, TakesARenewedCertificateWithoutARestart) {
  const Storescp far(TlsOptions(*pacs, *ours));
  const TempDirectory directory;
  const Certificate own{directory / "own.pem", directory / "own.key"};
  std::filesystem::copy_file(expired->certificate, own.certificate);
  std::filesystem::copy_file(expired->key, own.key);
  PacsSettings settings = PacsWithTls(far.port());
  settings.tls = TlsOf(own, *ours);
  StorageScu scu(settings);
  EXPECT_THAT(scu.Echo(), FailsWith("pacs-tls-failed"));
  WriteFile(own.certificate, ReadAll(gateway->certificate));
  WriteFile(own.key, ReadAll(gateway->key));
  EXPECT_TRUE(scu.Echo());
}

TEST_F(Tls, SaysWhatIsWrongWithItsFiles) {
  const TempDirectory directory;
  const std::filesystem::path garbage = directory / "garbage";
  const std::filesystem::path locked = directory / "locked.key";
  WriteFile(garbage, "no PEM\n");
  ASSERT_EQ(
      RunTool({"openssl", "pkey", "-in", gateway->key, "-aes256", "-passout", "pass:x", "-out", locked}).exit_code, 0);
  const auto check = [&](TlsSettings tls) {
    DicomSettings settings = ScpSettings();
    settings.tls = std::move(tls);
    auto checked = StorageScp::CheckTls(settings);
    // What has expired may be renewed, or the clock be wrong.
    const bool may_pass = !checked && checked.error().code.ends_with("-expired");
    EXPECT_TRUE(checked || checked.error().fault == (may_pass ? Fault::transient : Fault::config));
    return checked;
  };
  EXPECT_TRUE(check(TlsOf(*gateway, *ours)));
  EXPECT_THAT(check(TlsOf(*expired, *ours)), FailsWith("tls-certificate-expired"));
  EXPECT_THAT(check(TlsOf({garbage, gateway->key}, *ours)), FailsWith("tls-certificate-unusable"));
  EXPECT_THAT(check(TlsOf({gateway->certificate, pacs->key}, *ours)), FailsWith("tls-key-mismatch"));
  EXPECT_THAT(check(TlsOf({gateway->certificate, garbage}, *ours)), FailsWith("tls-key-unusable"));
  EXPECT_THAT(check(TlsOf({gateway->certificate, locked}, *ours)), FailsWith("tls-key-encrypted"));
  EXPECT_THAT(check({gateway->certificate, gateway->key, garbage}), FailsWith("tls-ca-unusable"));
  EXPECT_THAT(check({gateway->certificate, gateway->key, expired->certificate}), FailsWith("tls-ca-expired"));
}

TEST_F(Tls, KeepsTheFastSocketOptions) {
  const auto context = MakeSslContext(TlsOf(*gateway, *ours), TlsRole::scp);
  ASSERT_TRUE(context);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Waits waits;
  const std::unique_ptr<DcmTransportConnection> connection(MakeTlsConnection(socket, **context, {}, waits));
  ASSERT_NE(connection, nullptr);
  for (const int option : {TCP_NODELAY, TCP_QUICKACK}) {
    int value = 0;
    socklen_t size = sizeof(value);
    ASSERT_EQ(::getsockopt(socket, IPPROTO_TCP, option, &value, &size), 0);
    EXPECT_EQ(value, 1);
  }
}

}  // namespace
}  // namespace gateway::dicom
