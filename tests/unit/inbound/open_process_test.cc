// The daemon's side against the real open worker: the gateway's own program, in its sandbox.
#include "inbound/open_process.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/random_text.h"
#include "crypto/key_files.h"
#include "mime/mail_writer.h"

namespace gateway::inbound {
namespace {

class OpenProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    GatewaySettings settings;
    settings.state_dir = directory_;
    spool_ = std::move(spool::Spool::Open(settings)).value();
    const crypto::GeneratedKey key = *crypto::GenerateKey("B <b@test.example>", "secret", 0);
    fingerprint_ = key.info.fingerprint;
    keys_.secret_keys.push_back({fingerprint_, key.secret_armored, "secret"});
    process_ = std::make_unique<OpenProcess>(GATEWAY_BINARY, keys_, *spool_);
  }
  void TearDown() override {
    process_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::filesystem::path Write(const std::string& name, const std::string& content) {
    std::ofstream(directory_ / name, std::ios::binary) << content;
    return directory_ / name;
  }

  // A mail from ourselves to ourselves with these parts.
  std::filesystem::path WriteMail(const std::vector<mime::PartFile>& parts) {
    crypto::Keyring keyring = *crypto::MakeKeyring(keys_);
    mime::InnerEntity entity;
    entity.set = {"set.1", 1, 1};
    entity.parts = parts;
    const std::unique_ptr<Source> inner = *mime::OpenInnerEntity(entity);
    StringSink mail;
    const Result<void> written = mime::WriteEncryptedMessage(
        {"b@test.example", "b@test.example", "DICOM-eMail", "1@test.example", Time(Milliseconds(0)), entity.set, ""},
        [&](Sink& armored) {
          return keyring.Seal(*inner, {fingerprint_, {fingerprint_}, {}}, armored);
        },
        mail);
    EXPECT_TRUE(written.ok());
    return Write("mail-" + RandomHex(4) + ".eml", mail.text());
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("open-" + RandomHex(8));
  std::unique_ptr<spool::Spool> spool_;
  crypto::KeyMaterial keys_;
  std::string fingerprint_;
  std::unique_ptr<OpenProcess> process_;
};

TEST_F(OpenProcessTest, OpensAMailInTheSandbox) {
  const std::filesystem::path mail =
      WriteMail({{Write("a", "first part"), "application/pdf", "a.pdf"}, {Write("b", "second"), "text/plain", "b"}});
  ASSERT_EQ(process_->Begin({mail})->from, "b@test.example");
  const Result<OpenedContent> content = process_->Open();
  ASSERT_TRUE(content) << content.error().code << content.error().detail;
  ASSERT_EQ(content->parts.size(), 2U);
  EXPECT_EQ(*ReadSmallFile(content->parts[0].file), "first part");
  EXPECT_EQ(content->parts[1].leaf.content_type, "text/plain");
  EXPECT_EQ(content->report.set->id, "set.1");
  ASSERT_EQ(content->report.opened.signatures.size(), 1U);
  EXPECT_EQ(content->report.opened.signatures[0].status, crypto::SignatureStatus::valid);
  EXPECT_EQ(content->report.opened.signatures[0].fingerprint, fingerprint_);
}

TEST_F(OpenProcessTest, EndLeavesNothingInSpoolWork) {
  ASSERT_TRUE(process_->Begin({WriteMail({{Write("a", "x"), "text/plain", "a"}})}));
  ASSERT_TRUE(process_->Open());
  EXPECT_FALSE(std::filesystem::is_empty(directory_ / "spool" / "work"));
  process_->End();
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "spool" / "work"));
}

TEST_F(OpenProcessTest, OpensOneMailAfterTheOther) {
  for (int i = 0; i < 5; ++i) {
    const std::string text = "part " + std::to_string(i);
    ASSERT_TRUE(process_->Begin({WriteMail({{Write("p" + std::to_string(i), text), "text/plain", "a"}})}));
    const Result<OpenedContent> content = process_->Open();
    ASSERT_TRUE(content) << content.error().code;
    EXPECT_EQ(*ReadSmallFile(content->parts.at(0).file), text);
    process_->End();
  }
}

TEST_F(OpenProcessTest, SaysWhatAMailIs) {
  EXPECT_EQ(process_->Begin({Write("m", "From: x@y.example\r\n\r\nhello\r\n")})->kind, mime::MailKind::plain);
}

TEST_F(OpenProcessTest, CorruptMailIsCorrupt) {
  std::string text = *ReadSmallFile(WriteMail({{Write("a", std::string(5000, 'x')), "text/plain", "a"}}));
  text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  ASSERT_TRUE(process_->Begin({Write("damaged", text)}));
  const Result<OpenedContent> content = process_->Open();
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().fault, Fault::corrupt);
}

TEST_F(OpenProcessTest, DeathCostsOneMailOnly) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  ASSERT_TRUE(process_->Begin({mail}));
  ASSERT_EQ(std::system(("pkill -KILL -P " + std::to_string(::getpid()) + " open-worker").c_str()), 0);
  const Result<OpenedContent> content = process_->Open();
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, "open-worker-died");
  process_->End();
  ASSERT_TRUE(process_->Begin({mail}));
  EXPECT_TRUE(process_->Open());
}

TEST_F(OpenProcessTest, TermToTheGroupDoesNotEndIt) {
  const std::filesystem::path mail = WriteMail({{Write("a", "x"), "text/plain", "a"}});
  ASSERT_TRUE(process_->Begin({mail}));
  ASSERT_EQ(std::system(("pkill -TERM -P " + std::to_string(::getpid()) + " open-worker").c_str()), 0);
  EXPECT_TRUE(process_->Open());
}

}  // namespace
}  // namespace gateway::inbound
