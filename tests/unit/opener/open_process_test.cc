// The daemon's side against the real open worker: the gateway's own program, in its sandbox.
#include "opener/open_process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/files.h"
#include "base/random_text.h"
#include "base/sanitizers.h"
#include "dicom/part10_header.h"
#include "mime/mail_writer.h"
#include "mime/report.h"
#include "support/openpgp_keys.h"

namespace gateway::opener {
namespace {

class OpenProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    GatewaySettings settings;
    settings.state_dir = directory_;
    spool_ = std::move(spool::Spool::Open(settings.state_dir)).value();
    fingerprint_ = KeyOfB().info.fingerprint;
    keys_.own.push_back(security::OwnKeyOf(KeyOfB(), "b"));
    self_ = security::PartnerKeyOf(KeyOfB(), "b");
    process_ = std::make_unique<OpenProcess>(WorkerProgram{GATEWAY_BINARY}, keys_, *spool_);
  }
  void TearDown() override {
    process_.reset();
    std::filesystem::remove_all(directory_);
  }

  static const openpgp::GeneratedKey& KeyOfB() {
    static const openpgp::GeneratedKey key = *openpgp::GenerateKey("B <b@test.example>", "", 0);
    return key;
  }
  std::filesystem::path Write(const std::string& name, const std::string& content) {
    std::ofstream(directory_ / name, std::ios::binary) << content;
    return directory_ / name;
  }

  // A mail from ourselves to ourselves with these parts.
  std::filesystem::path WriteMail(const std::vector<mime::PartFile>& parts) {
    mime::InnerEntity entity;
    entity.set = {"set.1", 1, 1};
    entity.parts = parts;
    return Seal(**mime::OpenInnerEntity(entity));
  }
  std::filesystem::path Seal(Source& inner, bool sign = true) {
    openpgp::Keyring keyring = security::RingWith(KeyOfB());
    StringSink mail;
    const Result<void> written = mime::WriteEncryptedMessage(
        Header(),
        [&](Sink& armored) {
          return keyring.Seal(inner, {sign ? fingerprint_ : "", {fingerprint_}, {}}, armored);
        },
        mail);
    EXPECT_TRUE(written.ok());
    return Write("mail-" + RandomHex(4) + ".eml", mail.text());
  }
  // multipart/signed around `entity`, of which `signed_bytes` were signed.
  std::string Sign(const std::string& entity, const std::string& signed_bytes) {
    openpgp::Keyring keyring = security::RingWith(KeyOfB());
    StringSource to_sign(signed_bytes);
    const std::string signature = *keyring.SignDetached(to_sign, fingerprint_);
    StringSource to_copy(entity);
    StringSink text;
    EXPECT_TRUE(mime::WriteSignedEntity(to_copy, signature, "pgp-sha256", text));
    return text.text();
  }
  std::filesystem::path WritePlain(const std::string& entity) {
    StringSource source(entity);
    StringSink mail;
    EXPECT_TRUE(mime::WritePlainMessage(Header(), source, mail));
    return Write("mail-" + RandomHex(4) + ".eml", mail.text());
  }
  static mime::OuterHeader Header() {
    mime::OuterHeader header;
    header.from = header.to = "b@test.example";
    header.subject = "DICOM-eMail";
    header.message_id = "1@test.example";
    return header;
  }
  static std::string Mdn() {
    return *mime::ReceiptEntity({"displayed", "b@test.example", "original@test.example", "b; test", {}});
  }

  // A Part 10 file with identifiers only.
  std::filesystem::path WriteReference(const std::string& description = "text") {
    InstanceHeader header;
    header.sop_class_uid = "1.2.840.10008.5.1.4.1.1.7";
    header.sop_instance_uid = "1.2.3.4";
    header.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    std::string dataset;
    const auto add = [&](std::uint16_t group, std::uint16_t element, std::string_view vr, std::string value) {
      if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
      for (const std::size_t number : {std::size_t{group}, std::size_t{element}}) {
        dataset += {static_cast<char>(number & 0xFF), static_cast<char>(number >> 8)};
      }
      dataset.append(vr).append({static_cast<char>(value.size()), '\0'}).append(value);
    };
    add(0x0008, 0x0016, "UI", header.sop_class_uid);
    add(0x0008, 0x0018, "UI", header.sop_instance_uid);
    add(0x0008, 0x1030, "LO", description);
    add(0x0010, 0x0010, "PN", "Test^Patient");
    add(0x0010, 0x0020, "LO", "4711");
    add(0x0020, 0x000D, "UI", "1.2.3");
    add(0x0020, 0x000E, "UI", "1.2.3.1");
    return Write("reference.dcm", dicom::Part10Header(header) + dataset);
  }

  // A Part 10 file with grey frames of 16 bits, which are zeros.
  std::filesystem::path WriteImage(std::size_t columns, std::size_t rows, std::size_t frames) {
    std::string dataset;
    const auto number = [&](std::size_t value) {
      dataset += {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
    };
    const auto add = [&](std::uint16_t element, std::string_view vr, const std::string& value) {
      number(0x0028);
      number(element);
      dataset.append(vr);
      number(value.size());
      dataset += value;
    };
    const auto us = [&](std::uint16_t element, std::size_t value) {
      add(element, "US", {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)});
    };
    us(0x0002, 1);
    add(0x0004, "CS", "MONOCHROME2 ");
    std::string count = std::to_string(frames);
    if (count.size() % 2 != 0) count += ' ';
    add(0x0008, "IS", count);
    us(0x0010, rows);
    us(0x0011, columns);
    us(0x0100, 16);
    us(0x0101, 16);
    us(0x0102, 15);
    us(0x0103, 0);
    const std::size_t size = columns * rows * 2 * frames;
    number(0x7FE0);
    number(0x0010);
    dataset += "OW";
    number(0);
    number(size & 0xFFFF);
    number(size >> 16);
    const std::filesystem::path file = Write("image.dcm", ReadSmallFile(WriteReference()).value() + dataset);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) + size);
    return file;
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("open-" + RandomHex(8));
  std::unique_ptr<spool::Spool> spool_;
  security::Keys keys_;
  security::PartnerKey self_;  // who writes these mails, as a partner
  std::string fingerprint_;
  std::unique_ptr<OpenProcess> process_;
};

TEST_F(OpenProcessTest, OpensAMailInTheSandbox) {
  const std::filesystem::path mail =
      WriteMail({{Write("a", "first part"), "application/pdf", "a.pdf"}, {Write("b", "second"), "text/plain", "b"}});
  ASSERT_EQ(process_->Begin({mail})->from, "b@test.example");
  const Result<OpenedContent> content = process_->Open(&self_);
  ASSERT_TRUE(content) << content.error().code << content.error().detail;
  ASSERT_EQ(content->messages.at(0).parts.size(), 2U);
  EXPECT_EQ(*ReadSmallFile(content->messages.at(0).parts[0].file), "first part");
  EXPECT_EQ(content->messages.at(0).parts[1].leaf.content_type, "text/plain");
  EXPECT_EQ(content->messages.at(0).reply.set->id, "set.1");
  ASSERT_EQ(content->messages.at(0).reply.opened.signatures.size(), 1U);
  EXPECT_EQ(content->messages.at(0).reply.opened.signatures[0].status, SignatureStatus::valid);
  EXPECT_EQ(content->messages.at(0).reply.opened.signatures[0].signer, fingerprint_);
}

TEST_F(OpenProcessTest, EndLeavesNothingInSpoolWork) {
  ASSERT_TRUE(process_->Begin({WriteMail({{Write("a", "x"), "text/plain", "a"}})}));
  ASSERT_TRUE(process_->Open(&self_));
  EXPECT_FALSE(std::filesystem::is_empty(directory_ / "spool" / "work"));
  process_->End();
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "spool" / "work"));
}

TEST_F(OpenProcessTest, OpensOneMailAfterTheOther) {
  for (int i = 0; i < 5; ++i) {
    const std::string text = "part " + std::to_string(i);
    ASSERT_TRUE(process_->Begin({WriteMail({{Write("p" + std::to_string(i), text), "text/plain", "a"}})}));
    const Result<OpenedContent> content = process_->Open(&self_);
    ASSERT_TRUE(content) << content.error().code;
    EXPECT_EQ(*ReadSmallFile(content->messages.at(0).parts.at(0).file), text);
    process_->End();
  }
}

TEST_F(OpenProcessTest, SaysWhatAMailIs) {
  EXPECT_EQ(process_->Begin({Write("m", "From: x@y.example\r\n\r\nhello\r\n")})->kind, mime::MailKind::plain);
}

TEST_F(OpenProcessTest, ReadsAPlainReceipt) {
  ASSERT_EQ(process_->Begin({WritePlain(Mdn())})->kind, mime::MailKind::report);
  const Result<ReportReply> report = process_->ReadReport(&self_);
  ASSERT_TRUE(report && report->report);
  EXPECT_EQ(report->report->verdict, mime::Verdict::displayed);
  EXPECT_EQ(report->report->message_ids.at(0), "original@test.example");
  EXPECT_TRUE(report->signatures.empty());
}

TEST_F(OpenProcessTest, ChecksASignedReceipt) {
  ASSERT_EQ(process_->Begin({WritePlain(Sign(Mdn(), Mdn()))})->kind, mime::MailKind::report);
  EXPECT_EQ(process_->ReadReport(&self_)->signatures.at(0).status, SignatureStatus::bad);
  process_->End();
  const std::string entity = Mdn();
  ASSERT_TRUE(process_->Begin({WritePlain(Sign(entity, entity))}));
  const Result<ReportReply> report = process_->ReadReport(&self_);
  ASSERT_TRUE(report && report->report);
  EXPECT_EQ(report->signatures.at(0).status, SignatureStatus::valid);
}

TEST_F(OpenProcessTest, EncryptedReceiptHasNoParts) {
  StringSource inner(Mdn());
  ASSERT_EQ(process_->Begin({Seal(inner)})->kind, mime::MailKind::encrypted);
  const Result<OpenedContent> content = process_->Open(&self_);
  ASSERT_TRUE(content && content->messages.at(0).reply.report);
  EXPECT_EQ(content->messages.at(0).reply.report->kind, mime::ReportKind::mdn);
  EXPECT_TRUE(content->messages.at(0).parts.empty());
  EXPECT_EQ(content->messages.at(0).reply.opened.signatures.at(0).hash, "SHA256");
}

TEST_F(OpenProcessTest, SignedEntityInsideIsCheckedByLineEndsAsTheyShouldBeAndAsTheyAre) {
  const std::string entity = "Content-Type: text/plain\n\nline ends are bare\n";
  std::string canonical;
  for (const char c : entity) canonical += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& signed_bytes : {canonical, entity}) {
    StringSource inner(Sign(entity, signed_bytes));
    ASSERT_TRUE(process_->Begin({Seal(inner, false)}));
    const Result<OpenedContent> content = process_->Open(&self_);
    ASSERT_TRUE(content) << content.error().code;
    ASSERT_EQ(content->messages.at(0).reply.opened.signatures.size(), 1U);
    EXPECT_EQ(content->messages.at(0).reply.opened.signatures[0].status, SignatureStatus::valid);
    process_->End();
  }
}

TEST_F(OpenProcessTest, TellsWhereInsideTheEncryptionAReceiptIsAskedFor) {
  mime::InnerEntity entity;
  entity.set = {"set.1", 1, 1};
  entity.parts = {{Write("a", "x"), "text/plain", "a"}};
  entity.content_id = "content@test.example";
  entity.pgp_receipt_to = "b@test.example";
  ASSERT_TRUE(process_->Begin({Seal(**mime::OpenInnerEntity(entity))}));
  const Result<OpenedContent> content = process_->Open(&self_);
  ASSERT_TRUE(content && content->messages.at(0).reply.receipt);
  EXPECT_EQ(content->messages.at(0).reply.receipt->to, "b@test.example");
  EXPECT_EQ(content->messages.at(0).reply.receipt->content_id, "content@test.example");
}

TEST_F(OpenProcessTest, JoinedContentIsAFileOfItsOwn) {
  const std::string text = *ReadSmallFile(WriteMail({{Write("a", "x"), "text/plain", "a"}}));
  const std::size_t middle = text.find("\r\n", text.size() / 2) + 2;
  const auto fragment = [&](int number, const std::string& body) {
    return Write("f" + std::to_string(number),
                 "From: b@test.example\r\nMIME-Version: 1.0\r\nContent-Type: message/partial; id=\"x\"; number=" +
                     std::to_string(number) + "; total=2\r\n\r\n" + body);
  };
  const std::filesystem::path first = fragment(1, text.substr(0, middle));
  const std::filesystem::path second = fragment(2, text.substr(middle));
  ASSERT_EQ(process_->Begin({first})->kind, mime::MailKind::partial);
  EXPECT_TRUE(process_->joined_file().empty());
  process_->End();
  ASSERT_EQ(process_->Begin({first, second})->kind, mime::MailKind::encrypted);
  EXPECT_NE(ReadSmallFile(process_->joined_file())->find(text.substr(middle)), std::string::npos);
  EXPECT_TRUE(process_->Open(&self_));
  process_->End();
  EXPECT_TRUE(process_->joined_file().empty());
}

// Of all children that this process has: /proc/PID/task/TID.
std::vector<std::filesystem::path> ThreadsOfWorkers() {
  std::vector<std::filesystem::path> threads;
  for (const auto& ours : std::filesystem::directory_iterator("/proc/self/task")) {
    std::istringstream children(ReadSmallFile(ours.path() / "children").value());
    for (std::string child; children >> child;) {
      for (const auto& thread : std::filesystem::directory_iterator("/proc/" + child + "/task")) {
        threads.push_back(thread.path());
      }
    }
  }
  return threads;
}

// Botan's as well, which RSA takes.
TEST_F(OpenProcessTest, EveryThreadOfAWorkerIsInTheSandbox) {
  if (kSanitized) GTEST_SKIP() << "sanitizers start threads";
  security::Keys rsa;
  rsa.own.push_back({SecurityKind::openpgp,
                     "main",
                     "",
                     {},
                     Secret(*ReadSmallFile(TEST_DATA_DIR "/mails/keys/receiver-rsa.secret.asc"))});
  OpenProcess process({GATEWAY_BINARY}, rsa, *spool_);
  ASSERT_TRUE(process.Begin({WritePlain("Content-Type: text/plain\r\n\r\nx\r\n")}));
  const std::vector<std::filesystem::path> threads = ThreadsOfWorkers();
  EXPECT_GE(threads.size(), 2U);
  for (const std::filesystem::path& thread : threads) {
    const std::string status = *ReadSmallFile(thread / "status");
    EXPECT_NE(status.find("\nSeccomp:\t2\n"), std::string::npos) << status;
    EXPECT_NE(status.find("\nNoNewPrivs:\t1\n"), std::string::npos) << status;
  }
}

// A worker opens one mail after the other, each of another partner.
TEST_F(OpenProcessTest, EachMailCountsItsOwnPartnersSignaturesOnly) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  const openpgp::GeneratedKey key = *openpgp::GenerateKey("C <c@test.example>", "", 0);
  const security::PartnerKey other = security::PartnerKeyOf(key, "c");
  const std::pair<const security::PartnerKey*, SignatureStatus> cases[] = {
      {&self_, SignatureStatus::valid},        {&other, SignatureStatus::unknown_key}, {&self_, SignatureStatus::valid},
      {nullptr, SignatureStatus::unknown_key}, {&other, SignatureStatus::unknown_key},
  };
  for (const auto& [partner, expected] : cases) {
    ASSERT_TRUE(process_->Begin({mail}));
    const Result<OpenedContent> content = process_->Open(partner);
    ASSERT_TRUE(content) << content.error().code << " " << content.error().detail;
    ASSERT_EQ(content->messages.at(0).reply.opened.signatures.size(), 1U);
    EXPECT_EQ(content->messages.at(0).reply.opened.signatures[0].status, expected);
    process_->End();
  }
}

TEST_F(OpenProcessTest, TenThousandFragmentsAreOneMail) {
  constexpr std::size_t kFragments = 10'000;
  rlimit descriptors{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  if (descriptors.rlim_max < kFragments + 100) GTEST_SKIP() << "a process may not open so many files here";
  std::string text = *ReadSmallFile(WritePlain("Content-Type: text/plain\r\n\r\nbegin\r\n"));
  std::vector<std::filesystem::path> files;
  for (std::size_t number = 1; number <= kFragments; ++number) {
    const std::string name = std::to_string(number);
    text += number == 1 ? "" : name + "\r\n";
    files.push_back(Write("f" + name,
                          "From: b@test.example\r\nMIME-Version: 1.0\r\nContent-Type: message/partial; "
                          "id=\"x\"; number=" +
                              name + "; total=10000\r\n\r\n" + (number == 1 ? text : name + "\r\n")));
  }
  const Result<mime::Envelope> envelope = process_->Begin(files);
  ASSERT_TRUE(envelope) << envelope.error().code << " " << envelope.error().detail;
  EXPECT_EQ(envelope->kind, mime::MailKind::plain);
  const std::string joined = *ReadSmallFile(process_->joined_file());
  EXPECT_TRUE(joined.ends_with(text.substr(text.find("begin")))) << joined.substr(0, 500);
}

TEST_F(OpenProcessTest, OnlyFragmentOfItsMessageIsJoinedAtOnce) {
  std::string text = *ReadSmallFile(WriteMail({{Write("a", "x"), "text/plain", "a"}}));
  const auto enclose = [](const std::string& mail) {
    return "From: b@test.example\r\nContent-Type: message/partial; id=\"x\"; number=1; total=1\r\n\r\n" + mail;
  };
  const std::filesystem::path once = Write("once", enclose(text));
  ASSERT_EQ(process_->Begin({Write("twice", enclose(enclose(text)))})->kind, mime::MailKind::encrypted);
  EXPECT_TRUE(process_->Open(&self_));
  process_->End();
  for (int depth = 0; depth < 40; ++depth) text = enclose(text);
  EXPECT_EQ(process_->Begin({Write("deep", text)}).error().code, "mime-too-deep");
  process_->End();
  EXPECT_EQ(process_->Begin({once})->kind, mime::MailKind::encrypted);
  EXPECT_FALSE(process_->joined_file().empty());
}

TEST_F(OpenProcessTest, ReadsAHeaderInTheSandbox) {
  EXPECT_EQ(process_->ReadHeader(WriteReference())->study_instance_uid, "1.2.3");
  process_->End();
  EXPECT_EQ(process_->ReadHeader(Write("text", "no DICOM")).error().code, "not-dicom");
}

TEST_F(OpenProcessTest, ReadsTextByTheCharacterSetOfItsProgram) {
  const std::filesystem::path file = WriteReference("\xBB\xEE\xDA");
  EXPECT_EQ(process_->ReadHeader(file)->study_description, "»îÚ");
  OpenProcess cyrillic({GATEWAY_BINARY, "ISO_IR 144"}, keys_, *spool_);
  EXPECT_EQ(cyrillic.ReadHeader(file)->study_description, "Люк");
}

TEST_F(OpenProcessTest, ConvertsInTheSandbox) {
  const std::filesystem::path document = Write("d", "%PDF-1.4\n%%EOF\n");
  const Result<ConvertedDocument> none =
      process_->Convert(Write("text", "no such kind"), document, {"text/plain", "b", "00", "title"});
  EXPECT_EQ(none.error().code, "document-not-convertible");
  EXPECT_EQ(none.error().detail, "plain text, RTF or the like: no DICOM object is made of it, whatever its length");
  process_->End();
  const Result<ConvertedDocument> unusable =
      process_->Convert(document, Write("reference", "no DICOM"), {"application/pdf", "b", "00", "title"});
  ASSERT_FALSE(unusable);
  EXPECT_EQ(unusable.error().fault, Fault::corrupt);
  process_->End();
  const Result<ConvertedDocument> pdf =
      process_->Convert(document, WriteReference(), {"application/pdf", "b", "00", "title"});
  ASSERT_TRUE(pdf) << pdf.error().code << pdf.error().detail;
  EXPECT_EQ(pdf->header.study_instance_uid, "1.2.3");
  EXPECT_EQ(ReadSmallFile(pdf->file)->substr(128, 4), "DICM");
}

TEST_F(OpenProcessTest, CorruptMailIsCorrupt) {
  std::string text = *ReadSmallFile(WriteMail({{Write("a", std::string(5000, 'x')), "text/plain", "a"}}));
  text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  ASSERT_TRUE(process_->Begin({Write("damaged", text)}));
  const Result<OpenedContent> content = process_->Open(&self_);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, "openpgp-damaged") << content.error().detail;
  EXPECT_EQ(content.error().fault, Fault::corrupt);
}

// A worker that does as its name says: hostile_worker.cc.
class HostileWorkerTest : public OpenProcessTest {
 protected:
  std::unique_ptr<OpenProcess> Hostile(const std::string& what, const OpenTimes& times = kQuick) {
    std::filesystem::create_symlink(std::filesystem::read_symlink("/proc/self/exe"), directory_ / what);
    return std::make_unique<OpenProcess>(WorkerProgram{directory_ / what}, keys_, *spool_, times);
  }
  std::filesystem::path AnyMail() { return Write("m", "From: x@y.example\r\n\r\nhello\r\n"); }

  static constexpr OpenTimes kQuick{Milliseconds(kSanitized ? 20'000 : 5'000), Milliseconds(20'000),
                                    Milliseconds(20'000)};
  // For one that asks for more files than it may have, which takes long where sanitizers and other
  // tests run.
  static constexpr OpenTimes kPatient{Milliseconds(200'000), Milliseconds(200'000), Milliseconds(200'000)};
  static const OpenTimes& TimesFor(const std::string& what) { return what.starts_with("endless") ? kPatient : kQuick; }
};

TEST_F(HostileWorkerTest, SaysNothingThatIsBelieved) {
  const std::filesystem::path mail = AnyMail();
  for (const std::string what :
       {"garbage", "deep", "deepest", "other-answer", "missing-fields", "huge-numbers", "line-in-address", "line-in-id",
        "descriptors", "bad-code", "endless-files", "deaf", "crash"}) {
    const std::unique_ptr<OpenProcess> hostile = Hostile(what, TimesFor(what));
    const Result<mime::Envelope> envelope = hostile->Begin({mail});
    ASSERT_FALSE(envelope) << what;
    EXPECT_EQ(envelope.error().code, "open-worker-died") << what << ": " << envelope.error().detail;
    EXPECT_EQ(envelope.error().fault, Fault::corrupt);
    hostile->End();
    EXPECT_TRUE(std::filesystem::is_empty(directory_ / "spool" / "work")) << what;
  }
}

// RNP and our streams say so where the limit of their process is met: as long as it stood for a
// want of the machine's such a mail was tried for days.
TEST_F(HostileWorkerTest, OneThatRunsOutOfMemoryCostsTheMailAndItself) {
  const std::unique_ptr<OpenProcess> hostile = Hostile("out-of-memory");
  const std::filesystem::path mail = AnyMail();
  const Result<mime::Envelope> envelope = hostile->Begin({mail});
  EXPECT_EQ(envelope.error().code, "open-out-of-memory");
  EXPECT_EQ(envelope.error().fault, Fault::corrupt);
  EXPECT_TRUE(OpenProcess::SaysWorkerEnded(envelope.error()));
  EXPECT_TRUE(ThreadsOfWorkers().empty()) << "the next mail is not to meet what is left of it";
}

TEST_F(HostileWorkerTest, MakesUpNoPart) {
  const std::filesystem::path mail = AnyMail();
  for (const std::string what :
       {"unknown-file", "beyond-the-end", "other-size", "no-uid", "line-in-type", "same-file-twice", "endless-parts",
        "part-before-message", "part-of-the-unreadable", "endless-messages", "transient-leftover"}) {
    if (kSanitized && what == "endless-parts") continue;  // 64 MB of JSON: minutes
    const std::unique_ptr<OpenProcess> hostile = Hostile(what, TimesFor(what));
    ASSERT_TRUE(hostile->Begin({mail})) << what;
    const Result<OpenedContent> content = hostile->Open(&self_);
    ASSERT_FALSE(content) << what;
    EXPECT_EQ(content.error().code, "open-worker-died") << what << ": " << content.error().detail;
  }
  const std::unique_ptr<OpenProcess> honest = Hostile("honest");
  ASSERT_TRUE(honest->Begin({mail}));
  EXPECT_TRUE(honest->Open(&self_));
}

TEST_F(HostileWorkerTest, IsEndedWhenItsTimeIsUp) {
  const std::filesystem::path mail = AnyMail();
  OpenTimes times = kQuick;
  times.open = Milliseconds(700);
  EXPECT_EQ(Hostile("sleep", times)->Begin({mail}).error().code, "open-timeout");
  times = kQuick;
  times.computing = Milliseconds(300);
  EXPECT_EQ(Hostile("spin", times)->Begin({mail}).error().code, "open-cpu-time");
}

TEST_F(HostileWorkerTest, OneThatDoesNotStartCostsNoMail) {
  OpenTimes times = kQuick;
  times.start = Milliseconds(300);
  const Result<mime::Envelope> envelope = Hostile("silent", times)->Begin({AnyMail()});
  EXPECT_EQ(envelope.error().code, "open-worker-start");
  EXPECT_EQ(envelope.error().fault, Fault::transient);
}

// The destructor would wait for ever.
TEST_F(HostileWorkerTest, IsEndedWithItsDaemon) {
  const std::unique_ptr<OpenProcess> hostile = Hostile("immortal");
  EXPECT_TRUE(hostile->Begin({AnyMail()}));
}

// Returns when it is dead.
void EndWorkerBy(const std::string& signal) {
  ASSERT_EQ(std::system(("pkill -" + signal + " -P " + std::to_string(::getpid()) + " open-worker").c_str()), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
}

TEST_F(OpenProcessTest, DeathCostsOneMailOnly) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  ASSERT_TRUE(process_->Begin({mail}));
  EndWorkerBy("SEGV");
  const Result<OpenedContent> content = process_->Open(&self_);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, "open-worker-died");
  EXPECT_EQ(content.error().fault, Fault::corrupt);
  process_->End();
  ASSERT_TRUE(process_->Begin({mail}));
  EXPECT_TRUE(process_->Open(&self_));
}

// By a person, or by the kernel for want of memory.
TEST_F(OpenProcessTest, WhoKillsAWorkerBlamesNoMail) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  ASSERT_TRUE(process_->Begin({mail}));
  EndWorkerBy("KILL");
  const Result<OpenedContent> content = process_->Open(&self_);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, "open-worker-killed");
  EXPECT_EQ(content.error().fault, Fault::transient);
}

TEST_F(OpenProcessTest, OneThatDiedIdleIsReplaced) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  ASSERT_TRUE(process_->Begin({mail}));
  process_->End();
  EndWorkerBy("KILL");
  ASSERT_TRUE(process_->Begin({mail}));
  EXPECT_TRUE(process_->Open(&self_));
}

// It neither computes on nor waits for somebody.
TEST_F(OpenProcessTest, WorkerDiesWithTheDaemonEvenWhenItIsStopped) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    OpenProcess process({GATEWAY_BINARY}, keys_, *spool_);
    if (!process.Begin({mail})) ::_exit(1);
    const std::string stop = "pkill -STOP -P " + std::to_string(::getpid()) + " open-worker; pgrep -P " +
                             std::to_string(::getpid()) + " open-worker >&" + std::to_string(ends[1]);
    if (std::system(stop.c_str()) != 0) ::_exit(1);
    while (true) ::pause();
  }
  char number[32]{};
  ASSERT_GT(::read(ends[0], number, sizeof number - 1), 0);
  const std::filesystem::path worker = std::filesystem::path("/proc") / std::to_string(std::stoi(number));
  EXPECT_TRUE(std::filesystem::exists(worker));
  ::kill(daemon, SIGKILL);
  ::waitpid(daemon, nullptr, 0);
  while (std::filesystem::exists(worker)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  for (const int end : ends) ::close(end);
}

// Nothing of the daemon's surroundings, neither its environment nor where it writes.
TEST_F(OpenProcessTest, WorkerHasNoEnvironmentAndNoTerminal) {
  if (kSanitized) GTEST_SKIP() << "sanitizers are told by the environment where to write";
  ::setenv("SECRET_OF_THE_DAEMON", "x", 1);
  ASSERT_TRUE(process_->Begin({Write("m", "From: x@y.example\r\n\r\nhello\r\n")}));
  const std::string look =
      "pid=$(pgrep -P " + std::to_string(::getpid()) +
      " open-worker); ! grep -q SECRET /proc/$pid/environ && "
      "test $(readlink /proc/$pid/fd/1) = /dev/null && test $(readlink /proc/$pid/fd/2) = /dev/null";
  EXPECT_EQ(std::system(look.c_str()), 0);
}

TEST_F(OpenProcessTest, ABombIsStoppedAndTheNextMailPasses) {
  StringSource zeros(std::string(64 << 20, '\0'));
  openpgp::Keyring keyring = security::RingWith(KeyOfB());
  StringSink bomb;
  ASSERT_TRUE(mime::WriteEncryptedMessage(
      Header(),
      [&](Sink& armored) {
        return keyring.Seal(zeros, {fingerprint_, {fingerprint_}, Compression::zlib}, armored);
      },
      bomb));
  OpenTimes times;
  times.computing = Milliseconds(20);
  OpenProcess process({GATEWAY_BINARY}, keys_, *spool_, times);
  const std::filesystem::path mail = Write("bomb", bomb.text());
  ASSERT_TRUE(process.Begin({mail}));
  EXPECT_EQ(process.Open(&self_).error().code, "open-cpu-time");
  process.End();
  EXPECT_EQ(process_->Begin({mail})->kind, mime::MailKind::encrypted);
  EXPECT_TRUE(process_->Open(&self_));
}

// In the sandbox, whose address space is smaller than the image and its coded copies together.
TEST_F(OpenProcessTest, ABigMultiFrameImageIsCodedAndDecoded) {
  constexpr std::size_t kFrame = std::size_t{1024} * 1024 * 2;
  // Sanitizers have no limit of memory to meet.
  constexpr std::size_t kFrames = kSanitized ? 20 : 480;
  const std::filesystem::path image = WriteImage(1024, 1024, kFrames);
  for (const Coding coding : {Coding::rle, Coding::deflated}) {
    const auto coded = process_->Code(image, coding);
    ASSERT_TRUE(coded) << coded.error().code << coded.error().detail;
    ASSERT_FALSE(coded->file.empty()) << coded->why;
    EXPECT_LT(coded->header.file_size, kFrame * kFrames / 10);
    const std::filesystem::path kept = directory_ / "coded";
    std::filesystem::rename(coded->file, kept);
    process_->End();
    const auto decoded = process_->Code(kept, Coding::uncompressed);
    ASSERT_TRUE(decoded) << decoded.error().code << decoded.error().detail;
    EXPECT_EQ(decoded->header.file_size, std::filesystem::file_size(image)) << decoded->why;
    process_->End();
  }
}

TEST_F(OpenProcessTest, AMammogramIsCodedInItsMemory) {
  const std::filesystem::path image = WriteImage(4096, 5120, 1);
  for (const Coding coding : {Coding::jpeg_ls, Coding::jpeg2000_lossless, Coding::jpeg_lossless}) {
    const auto coded = process_->Code(image, coding);
    ASSERT_TRUE(coded) << NameOf(coding) << coded.error().code << coded.error().detail;
    EXPECT_FALSE(coded->file.empty()) << NameOf(coding) << coded->why;
    process_->End();
  }
  const auto none = process_->Code(image, Coding::uncompressed);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->file.empty());
  EXPECT_EQ(none->why, "it is not compressed");
  EXPECT_EQ(process_->Code(Write("no.dcm", "x"), Coding::rle).error().code, "not-dicom");
}

TEST_F(OpenProcessTest, TermToTheGroupDoesNotEndIt) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  ASSERT_TRUE(process_->Begin({mail}));
  ASSERT_EQ(std::system(("pkill -TERM -P " + std::to_string(::getpid()) + " open-worker").c_str()), 0);
  EXPECT_TRUE(process_->Open(&self_));
}

}  // namespace
}  // namespace gateway::opener
