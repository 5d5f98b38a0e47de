#include "dicom/storage_scu.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <thread>

#include "base/handles.h"
#include "dicom/header_reader.h"
#include "dicom/store_status.h"
#include "fixture.h"
#include "support/errors.h"

namespace gateway::dicom {
namespace {

// Connections to it are neither taken nor refused.
class FullListener {
 public:
  FullListener() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    (void)::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    ::listen(listener_.get(), 0);
    port_ = ntohs(address.sin_port);
    for (UniqueFd& filler : fillers_) {
      filler.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      (void)::connect(filler.get(), reinterpret_cast<sockaddr*>(&address), size);
    }
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  UniqueFd listener_;
  std::array<UniqueFd, 4> fillers_;
  std::uint16_t port_ = 0;
};

using testing::HasSubstr;

InstanceFile Ct() {
  return Describe(PydicomFile("CT_small.dcm"));
}
InstanceFile Mr() {
  return Describe(PydicomFile("MR_small.dcm"));
}

TEST(StorageScu, KeepsEveryByteOfEveryDataset) {
  const Storescp pacs;
  StorageScu scu(PacsAt(pacs.port()));
  std::size_t compared = 0;
  for (const auto& file : ReadablePydicomFiles()) {
    const InstanceFile instance = Describe(file);
    const auto status = scu.Store(instance);
    ASSERT_TRUE(status) << file << status.error().code << status.error().detail;
    EXPECT_EQ(*status, 0u);
    for (const auto& received : pacs.Files()) {
      if (!received.string().ends_with("." + instance.sop_instance_uid)) continue;
      EXPECT_EQ(DatasetOf(received), Even(DatasetOf(file))) << file;
      ++compared;
    }
  }
  EXPECT_GT(compared, 60u);
}

TEST(StorageScu, Echoes) {
  const Storescp pacs;
  StorageScu scu(PacsAt(pacs.port()));
  EXPECT_TRUE(scu.Echo());
  scu.EndAssociation();
  EXPECT_TRUE(scu.Echo());
}

TEST(StorageScu, NegotiatesWhatIsMissing) {
  const Storescp pacs;
  StorageScu scu(PacsAt(pacs.port()));
  EXPECT_TRUE(scu.Store(Ct()));
  EXPECT_TRUE(scu.Store(Mr()));
  EXPECT_TRUE(scu.Store(Ct()));
  EXPECT_TRUE(scu.Echo());
  EXPECT_EQ(pacs.Files().size(), 2u);
}

TEST(StorageScu, ProposesNoMoreContextsThanThereAre) {
  const Storescp pacs;
  StorageScu scu(PacsAt(pacs.port()));
  std::vector<InstanceFile> expected{Ct()};
  for (int i = 0; i < 200; ++i) {
    expected.push_back(Ct());
    expected.back().sop_class_uid = "1.2.840.10008.5.1.4.1.1." + std::to_string(1000 + i);
  }
  scu.Expect(expected);
  EXPECT_TRUE(scu.Store(expected.front()));
  EXPECT_THAT(scu.Store(expected.back()), FailsWith("sop-class-refused"));
  EXPECT_TRUE(scu.Store(Mr()));
}

TEST(StorageScu, TellsThatNobodyIsThere) {
  StorageScu nobody(PacsAt(FreePort()));
  const auto status = nobody.Store(Ct());
  ASSERT_THAT(status, FailsWith("pacs-unreachable"));
  EXPECT_EQ(status.error().fault, Fault::transient);
  EXPECT_TRUE(ConcernsWholePacs(status.error()));
  PacsSettings unknown = PacsAt(104);
  unknown.host = "no-such-host.invalid";
  EXPECT_THAT(StorageScu(unknown).Echo(), FailsWith("pacs-unreachable"));
}

TEST(StorageScu, TellsThatItIsRejected) {
  const Storescp pacs({"--refuse"});
  const auto status = StorageScu(PacsAt(pacs.port())).Store(Ct());
  ASSERT_THAT(status, FailsWith("pacs-association-rejected"));
  EXPECT_EQ(status.error().fault, Fault::transient);  // though it says "permanently"
  EXPECT_TRUE(ConcernsWholePacs(status.error()));
}

TEST(StorageScu, TellsTransientRejections) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.max_associations = 1;
  const auto scp = StartScp(handler, settings);
  StorageScu first(PacsAt(scp->port()));
  ASSERT_TRUE(first.Echo());
  const auto second = StorageScu(PacsAt(scp->port())).Echo();
  ASSERT_THAT(second, FailsWith("pacs-association-rejected"));
  EXPECT_EQ(second.error().fault, Fault::transient);
}

TEST(StorageScu, TellsRefusedSopClasses) {
  const Storescp pacs({"-xf", REPOSITORY_DIR "/tests/unit/dicom/storescp_profiles.cfg", "Default"});
  StorageScu scu(PacsAt(pacs.port()));
  const auto refused = scu.Store(Mr());
  ASSERT_THAT(refused, FailsWith("sop-class-refused"));
  EXPECT_EQ(refused.error().fault, Fault::permanent);
  EXPECT_FALSE(ConcernsWholePacs(refused.error()));
  EXPECT_THAT(refused.error().detail, HasSubstr("MRImageStorage"));
  EXPECT_TRUE(scu.Store(Ct()));
}

TEST(StorageScu, TellsRefusedTransferSyntaxes) {
  const Storescp pacs({"+xi"});
  StorageScu scu(PacsAt(pacs.port()));
  const auto refused = scu.Store(Describe(PydicomFile("JPEG2000.dcm")));
  ASSERT_THAT(refused, FailsWith("transfer-syntax-refused"));
  EXPECT_EQ(refused.error().fault, Fault::permanent);
  EXPECT_TRUE(scu.Store(Describe(PydicomFile("MR_small_implicit.dcm"))));
  EXPECT_TRUE(scu.Store(Ct()));  // rewritten
  InstanceFile unknown = Ct();
  unknown.transfer_syntax_uid = "1.2.840.10008.1.2.4.999";
  EXPECT_THAT(scu.Store(unknown), FailsWith("transfer-syntax-refused"));
}

TEST(StorageScu, TellsOutOfResources) {
  RecordingHandler handler;
  handler.new_file = [] { return Transient("disk-full"); };
  const auto scp = StartScp(handler);
  const auto status = StorageScu(PacsAt(scp->port())).Store(Ct());
  ASSERT_THAT(status, FailsWith("pacs-busy"));
  EXPECT_EQ(status.error().fault, Fault::transient);
}

TEST(StorageScu, TellsOtherRefusals) {
  RecordingHandler handler;
  handler.store = [] { return Corrupt("bad"); };
  const auto scp = StartScp(handler);
  const auto status = StorageScu(PacsAt(scp->port())).Store(Ct());
  ASSERT_THAT(status, FailsWith("pacs-refused"));
  EXPECT_EQ(status.error().fault, Fault::permanent);
  EXPECT_EQ(status.error().detail, "status C000");
}

// The PACS takes Implicit VR Little Endian only, as PS3.5 section 10.1 asks of it at the least.
TEST(StorageScu, WritesImplicitVrForAPacsThatTakesNoOther) {
  const OddPacs pacs("0000", "1.2.840.10008.1.2");
  StorageScu scu(PacsAt(pacs.port()));
  for (const char* name : {"CT_small.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "ExplVR_BigEnd.dcm",
                           "UN_sequence.dcm", "liver_expb_1frame.dcm", "test-SR.dcm", "rtplan.dcm"}) {
    if (!ReadHeader(PydicomFile(name))) continue;
    const auto stored = scu.Store(Describe(PydicomFile(name)));
    ASSERT_TRUE(stored) << name << ' ' << stored.error().code << ' ' << stored.error().detail;
    const auto written = pacs.Files();
    const auto file = std::find_if(written.begin(), written.end(), [&](const auto& path) {
      return path.stem() == Describe(PydicomFile(name)).sop_instance_uid;
    });
    ASSERT_NE(file, written.end());
    EXPECT_EQ(Describe(*file).transfer_syntax_uid, "1.2.840.10008.1.2");
    const Finished compared =
        RunTool({"/usr/bin/python3", std::string(REPOSITORY_DIR) + "/tests/unit/dicom/same_oracle.py",
                 PydicomFile(name), *file});
    EXPECT_EQ(compared.exit_code, 0) << name << ' ' << compared.output;
  }
}

TEST(StorageScu, SaysThatThePacsDoesNotTakeTheCompression) {
  const OddPacs pacs("0000", "1.2.840.10008.1.2");
  StorageScu scu(PacsAt(pacs.port()));
  const auto refused = scu.Store(Describe(PydicomFile("JPEG2000.dcm")));
  ASSERT_THAT(refused, FailsWith("transfer-syntax-refused"));
  EXPECT_THAT(refused.error().detail, HasSubstr("the PACS does not take it"));
}

// DCMTK 3.6.7 does not know the first three, and does not move the last.
TEST(StorageScu, PassesOnTransferSyntaxesThatNobodyKnows) {
  const OddPacs pacs("0000");
  StorageScu scu(PacsAt(pacs.port()));
  for (const char* syntax :
       {"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.112", "1.2.826.0.1.3680043.9.1", "1.2.840.113619.5.2"}) {
    InstanceFile instance = Ct();
    instance.transfer_syntax_uid = syntax;
    instance.sop_class_uid = "1.3.12.2.1107.5.9.1";
    instance.sop_instance_uid += "." + std::string(syntax).substr(14);
    ASSERT_TRUE(scu.Store(instance)) << syntax;
    bool found = false;
    for (const auto& file : pacs.Files()) {
      if (file.stem() != instance.sop_instance_uid) continue;
      found = true;
      EXPECT_EQ(Describe(file).transfer_syntax_uid, syntax);
      EXPECT_EQ(DatasetOf(file), Even(DatasetOf(instance.file)));
    }
    EXPECT_TRUE(found) << syntax;
  }
}

// What Ct() meets at a PACS that gives `answers`, one a C-STORE.
std::vector<Result<unsigned>> AskedOf(const std::string& answers, std::size_t times = 1, bool in_doubt = false) {
  const OddPacs pacs(answers);
  StorageScu scu(PacsAt(pacs.port()));
  InstanceFile instance = Ct();
  instance.in_doubt = in_doubt;
  std::vector<Result<unsigned>> results;
  for (std::size_t i = 0; i < times; ++i) {
    results.push_back(scu.Store(instance));
    instance.in_doubt = instance.in_doubt || scu.lost_answer();
  }
  return results;
}

TEST(StorageScu, TakesEveryWarningForStored) {
  for (const unsigned status : {0x0001U, 0x0107U, 0x0116U, 0x0111U, 0xB000U, 0xB001U, 0xB00AU, 0xB300U, 0xBFFFU}) {
    const auto checked = CheckStatus(status, false);
    ASSERT_TRUE(checked) << std::hex << status;
    EXPECT_EQ(*checked, status);
  }
  EXPECT_EQ(AskedOf("B305")[0].value(), 0xB305U);
}

TEST(StorageScu, TriesAgainWhatSpeaksOfThePacs) {
  for (const unsigned status : {0xA700U, 0xA900U, 0xAFFFU, 0x0110U, 0x0124U, 0x0210U, 0x0211U, 0x0212U, 0x0213U,
                                0xFE00U, 0xFF00U, 0x1234U, 0xD000U}) {
    const auto checked = CheckStatus(status, false);
    ASSERT_FALSE(checked) << std::hex << status;
    EXPECT_EQ(checked.error().fault, Fault::transient) << std::hex << status;
  }
  for (const unsigned status : {0xC000U, 0xCFFFU, 0x0105U, 0x0117U, 0x0118U, 0x0119U, 0x0122U}) {
    EXPECT_EQ(CheckStatus(status, false).error().fault, Fault::permanent) << std::hex << status;
  }
  const auto results = AskedOf("0110,0213,0000", 3);
  EXPECT_THAT(results[0], FailsWith("pacs-not-now"));
  EXPECT_THAT(results[1], FailsWith("pacs-busy"));
  EXPECT_EQ(results[2].value(), 0U);
}

TEST(StorageScu, TakesADuplicateForStoredAfterAnAttemptOfItsOwn) {
  EXPECT_EQ(AskedOf("0111")[0].value(), 0x0111U);
  EXPECT_EQ(AskedOf("0111", 1, true)[0].value(), 0U);
  const auto results = AskedOf("lost,0111", 2);
  EXPECT_THAT(results[0], FailsWith("pacs-association-lost"));
  EXPECT_EQ(results[1].value(), 0U);
}

// The association was open, so the second try is the SCU's own.
TEST(StorageScu, TakesADuplicateForStoredInItsSecondTry) {
  const OddPacs pacs("0000,lost,0111");
  StorageScu scu(PacsAt(pacs.port()));
  ASSERT_TRUE(scu.Store(Mr()));
  EXPECT_EQ(scu.Store(Ct()).value(), 0U);
}

TEST(StorageScu, SaysOfEachStoreWhetherAnAnswerWasLost) {
  const OddPacs pacs("0000,lost,A700,lost,C000");
  StorageScu scu(PacsAt(pacs.port()));
  ASSERT_TRUE(scu.Store(Mr()));
  EXPECT_FALSE(scu.lost_answer());
  EXPECT_THAT(scu.Store(Ct()), FailsWith("pacs-busy"));
  EXPECT_TRUE(scu.lost_answer()) << "in the first of its two tries";
  InstanceFile ct = Ct();
  ct.in_doubt = true;
  EXPECT_FALSE(scu.Store(ct));
  EXPECT_TRUE(scu.lost_answer());
  EXPECT_FALSE(scu.Store(ct));
  EXPECT_FALSE(scu.lost_answer()) << "the PACS did answer, and has not stored it";
}

// The association was open. After its loss nobody answers any more.
TEST(StorageScu, SaysThatAnAnswerWasLostAlsoWhereThePacsIsAwaySince) {
  auto pacs = std::make_unique<OddPacs>("0000,gone");
  StorageScu scu(PacsAt(pacs->port()));
  ASSERT_TRUE(scu.Store(Mr()));
  EXPECT_THAT(scu.Store(Ct()), FailsWith("pacs-unreachable"));
  EXPECT_TRUE(scu.lost_answer());
}

// What follows a "pending" on the association would be taken for the answer of the next instance.
TEST(StorageScu, LeavesAnAssociationWithoutFinalAnswer) {
  const auto results = AskedOf("FF00,0111", 2);
  EXPECT_THAT(results[0], FailsWith("pacs-not-now"));
  EXPECT_EQ(results[1].value(), 0U);
}

TEST(StorageScu, OpensAnAssociationAgainThatWasLostWhileIdle) {
  auto pacs = std::make_unique<Storescp>();
  const std::uint16_t port = pacs->port();
  StorageScu scu(PacsAt(port));
  ASSERT_TRUE(scu.Store(Ct()));
  pacs.reset();
  EXPECT_THAT(scu.Store(Ct()), FailsWith("pacs-unreachable"));
  pacs = std::make_unique<Storescp>(std::vector<std::string>{}, port);
  ASSERT_TRUE(scu.Store(Ct()));
  pacs.reset();
  pacs = std::make_unique<Storescp>(std::vector<std::string>{}, port);
  EXPECT_TRUE(scu.Store(Ct()));
}

TEST(StorageScu, TellsThatTheAssociationIsLost) {
  for (const char* option : {"--abort-during", "--abort-after"}) {
    const Storescp pacs({option});
    const auto status = StorageScu(PacsAt(pacs.port())).Store(Ct());
    ASSERT_THAT(status, FailsWith("pacs-association-lost")) << option;
    EXPECT_TRUE(MayConcernWholePacs(status.error()));
  }
}

TEST(StorageScu, DoesNotWaitForEver) {
  const Storescp pacs({"--sleep-during", "600"});
  PacsSettings impatient = PacsAt(pacs.port());
  impatient.timeout = Seconds(10);  // on a busy machine the association takes some of them
  const auto status = StorageScu(impatient).Store(Ct());
  ASSERT_THAT(status, FailsWith("pacs-timeout"));
  EXPECT_TRUE(MayConcernWholePacs(status.error()));
}

TEST(StorageScu, StopsInTheMiddleOfAnOperation) {
  const Storescp pacs({"--sleep-during", "600"});
  PacsSettings patient = PacsAt(pacs.port());
  patient.timeout = Seconds(600);
  StorageScu scu(patient);
  auto sent = std::async(std::launch::async, [&] { return scu.Store(Ct()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // most often in the middle; right at any time
  scu.Stop();
  EXPECT_FALSE(sent.get());
  EXPECT_FALSE(scu.Store(Ct()));
}

TEST(StorageScu, StopsWhileItConnects) {
  // The listener's queue is full, so that connecting neither works nor fails.
  const FullListener pacs;
  PacsSettings patient = PacsAt(pacs.port());
  patient.timeout = Seconds(600);
  StorageScu scu(patient);
  auto sent = std::async(std::launch::async, [&] { return scu.Store(Ct()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  scu.Stop();
  EXPECT_THAT(sent.get(), FailsWith("pacs-unreachable"));
}

TEST(StorageScu, HasATimeoutOfItsOwnForConnecting) {
  const FullListener pacs;
  PacsSettings patient = PacsAt(pacs.port());
  patient.timeout = Seconds(3600);
  StorageScu waiting(patient);
  auto sent = std::async(std::launch::async, [&] { return waiting.Echo(); });
  PacsSettings impatient = PacsAt(pacs.port());
  impatient.timeout = Seconds(1);
  EXPECT_THAT(StorageScu(impatient).Echo(), FailsWith("pacs-unreachable"));
  waiting.Stop();
  EXPECT_FALSE(sent.get());
}

TEST(StorageScu, ReachesAnIpv6Pacs) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.bind = "::1";
  settings.callers = {{.ae_title = "GATEWAY", .host = "::1"}};
  const auto scp = StorageScp::Start(settings, handler);
  if (!scp) GTEST_SKIP() << "this machine has no IPv6";
  PacsSettings pacs = PacsAt((*scp)->port());
  pacs.host = "::1";
  EXPECT_TRUE(StorageScu(pacs).Store(Ct()));
}

TEST(StorageScu, TellsWhatIsWrongWithTheFile) {
  const Storescp pacs;
  StorageScu scu(PacsAt(pacs.port()));
  InstanceFile missing = Ct();
  missing.file = "/dev/null/file";
  EXPECT_THAT(scu.Store(missing), FailsWith("file-error"));
  InstanceFile empty = Ct();
  empty.dataset_offset = 1 << 30;
  EXPECT_THAT(scu.Store(empty), FailsWith("dicom-damaged"));
  EXPECT_TRUE(scu.Store(Ct()));
}

}  // namespace
}  // namespace gateway::dicom
