// The SCP against peers that are silent, break off or speak other services, and its own end.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <thread>

#include "base/files.h"
#include "dicom/raw_dataset.h"
#include "dicom/scu_association.h"
#include "dicom/unpadded.h"
#include "fixture.h"

// clang-format off
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

namespace gateway::dicom {
namespace {

const SyntaxPair kCt{UID_CTImageStorage, UID_LittleEndianExplicitTransferSyntax};
const SyntaxPair kVerification{UID_VerificationSOPClass, UID_LittleEndianImplicitTransferSyntax};

UniqueFd Connect(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

bool IsListening(std::uint16_t port) {
  return Echoscu(port).exit_code == 0;
}

// Blocks until the peer closes.
std::string ReadToEnd(int socket) {
  std::string all;
  char buffer[512];
  for (ssize_t count; (count = ::recv(socket, buffer, sizeof(buffer), 0)) > 0;) all.append(buffer, count);
  return all;
}

// Sends `request` with `dataset` and returns the status of the answer.
unsigned StatusOf(ScuAssociation& association, T_ASC_PresentationContextID context, T_DIMSE_Message& request,
                  DcmDataset* dataset) {
  const OFCondition sent =
      DIMSE_sendMessageUsingMemoryData(association.get(), context, &request, nullptr, dataset, nullptr, nullptr);
  EXPECT_TRUE(sent.good()) << sent.text();
  T_DIMSE_Message response{};
  const OFCondition received =
      DIMSE_receiveCommand(association.get(), DIMSE_NONBLOCKING, 10, &context, &response, nullptr);
  EXPECT_TRUE(received.good()) << received.text();
  return request.CommandField == DIMSE_C_STORE_RQ ? response.msg.CStoreRSP.DimseStatus
                                                  : response.msg.CFindRSP.DimseStatus;
}

T_DIMSE_Message StoreRequest(const InstanceFile& instance) {
  T_DIMSE_Message request{};
  request.CommandField = DIMSE_C_STORE_RQ;
  request.msg.CStoreRQ.MessageID = 1;
  request.msg.CStoreRQ.DataSetType = DIMSE_DATASET_PRESENT;
  OFStandard::strlcpy(request.msg.CStoreRQ.AffectedSOPClassUID, instance.sop_class_uid.c_str(), sizeof(DIC_UI));
  OFStandard::strlcpy(request.msg.CStoreRQ.AffectedSOPInstanceUID, instance.sop_instance_uid.c_str(), sizeof(DIC_UI));
  return request;
}

TEST(ScpLifetime, SilentPeersHoldUpNobody) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(Connect(scp->port()));
  // Half of an A-ASSOCIATE-RQ's head.
  ASSERT_EQ(::send(silent[0].get(), "\x01\0\0", 3, 0), 3);
  EXPECT_EQ(Echoscu(scp->port()).exit_code, 0);
}

TEST(ScpLifetime, StrangersCannotCrowdOutCallers) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.callers = {{.ae_title = "GATEWAY", .host = "127.0.0.1"}};
  settings.bind = "0.0.0.0";
  const auto scp = StartScp(handler, settings);
  std::vector<std::unique_ptr<Process>> strangers;
  for (int i = 0; i < 60; ++i) {
    strangers.push_back(std::make_unique<Process>(std::vector<std::string>{
        "/usr/bin/python3", "-c",
        "import socket, time; s = socket.create_connection(('127.0.0.1', " + std::to_string(scp->port()) +
            "), source_address=('127.0.0.7', 0)); time.sleep(60)"}));
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Echoscu(scp->port()).exit_code, 0);
}

TEST(ScpLifetime, EndsConnectionsThatNeverAssociate) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.association_timeout = Seconds(5);  // a busy machine stalls us for some of them
  const auto scp = StartScp(handler, settings);
  const UniqueFd silent = Connect(scp->port());
  const UniqueFd half = Connect(scp->port());
  ASSERT_EQ(::send(half.get(), "\x01\0\0\0\xFF\xFF", 6, 0), 6);
  (void)ReadToEnd(silent.get());
  (void)ReadToEnd(half.get());
  EXPECT_EQ(Echoscu(scp->port()).exit_code, 0);
}

TEST(ScpLifetime, EndsIdleAssociations) {
  RecordingHandler handler;
  DicomSettings settings = ScpSettings();
  settings.association_timeout = Seconds(5);  // a busy machine stalls us for some of them
  settings.max_associations = 1;
  const auto scp = StartScp(handler, settings);
  ScuAssociation idle(PacsAt(scp->port()));
  ASSERT_TRUE(idle.Prepare(kVerification));
  ASSERT_TRUE(ASC_dataWaiting(idle.get(), 60)) << "the end of it";
  while (Echoscu(scp->port()).exit_code != 0) {  // until the one slot is free
  }
}

TEST(ScpLifetime, SurvivesGarbage) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.0\r\n\r\n"), std::string(5000, '\xFF'), std::string("\x01\0\0\0\0\x04\0\1\0\0", 10),
        std::string("\x04\0\0\0\0\0", 6), std::string("\x01\0\xFF\xFF\xFF\xFF", 6)}) {
    const UniqueFd socket = Connect(scp->port());
    (void)::send(socket.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
    ::shutdown(socket.get(), SHUT_WR);
    (void)ReadToEnd(socket.get());
  }
  EXPECT_EQ(Echoscu(scp->port()).exit_code, 0);
}

TEST(ScpLifetime, DiscardsWhatBreaksOff) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  const InstanceFile instance = Describe(PydicomFile("CT_small.dcm"));
  const UniqueFd fd = OpenForReading(instance.file).value();
  ScuAssociation association(PacsAt(scp->port()));
  const auto context = association.Prepare(kCt);
  ASSERT_TRUE(context);
  T_DIMSE_Message request = StoreRequest(instance);
  RawDataset longer_than_its_file(OpenWholeRange(fd.get(), {instance.dataset_offset, 1 << 20}));
  EXPECT_TRUE(DIMSE_sendMessageUsingMemoryData(association.get(), *context, &request, nullptr, &longer_than_its_file,
                                               nullptr, nullptr)
                  .bad());
  association.Abort();
  while (handler.discarded() == 0) std::this_thread::yield();
  EXPECT_TRUE(handler.instances().empty());
}

TEST(ScpLifetime, RefusesAnotherSopClassThanTheContexts) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  const InstanceFile instance = Describe(PydicomFile("MR_small.dcm"));
  const UniqueFd fd = OpenForReading(instance.file).value();
  ScuAssociation association(PacsAt(scp->port()));
  const auto context = association.Prepare(kCt);
  ASSERT_TRUE(context);
  T_DIMSE_Message request = StoreRequest(instance);
  RawDataset dataset(OpenWholeRange(fd.get(), {instance.dataset_offset, 1000}));
  EXPECT_EQ(StatusOf(association, *context, request, &dataset), 0x0122u);
}

TEST(ScpLifetime, AnswersOtherServicesAsUnrecognised) {
  RecordingHandler handler;
  const auto scp = StartScp(handler);
  ScuAssociation association(PacsAt(scp->port()));
  const auto context = association.Prepare(kVerification);
  ASSERT_TRUE(context);
  T_DIMSE_Message request{};
  request.CommandField = DIMSE_C_FIND_RQ;
  request.msg.CFindRQ.MessageID = 7;
  request.msg.CFindRQ.DataSetType = DIMSE_DATASET_PRESENT;
  OFStandard::strlcpy(request.msg.CFindRQ.AffectedSOPClassUID, UID_VerificationSOPClass, sizeof(DIC_UI));
  DcmDataset identifier;
  identifier.putAndInsertString(DCM_Modality, "CT");
  EXPECT_EQ(StatusOf(association, *context, request, &identifier), 0x0211u);
  EXPECT_EQ(StatusOf(association, *context, request, &identifier), 0x0211u);
}

TEST(ScpLifetime, StoppingEndsIdleAndSilentPeers) {
  RecordingHandler handler;
  auto scp = StartScp(handler);
  const std::uint16_t port = scp->port();
  const UniqueFd silent = Connect(port);
  StorageScu idle(PacsAt(port));
  ASSERT_TRUE(idle.Echo());
  scp.reset();  // returns although association_timeout is far away
  (void)ReadToEnd(silent.get());
  EXPECT_THAT(idle.Echo(), FailsWith("pacs-unreachable"));
}

TEST(ScpLifetime, StoppingLetsAStoreBeAnswered) {
  RecordingHandler handler;
  std::promise<void> storing;
  std::promise<void> go_on;
  handler.store = [&] {
    storing.set_value();
    go_on.get_future().wait();
    return Result<void>();
  };
  auto scp = StartScp(handler);
  StorageScu scu(PacsAt(scp->port()));
  auto sent = std::async(std::launch::async, [&] { return scu.Store(Describe(PydicomFile("CT_small.dcm"))); });
  storing.get_future().wait();
  const std::uint16_t port = scp->port();
  auto stopped = std::async(std::launch::async, [&] { scp.reset(); });
  while (IsListening(port)) std::this_thread::yield();
  go_on.set_value();
  EXPECT_TRUE(sent.get());
  stopped.get();
}

}  // namespace
}  // namespace gateway::dicom
