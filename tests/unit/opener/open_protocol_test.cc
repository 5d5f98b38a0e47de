#include "opener/open_protocol.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "support/errors.h"

namespace gateway::opener {
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
  PartReply part;
  part.file = 3;
  part.leaf = {"application/dicom", "IM0001.dcm", "1.2", true};
  part.header.emplace();
  part.header->sop_instance_uid = "1.2.3";
  part.header->dataset_offset = 350;
  part.header->text_reading = TextReading::unknown_term;
  const std::optional<PartReply> read = PartReplyFrom(ToJson(part).dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->file, 3U);
  EXPECT_EQ(read->header->dataset_offset, 350U);
  EXPECT_EQ(read->header->text_reading, TextReading::unknown_term);
  EXPECT_FALSE(read->error);
  EXPECT_EQ(read->leaf.study_id, "1.2");
  EXPECT_TRUE(read->leaf.study_id_is_of_wrapper);
}

TEST(OpenProtocol, WhatIsLeftOverReadsBackAndIsNeverOfTheMoment) {
  EXPECT_FALSE(OpenEndFrom(ToJson(OpenEnd{}).dump())->leftover);
  EXPECT_EQ(OpenEndFrom(ToJson(OpenEnd{Corrupt("part-not-opened", "x")}).dump())->leftover->code, "part-not-opened");
  EXPECT_FALSE(OpenEndFrom(ToJson(OpenEnd{Transient("disk-full")}).dump()));
  EXPECT_FALSE(OpenEndFrom(R"({"type": "opened"})"));
}

TEST(OpenProtocol, StatusThatIsNoneIsNotValid) {
  MessageReply opened;
  opened.opened.signatures.emplace_back();
  nlohmann::json report = ToJson(opened);
  report["signatures"][0]["status"] = 4711;
  EXPECT_EQ(MessageReplyFrom(report.dump())->opened.signatures[0].status, SignatureStatus::other_error);
}

TEST(OpenProtocol, MessageReplyReadsBack) {
  MessageReply reply;
  reply.opened.encrypted = reply.opened.compressed = true;
  reply.opened.recipients = {"0123456789ABCDEF", "0000000000000000"};
  reply.opened.signatures.push_back(
      {SignatureStatus::valid, "FP", "ID", Time(Milliseconds(5)), "SHA256", 3072, "00ff", {"OTHER"}, true, true});
  reply.error = Corrupt("openpgp-damaged");
  reply.leftover = Corrupt("part-not-signed");
  reply.from = "c@test.example";
  reply.message_id = "1@test.example";
  reply.receipt_to = "d@test.example";
  reply.outer_set = TelemedicineSet{"outer", 1, 2};
  reply.set_is_of_wrapper = true;
  reply.all_7bit = false;
  reply.addressing = {"a@test.example", std::vector<std::string>{"b@test.example"}};
  reply.receipt = mime::PgpReceiptRequest{"a@test.example", "ABCD1234", "content@id"};
  const std::optional<MessageReply> read = MessageReplyFrom(ToJson(reply).dump());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->opened.compressed);
  EXPECT_FALSE(read->opened.integrity_protected);
  EXPECT_EQ(read->opened.recipients, reply.opened.recipients);
  EXPECT_EQ(read->opened.signatures.at(0).hash, "SHA256");
  EXPECT_EQ(read->opened.signatures.at(0).bits, 3072U);
  EXPECT_EQ(read->opened.signatures.at(0).id, "00ff");
  EXPECT_EQ(read->opened.signatures.at(0).intended, std::vector<std::string>{"OTHER"});
  EXPECT_EQ(read->addressing.from, "a@test.example");
  EXPECT_EQ(read->addressing.to, std::vector<std::string>{"b@test.example"});
  EXPECT_EQ(read->receipt->to, "a@test.example");
  EXPECT_EQ(read->receipt->key_id, "ABCD1234");
  EXPECT_EQ(read->receipt->content_id, "content@id");
  EXPECT_FALSE(read->report);
  EXPECT_TRUE(read->opened.signatures.at(0).detached && read->opened.signatures.at(0).any_line_ends);
  EXPECT_EQ(read->error->code, "openpgp-damaged");
  EXPECT_EQ(read->leftover->code, "part-not-signed");
  EXPECT_EQ(read->from, "c@test.example");
  EXPECT_EQ(read->message_id, "1@test.example");
  EXPECT_EQ(read->receipt_to, "d@test.example");
  EXPECT_EQ(read->outer_set->id, "outer");
  EXPECT_TRUE(read->set_is_of_wrapper);
  EXPECT_FALSE(read->all_7bit);
}

TEST(OpenProtocol, ReportReadsBack) {
  ReportReply plain;
  plain.report = mime::Report{
      mime::ReportKind::dsn, mime::Verdict::bounced, {"1@x", "2@x"}, TelemedicineSet{"s", 1, 2}, "a-secret", {},
      "550 no such user"};
  const std::optional<ReportReply> read = ReportReplyFrom(ToJson(plain).dump());
  ASSERT_TRUE(read && read->report);
  EXPECT_EQ(read->report->kind, mime::ReportKind::dsn);
  EXPECT_EQ(read->report->verdict, mime::Verdict::bounced);
  EXPECT_EQ(read->report->message_ids, plain.report->message_ids);
  EXPECT_EQ(read->report->set->part, 1U);
  EXPECT_EQ(read->report->nonce, "a-secret");
  EXPECT_EQ(read->report->words, "550 no such user");
  EXPECT_FALSE(ReportReplyFrom(ToJson(ReportReply{}).dump())->report);
}

TEST(OpenProtocol, VerdictThatIsNoneIsRefused) {
  ReportReply plain;
  plain.report.emplace();
  nlohmann::json report = ToJson(plain);
  report["report"]["verdict"] = 4711;
  EXPECT_FALSE(ReportReplyFrom(report.dump()));
  report["report"]["verdict"] = -1;
  EXPECT_FALSE(ReportReplyFrom(report.dump()));
}

TEST(OpenProtocol, ConversionReadsBack) {
  const std::optional<ConvertRequest> request =
      ConvertRequestFrom(ToJson(ConvertRequest{"application/pdf", "b", "00ff", "Befund"}).dump());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->media_type, "application/pdf");
  EXPECT_EQ(request->title, "Befund");
  Converted converted;
  converted.file = 7;
  converted.header.sop_instance_uid = "2.25.1";
  const std::optional<Converted> read = ConvertedFrom(ToJson(converted).dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->file, 7U);
  EXPECT_EQ(read->header.sop_instance_uid, "2.25.1");
}

TEST(OpenProtocol, DigestReadsBackAndNothingElseDoes) {
  const std::string hash(64, 'a');
  for (const std::string& text : {std::string(), "2 " + hash + " samples " + hash + "  "}) {
    const auto digest = DigestTextFrom(ToJson(DigestText{text}).dump());
    ASSERT_TRUE(digest);
    EXPECT_EQ(digest->text, text);
  }
  for (const std::string& text :
       {std::string("2"), "2 " + hash + " samples " + hash + " ", "2 " + hash + " 'x' " + hash + "  "}) {
    EXPECT_FALSE(DigestTextFrom(ToJson(DigestText{text}).dump())) << text;
  }
}

TEST(OpenProtocol, CodingReplyReadsBack) {
  CodingReply none;
  none.why = "it is not compressed";
  const auto without = CodingReplyFrom(ToJson(none).dump());
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->file);
  EXPECT_EQ(without->why, none.why);
  none.why = "two\nlines";
  EXPECT_FALSE(CodingReplyFrom(ToJson(none).dump()));
  EXPECT_FALSE(CodingReplyFrom(R"({"type": "coded", "why": "", "differs": 1})"));
  EXPECT_FALSE(CodingReplyFrom(R"({"type": "coded", "why": "", "differs": true, "file": 0})"));
}

TEST(OpenProtocol, KeysReadBackByteForByte) {
  const std::string bytes("\0\x99\xff\r\n", 5);
  security::Keys keys;
  keys.own.push_back({SecurityKind::openpgp, "main", "FP", {"ID1", "ID2"}, Secret("armored")});
  keys.own.push_back({SecurityKind::openpgp, "main", "FP2", {}, Secret(bytes)});
  const std::optional<security::Keys> read = KeysFromBytes(KeysToBytes(keys));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->own.size(), 2U);
  EXPECT_EQ(read->own[0].kind, SecurityKind::openpgp);
  EXPECT_EQ(read->own[0].mailbox, "main");
  EXPECT_EQ(read->own[0].identity, "FP");
  EXPECT_EQ(read->own[0].names, (std::vector<std::string>{"ID1", "ID2"}));
  EXPECT_EQ(read->own[0].secret.view(), "armored");
  EXPECT_EQ(read->own[1].secret.view(), bytes);
  EXPECT_TRUE(KeysFromBytes(KeysToBytes({}))->own.empty());
}

TEST(OpenProtocol, APartnersKeyReadsBackByteForByte) {
  std::string packets("\0\x99\xff", 3);
  packets.append(100'000, '\x80');
  const std::optional<security::PartnerKey> read =
      PartnerKeyFromBytes(PartnerKeyToBytes({SecurityKind::openpgp, "klinik-b", "FP", {"ID1", "ID2"}, packets, true}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, SecurityKind::openpgp);
  EXPECT_EQ(read->partner, "klinik-b");
  EXPECT_EQ(read->identity, "FP");
  EXPECT_EQ(read->names, (std::vector<std::string>{"ID1", "ID2"}));
  EXPECT_EQ(read->content, packets);
  EXPECT_TRUE(read->accept_sha1);
  EXPECT_FALSE(PartnerKeyFromBytes("garbage"));
}

TEST(OpenProtocol, KeysOfAnUnknownKindAreRefused) {
  const auto renamed = [](std::string bytes) {
    bytes.replace(bytes.find("openpgp"), 7, "opensmt");
    return bytes;
  };
  security::Keys keys;
  keys.own.push_back({SecurityKind::openpgp, "main", "FP", {}, Secret("secret")});
  EXPECT_FALSE(KeysFromBytes(renamed(KeysToBytes(keys))));
  EXPECT_FALSE(PartnerKeyFromBytes(renamed(PartnerKeyToBytes({SecurityKind::openpgp, "b", "FP", {}, "", false}))));
  EXPECT_FALSE(KeysFromBytes("garbage"));
  EXPECT_FALSE(KeysFromBytes(PartnerKeyToBytes({})));
}

TEST(OpenProtocol, WrongFormsAreRefused) {
  EXPECT_FALSE(EnvelopeFrom("{\"type\": \"envelope\"}"));
  EXPECT_FALSE(PartReplyFrom("{\"type\": \"part\", \"file\": \"x\"}"));
  EXPECT_FALSE(MessageReplyFrom("garbage"));
}

TEST(OpenProtocol, WorkerCannotBlameTheConfiguration) {
  EXPECT_EQ(ErrorFrom(ToJson(ConfigError("x")).dump())->fault, Fault::corrupt);
  EXPECT_EQ(ErrorFrom(ToJson(Transient("disk-full")).dump())->fault, Fault::transient);
}

}  // namespace
}  // namespace gateway::opener
