#include "dicom/storage_scp.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <future>

#include "base/files.h"
#include "fixture.h"
#include "support/errors.h"

namespace gateway::dicom {
namespace {

using testing::HasSubstr;

std::vector<std::string> Storescu(std::uint16_t port, std::vector<std::string> options) {
  std::vector<std::string> arguments{"storescu", "-v", "-R", "-aet", "GATEWAY", "-aec", "TO_B"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), {"127.0.0.1", std::to_string(port)});
  return arguments;
}

Finished Send(std::uint16_t port, const std::filesystem::path& file, std::vector<std::string> options = {}) {
  std::vector<std::string> arguments = Storescu(port, std::move(options));
  arguments.push_back(file);
  return RunTool(arguments);
}

// Stands in for a full disk: no file of this process grows beyond it.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

TEST(StorageScp, AnswersEchoes) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  EXPECT_EQ(Echoscu(scp->port()).exit_code, 0);
  EXPECT_EQ(Echoscu(scp->port(), "GATEWAY", "DMGW").exit_code, 0);
}

TEST(StorageScp, StoresWhatStorescuSends) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  const Finished sent = Send(scp->port(), PydicomFile("CT_small.dcm"));
  ASSERT_EQ(sent.exit_code, 0) << sent.output;
  ASSERT_EQ(handler.instances().size(), 1u);
  const ReceivedInstance received = handler.instances().front();
  EXPECT_EQ(received.calling_ae, "GATEWAY");
  EXPECT_EQ(received.called_ae, "TO_B");
  EXPECT_EQ(received.host, "127.0.0.1");
  EXPECT_EQ(received.header.modality, "CT");
  EXPECT_EQ(received.header.sop_instance_uid, Describe(PydicomFile("CT_small.dcm")).sop_instance_uid);
}

TEST(StorageScp, WritesPart10FilesThatOnlyTheOwnerReads) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  ASSERT_EQ(Send(scp->port(), PydicomFile("CT_small.dcm")).exit_code, 0);
  const std::string file = handler.instances().at(0).file;
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(RunTool({"dcmftest", file}).exit_code, 0);
  EXPECT_THAT(RunTool({"dcmdump", "+P", "0002,0016", file}).output, HasSubstr("[GATEWAY]"));
}

TEST(StorageScp, TakesCompressedTransferSyntaxes) {
  const std::vector<std::pair<std::string, std::string>> samples{{"-xx", "JPGExtended.dcm"},
                                                                 {"-xv", "MR_small_jp2klossless.dcm"},
                                                                 {"-xt", "MR_small_jpeg_ls_lossless.dcm"},
                                                                 {"-xr", "MR_small_RLE.dcm"},
                                                                 {"-xd", "image_dfl.dcm"},
                                                                 {"-xb", "MR_small_bigendian.dcm"}};
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  for (const auto& [option, name] : samples) {
    const Finished sent = Send(scp->port(), PydicomFile(name), {option});
    ASSERT_EQ(sent.exit_code, 0) << name << sent.output;
    EXPECT_EQ(handler.instances().back().header.transfer_syntax_uid, Describe(PydicomFile(name)).transfer_syntax_uid);
  }
}

TEST(StorageScp, KeepsEveryByteOfEveryDataset) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  StorageScu scu(PacsAt(scp->port()));
  const auto files = ReadablePydicomFiles();
  ASSERT_GT(files.size(), 60u);
  for (const auto& file : files) {
    const auto status = scu.Store(Describe(file));
    ASSERT_TRUE(status) << file << status.error().code << status.error().detail;
    EXPECT_EQ(*status, 0u);
    EXPECT_EQ(DatasetOf(handler.instances().back().file), Even(DatasetOf(file))) << file;
  }
}

// What this PACS sends, by raw_scu.py: a SOP class, a SOP Instance UID and a transfer syntax of its
// choice.
Finished SendRaw(std::uint16_t port, const std::string& sop_class, const std::string& sop_instance,
                 const std::string& syntax) {
  return RunTool({"/usr/bin/python3", "-B", "-c",
                  "import sys; sys.path.insert(0, sys.argv[1]); import raw_scu, struct\n"
                  "port, sop_class, uid, syntax = int(sys.argv[2]), *sys.argv[3:6]\n"
                  "def ui(g, e, v):\n"
                  "    v = v.encode() + b'\\0' * (len(v) % 2)\n"
                  "    return struct.pack('<HH', g, e) + b'UI' + struct.pack('<H', len(v)) + v\n"
                  "good = ui(8, 0x16, sop_class) + ui(8, 0x18, '1.2.3') + ui(32, 13, '1.2') + ui(32, 14, '1.3')\n"
                  "print('%04X' % raw_scu.store(port, good.replace(ui(8, 0x18, '1.2.3'), ui(8, 0x18, uid)), 'TO_B',"
                  " 'GATEWAY', sop_class, uid, syntax))",
                  std::string(REPOSITORY_DIR) + "/tests/rig", std::to_string(port), sop_class, sop_instance, syntax});
}

constexpr char kCtClass[] = "1.2.840.10008.5.1.4.1.1.2";
constexpr char kExplicitSyntax[] = "1.2.840.10008.1.2.1";

TEST(StorageScp, TakesSopClassesThatNobodyKnows) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  for (const char* sop_class : {"1.3.12.2.1107.5.9.1", "1.2.840.113619.4.26", "1.2.840.10008.5.1.4.1.1.999"}) {
    EXPECT_EQ(SendRaw(scp->port(), sop_class, "1.2.3", kExplicitSyntax).output, "0000\n") << sop_class;
  }
  // Find, move, worklist, commitment, print, and a service of the standard that nobody knows.
  for (const char* sop_class : {"1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2", "1.2.840.10008.5.1.4.31",
                                "1.2.840.10008.1.20.1", "1.2.840.10008.5.1.1.9", "1.2.840.10008.5.1.4.999"}) {
    EXPECT_NE(SendRaw(scp->port(), sop_class, "1.2.3", kExplicitSyntax).output, "0000\n") << sop_class;
  }
}

TEST(StorageScp, RefusesUnknownSopClassesWhereItShould) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.unknown_sop_classes = UnknownSopClasses::refuse;
  settings.sop_classes = {"1.3.12.2.1107.5.9.1"};
  const auto scp = StartScp(handler, settings);
  EXPECT_EQ(SendRaw(scp->port(), "1.3.12.2.1107.5.9.1", "1.2.3", kExplicitSyntax).output, "0000\n");
  EXPECT_NE(SendRaw(scp->port(), "1.2.840.113619.4.26", "1.2.3", kExplicitSyntax).output, "0000\n");
  EXPECT_EQ(SendRaw(scp->port(), kCtClass, "1.2.3", kExplicitSyntax).output, "0000\n");
}

TEST(StorageScp, TakesTransferSyntaxesThatNobodyKnows) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  for (const char* syntax : {"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.110", "1.2.826.0.1.3680043.9.1"}) {
    EXPECT_EQ(SendRaw(scp->port(), kCtClass, "1.2.3", syntax).output, "0000\n") << syntax;
    EXPECT_EQ(handler.instances().back().header.transfer_syntax_uid, syntax);
  }
}

// The association goes on, as the second C-STORE of each shows.
TEST(StorageScp, RefusesLongUidsOfOneInstanceAlone) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  for (const std::size_t size : {65U, 66U, 1000U}) {
    EXPECT_EQ(SendRaw(scp->port(), kCtClass, "2.25." + std::string(size - 5, '1'), kExplicitSyntax).output, "0117\n");
  }
  EXPECT_EQ(SendRaw(scp->port(), kCtClass, "2.25." + std::string(59, '1'), kExplicitSyntax).output, "0000\n");
}

TEST(StorageScp, RejectsUnknownCallers) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  const Finished refused = Echoscu(scp->port(), "STRANGER");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.output, HasSubstr("Calling AE Title Not Recognized"));
}

TEST(StorageScp, RejectsKnownTitlesFromUnknownAddresses) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.callers = {{.ae_title = "GATEWAY", .host = "192.0.2.1"}, {.ae_title = "OTHER", .host = "127.0.0.1"}};
  const auto scp = StartScp(handler, settings);
  EXPECT_THAT(Echoscu(scp->port()).output, HasSubstr("Calling AE Title Not Recognized"));
  EXPECT_EQ(Echoscu(scp->port(), "OTHER").exit_code, 0);
}

TEST(StorageScp, KnowsCallersByHostName) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.callers = {{.ae_title = "GATEWAY", .host = "localhost"}};
  EXPECT_EQ(Echoscu(StartScp(handler, settings)->port()).exit_code, 0);
  settings.callers = {{"GATEWAY", "no-such-host.invalid"}, {"OTHER", "127.0.0.1"}};
  const auto scp = StartScp(handler, settings);
  EXPECT_NE(Echoscu(scp->port()).exit_code, 0);
  EXPECT_EQ(Echoscu(scp->port(), "OTHER").exit_code, 0);
}

TEST(StorageScp, RejectsUnknownCalledTitles) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  EXPECT_THAT(Echoscu(scp->port(), "GATEWAY", "TO_C").output, HasSubstr("Called AE Title Not Recognized"));
}

TEST(StorageScp, RejectsMoreAssociationsThanItMayHave) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.max_associations = 2;
  const auto scp = StartScp(handler, settings);
  StorageScu first(PacsAt(scp->port()));
  ASSERT_TRUE(first.Echo());
  {
    StorageScu second(PacsAt(scp->port()));
    ASSERT_TRUE(second.Echo());
    EXPECT_THAT(Echoscu(scp->port()).output, HasSubstr("Local Limit Exceeded"));
  }
  // The slot is free again as soon as the SCP has seen the release.
  while (Echoscu(scp->port()).exit_code != 0) {
  }
}

TEST(StorageScp, RefusesA700WhenThereIsNoSpace) {
  RecordingHandler handler;
  std::atomic<bool> full{true};
  handler.new_file = [&]() -> Result<std::filesystem::path> {
    if (full) return Transient("disk-full", "/spool");
    return handler.FreshFile();
  };
  const auto scp = StartScp(handler);
  const Finished sent = Send(scp->port(), PydicomFile("CT_small.dcm"), {"-d"});
  EXPECT_THAT(sent.output, HasSubstr("0xa700"));
  EXPECT_THAT(sent.output, HasSubstr("disk-full"));
  EXPECT_EQ(sent.output.find("/spool"), std::string::npos);
  full = false;
  EXPECT_EQ(Send(scp->port(), PydicomFile("CT_small.dcm")).exit_code, 0);
}

TEST(StorageScp, RefusesC000WhatWasCutBeforeItWasSent) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  for (const char* name : {"MR_truncated.dcm", "rtplan_truncated.dcm"}) {
    StorageScu scu(PacsAt(scp->port()));
    const auto status = scu.Store(Describe(PydicomFile(name)));
    EXPECT_THAT(status, FailsWith("pacs-refused")) << name;
    EXPECT_EQ(status.error().detail, "status C000") << name;
  }
  EXPECT_TRUE(handler.instances().empty());
  EXPECT_EQ(handler.discarded(), 2);
  EXPECT_TRUE(handler.Files().empty());
}

TEST(StorageScp, RefusesA700WhenTheFileCannotBeCreated) {
  RecordingHandler handler;
  handler.new_file = [] { return std::filesystem::path("/dev/null/file"); };
  const auto scp = StartScp(handler);
  StorageScu scu(PacsAt(scp->port()));
  EXPECT_THAT(scu.Store(Describe(PydicomFile("CT_small.dcm"))), FailsWith("pacs-busy"));
  EXPECT_EQ(handler.discarded(), 1);
  EXPECT_TRUE(scu.Echo());
}

TEST(StorageScp, RefusesA700WhenTheFileCannotBeWritten) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  StorageScu scu(PacsAt(scp->port()));
  ASSERT_TRUE(scu.Echo());
  {
    const FileSizeLimit limit(10'000);
    EXPECT_THAT(scu.Store(Describe(PydicomFile("CT_small.dcm"))), FailsWith("pacs-busy"));
  }
  EXPECT_EQ(handler.discarded(), 1);
  EXPECT_TRUE(scu.Store(Describe(PydicomFile("CT_small.dcm"))));
}

// CT_small with pixel data of `bytes`.
std::filesystem::path LargeFile(const TempDirectory& directory, std::uint32_t bytes) {
  std::string content = ReadAll(PydicomFile("CT_small.dcm"));
  const std::string pixel_data("\xE0\x7F\x10\0OW\0\0", 8);
  const auto at = content.find(pixel_data);
  EXPECT_NE(at, std::string::npos);
  content.resize(at + pixel_data.size());
  for (unsigned i = 0; i < 4; ++i) content += static_cast<char>(bytes >> (8 * i));
  content.append(bytes, '\x5a');
  WriteFile(directory / "large.dcm", content);
  return directory / "large.dcm";
}

TEST(StorageScp, RefusesA700WhenTheRoomEndsInTheMiddle) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  const TempDirectory directory;
  const InstanceFile large = Describe(LargeFile(directory, 64 << 20));
  std::vector<std::uintmax_t> sizes;
  handler.may_grow = [&]() -> Result<void> {
    for (const auto& file : handler.Files()) sizes.push_back(std::filesystem::file_size(file));
    if (sizes.size() > 2) return Transient("disk-low");
    return {};
  };
  StorageScu scu(PacsAt(scp->port()));
  EXPECT_EQ(scu.Store(large).error().detail, "status A700");
  EXPECT_EQ(handler.discarded(), 1);
  ASSERT_EQ(sizes.size(), 3U);  // it is not asked again, nor does the file grow any more
  EXPECT_LT(sizes.back(), 16U << 20);
  EXPECT_TRUE(scu.Store(Describe(PydicomFile("CT_small.dcm"))));
  handler.may_grow = [] { return Result<void>(); };
  EXPECT_TRUE(scu.Store(large));
}

TEST(StorageScp, AnswersWhatTheHandlerSays) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  StorageScu scu(PacsAt(scp->port()));
  const InstanceFile instance = Describe(PydicomFile("CT_small.dcm"));
  handler.store = [] { return Transient("ledger-busy"); };
  EXPECT_EQ(scu.Store(instance).error().detail, "status A700");
  handler.store = [] { return Permanent("unrouted"); };
  EXPECT_EQ(scu.Store(instance).error().detail, "status A900");
  handler.store = [] { return Corrupt("broken"); };
  EXPECT_EQ(scu.Store(instance).error().detail, "status C000");
  handler.store = [] { return ConfigError("misconfigured"); };
  EXPECT_EQ(scu.Store(instance).error().detail, "status A700");
  EXPECT_EQ(handler.discarded(), 0);
}

TEST(StorageScp, RefusesWhatIsNoDataset) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  const TempDirectory directory;
  InstanceFile instance = Describe(PydicomFile("CT_small.dcm"));
  instance.file = directory / "text";
  instance.dataset_offset = 0;
  WriteFile(instance.file, "This is no data set, whatever the command says.");
  StorageScu scu(PacsAt(scp->port()));
  EXPECT_EQ(scu.Store(instance).error().detail, "status C000");
  EXPECT_EQ(handler.discarded(), 1);
  EXPECT_TRUE(handler.instances().empty());
}

TEST(StorageScp, RefusesDatasetsOfAnotherIdentityThanTheCommands) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  StorageScu scu(PacsAt(scp->port()));
  InstanceFile other_instance = Describe(PydicomFile("CT_small.dcm"));
  other_instance.sop_instance_uid += ".1";
  EXPECT_EQ(scu.Store(other_instance).error().detail, "status A900");
  InstanceFile other_class = Describe(PydicomFile("CT_small.dcm"));
  other_class.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
  EXPECT_EQ(scu.Store(other_class).error().detail, "status A900");
  EXPECT_EQ(handler.discarded(), 2);
}

TEST(StorageScp, StoresOverSeveralAssociationsAtOnce) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  std::vector<std::future<bool>> senders;
  for (int i = 0; i < 8; ++i) {
    senders.push_back(std::async(std::launch::async, [port = scp->port()] {
      StorageScu scu(PacsAt(port));
      bool good = true;
      for (int n = 0; n < 20; ++n) good = scu.Store(Describe(PydicomFile("MR_small.dcm"))).ok() && good;
      return good;
    }));
  }
  EXPECT_TRUE(std::all_of(senders.begin(), senders.end(), [](auto& sender) { return sender.get(); }));
  EXPECT_EQ(handler.instances().size(), 160u);
}

TEST(StorageScp, SaysThatThePortIsInUse) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  DicomSettings settings = ScpSettings();
  settings.port = scp->port();
  EXPECT_THAT(StorageScp::Start(settings, handler), FailsWith("port-in-use"));
  settings.bind = "192.0.2.1";
  const auto elsewhere = StorageScp::Start(settings, handler);
  EXPECT_THAT(elsewhere, FailsWith("bind-failed"));
  EXPECT_EQ(elsewhere.error().fault, Fault::transient) << "the address may come later";
}

}  // namespace
}  // namespace gateway::dicom
