#include "inbound/open_protocol.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

namespace gateway::inbound {
namespace {

struct Pair {
  Pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    a.Reset(ends[0]);
    b.Reset(ends[1]);
  }
  UniqueFd a;
  UniqueFd b;
};

TEST(OpenProtocol, CarriesDescriptors) {
  const Pair pair;
  ASSERT_TRUE(SendPacket(pair.a.get(), {{"type", "input"}}, {STDIN_FILENO, STDOUT_FILENO}));
  Result<std::optional<Packet>> packet = ReceivePacket(pair.b.get(), 1000);
  ASSERT_TRUE(packet);
  EXPECT_EQ((*packet)->type, "input");
  ASSERT_EQ((*packet)->descriptors.size(), 2U);
  EXPECT_GE(::fcntl((*packet)->descriptors[0].get(), F_GETFD), 0);
}

TEST(OpenProtocol, TellsSilenceFromTheEnd) {
  Pair pair;
  EXPECT_FALSE(ReceivePacket(pair.b.get(), 1)->has_value());
  pair.a.Reset();
  EXPECT_EQ(ReceivePacket(pair.b.get(), 1000).error().code, "worker-lost");
}

TEST(OpenProtocol, RefusesWhatIsNoPacket) {
  const Pair pair;
  for (const std::string text : {"no json", "[]", "{}", "{\"type\": 7}"}) {
    ASSERT_GT(::send(pair.a.get(), text.data(), text.size(), 0), 0);
    EXPECT_FALSE(ReceivePacket(pair.b.get(), 1000)) << text;
  }
}

TEST(OpenProtocol, EnvelopeReadsBack) {
  mime::Envelope envelope;
  envelope.kind = mime::MailKind::partial;
  envelope.from = "a@test.example";
  envelope.set = TelemedicineSet{"s", 2, 3};
  envelope.partial = mime::Partial{"id", 4, 5};
  const std::optional<mime::Envelope> read = EnvelopeFrom(ToJson(envelope).dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, mime::MailKind::partial);
  EXPECT_EQ(read->set->total, 3U);
  EXPECT_EQ(read->partial->number, 4U);
}

TEST(OpenProtocol, PartReadsBack) {
  PartReport part;
  part.file = 3;
  part.leaf = {"application/dicom", "IM0001.dcm", ""};
  part.header.emplace();
  part.header->sop_instance_uid = "1.2.3";
  part.header->dataset_offset = 350;
  const std::optional<PartReport> read = PartReportFrom(ToJson(part).dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->file, 3U);
  EXPECT_EQ(read->header->dataset_offset, 350U);
  EXPECT_FALSE(read->error);
}

TEST(OpenProtocol, StatusThatIsNoneIsNotValid) {
  nlohmann::json report = ToJson(OpenReport{{true, true, {crypto::Signature{}}}, std::nullopt});
  report["signatures"][0]["status"] = 4711;
  EXPECT_EQ(OpenReportFrom(report.dump())->opened.signatures[0].status, crypto::SignatureStatus::other_error);
}

TEST(OpenProtocol, WrongFormsAreRefused) {
  EXPECT_FALSE(EnvelopeFrom("{\"type\": \"envelope\"}"));
  EXPECT_FALSE(PartReportFrom("{\"type\": \"part\", \"file\": \"x\"}"));
  EXPECT_FALSE(OpenReportFrom("garbage"));
}

TEST(OpenProtocol, WorkerCannotBlameTheConfiguration) {
  EXPECT_EQ(ErrorFrom(ToJson(ConfigError("x")).dump())->fault, Fault::corrupt);
  EXPECT_EQ(ErrorFrom(ToJson(Transient("disk-full")).dump())->fault, Fault::transient);
}

}  // namespace
}  // namespace gateway::inbound
