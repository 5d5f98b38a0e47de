#include "mail/smtp_client.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/files.h"
#include "mail_servers.h"
#include "support/errors.h"

namespace gateway::mail::test {
namespace {

class SmtpClientTest : public ::testing::Test {
 protected:
  // The log comes late on a busy machine: what the tests before this one did stands there before it
  // begins.
  void SetUp() override {
    ASSERT_TRUE(Eventually([] {
      const std::string log = Log("postfix.log");
      return Count(log, "]: connect from") == Count(log, "]: disconnect from");
    }));
  }
  // The code of the error with which a mail to `to` fails.
  static std::string Failure(SmtpClient& client, const std::string& to = UserB()) {
    const auto sent = Send(client, Mail("x\r\n"), to);
    return sent ? "sent" : sent.error().code;
  }
  static std::size_t Connections() { return Count(Log("postfix.log"), "]: connect from"); }

  static std::string Lines(std::size_t bytes) {
    std::string lines;
    while (lines.size() < bytes) lines += std::string(62, 'x') + "\r\n";
    return lines;
  }

  TemporaryDirectory directory_;
};

TEST_F(SmtpClientTest, SendsOverStartTlsAndReturnsTheReply) {
  SmtpClient client(Smtp(directory_));
  const std::string mail = Mail("hello\r\n");
  const auto reply = Send(client, mail);
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_TRUE(reply->starts_with("250 2.0.0 Ok: queued as ")) << *reply;
  EXPECT_TRUE(Arrived(mail));
}

TEST_F(SmtpClientTest, SendsOverSmtps) {
  SmtpSettings settings = Smtp(directory_);
  settings.url = "smtps://localhost:" + Environment("MAIL_SMTPS_PORT");
  SmtpClient client(settings);
  const std::string mail = Mail("hello\r\n");
  ASSERT_TRUE(Send(client, mail));
  EXPECT_TRUE(Arrived(mail));
}

TEST_F(SmtpClientTest, KeepsTheConnectionBetweenMails) {
  const std::size_t before = Connections();
  SmtpClient client(Smtp(directory_));
  const auto start = std::chrono::steady_clock::now();
  constexpr int kMails = 50;
  const std::string lines = Lines(512 * 1024);
  for (int i = 0; i < kMails; ++i) ASSERT_TRUE(Send(client, Mail(lines)));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  RecordProperty("mails_of_512_KiB_per_second", std::to_string(kMails / seconds.count()));
  EXPECT_TRUE(Eventually([&] { return Connections() > before; }));
  EXPECT_EQ(Connections() - before, 1U);
}

TEST_F(SmtpClientTest, StuffsDotsRightWhereverTheyStand) {
  SmtpClient client(Smtp(directory_));
  for (const std::string& body :
       {std::string(".\r\n"), std::string("..\r\n.\r\n\r\n.\r\n"), std::string(".a\r\n.b\r\n"),
        std::string("\r\n.\r\n."), std::string("a.\r\n..a\r\n...\r\n")}) {
    const std::string mail = Mail(body);
    ASSERT_TRUE(Send(client, mail));
    EXPECT_TRUE(Arrived(mail + (mail.ends_with("\r\n") ? "" : "\r\n"))) << body;
  }
}

TEST_F(SmtpClientTest, StuffsDotsRightInLargeMails) {
  SmtpClient client(Smtp(directory_));
  std::string body;
  while (body.size() < 3'000'000) body += body.size() % 5 == 0 ? "..dot\r\n" : ".\r\n...x\r\n";
  const std::string mail = Mail(body);
  ASSERT_TRUE(Send(client, mail));
  EXPECT_TRUE(Arrived(mail));
}

// A source that gives as little at a time as it can.
class OneByteSource : public StringSource {
 public:
  using StringSource::StringSource;
  Result<std::size_t> Read(std::span<char> buffer) override { return StringSource::Read(buffer.subspan(0, 1)); }
};

TEST_F(SmtpClientTest, StuffsDotsRightByteByByte) {
  SmtpClient client(Smtp(directory_));
  const std::string mail = Mail(".\r\n..\r\n\r\n.\r\na\r\n.");
  OneByteSource source(mail);
  ASSERT_TRUE(client.Send({.from = UserA(), .to = UserB()}, source, mail.size()));
  EXPECT_TRUE(Arrived(mail + "\r\n"));
}

TEST_F(SmtpClientTest, SendsFromTheNullSender) {
  SmtpClient client(PlainSmtp());
  const std::string mail = Mail("a receipt\r\n");
  StringSource source(mail);
  ASSERT_TRUE(client.Send({.from = "", .to = UserB()}, source, mail.size()));
  ASSERT_TRUE(Arrived(mail));
  EXPECT_TRUE(Eventually([] { return Count(Log("postfix.log"), "from=<>") == 1; }));
}

TEST_F(SmtpClientTest, ABounceNamesTheEnvelopeIdAndHoldsTheHeaderOnly) {
  SmtpClient client(Smtp(directory_));
  const std::string mail = Mail("what-the-body-says\r\n");
  StringSource source(mail);
  const std::string id = "4711+x=y@a.example";
  ASSERT_TRUE(
      client.Send({.from = UserB(), .to = "bounced@hospital-b.example", .envelope_id = id}, source, mail.size()));
  std::string bounce;
  ASSERT_TRUE(Eventually([&] {
    for (const std::string& stored : StoredMails()) {
      if (Count(stored, "Original-Envelope-Id: " + id + "\r\n") > 0) bounce = stored;
    }
    return !bounce.empty();
  }));
  EXPECT_EQ(Count(bounce, "Action: failed"), 1U);
  EXPECT_EQ(Count(bounce, mail.substr(0, mail.find("\r\n"))), 1U);
  EXPECT_EQ(Count(bounce, "what-the-body-says"), 0U);
}

TEST_F(SmtpClientTest, NobodyIsToldOfABounceFromTheNullSender) {
  SmtpSettings settings = Smtp(directory_);
  settings.url = "smtps://localhost:" + Environment("MAIL_SMTPS_PORT");
  SmtpClient client(settings);
  const std::string mail = Mail("a receipt\r\n");
  StringSource source(mail);
  ASSERT_TRUE(client.Send({.from = "", .to = UserB(), .envelope_id = "4712@a.example"}, source, mail.size()));
  const std::string rcpt = ": RCPT TO:<" + UserB() + "> NOTIFY=";
  EXPECT_TRUE(Eventually([&] { return Count(Log("postfix.log"), rcpt + "NEVER") == 1; }));
  EXPECT_EQ(Count(Log("postfix.log"), "ENVID=4712@a.example"), 0U);
  ASSERT_TRUE(Send(client, Mail("no receipt\r\n")));
  EXPECT_TRUE(Eventually([&] { return Count(Log("postfix.log"), rcpt + "FAILURE,DELAY") >= 1; }));
}

TEST_F(SmtpClientTest, AnOverlongEnvelopeIdIsLeftOut) {
  SmtpClient client(Smtp(directory_));
  const std::string mail = Mail("x\r\n");
  StringSource source(mail);
  EXPECT_TRUE(client.Send({.from = UserA(), .to = UserB(), .envelope_id = std::string(101, 'x')}, source, mail.size()));
}

TEST_F(SmtpClientTest, AnUnknownRecipientIsRefused) {
  SmtpClient client(Smtp(directory_));
  const auto sent = Send(client, Mail("x\r\n"), "unknown@hospital-b.example");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::permanent);
  EXPECT_EQ(sent.error().code, "smtp-refused");
  EXPECT_TRUE(sent.error().detail.starts_with("550 5.1.1 ")) << sent.error().detail;
  EXPECT_FALSE(ConcernsWholeServer(sent.error()));
}

TEST_F(SmtpClientTest, ABusyRecipientIsDeferred) {
  SmtpClient client(Smtp(directory_));
  const auto sent = Send(client, Mail("x\r\n"), "deferred@hospital-b.example");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::transient);
  EXPECT_EQ(sent.error().code, "smtp-deferred");
  EXPECT_TRUE(sent.error().detail.starts_with("450 4.2.1 ")) << sent.error().detail;
  EXPECT_FALSE(ConcernsWholeServer(sent.error()));
}

TEST_F(SmtpClientTest, TheReplyToTheMessageCounts) {
  SmtpClient client(Smtp(directory_));
  const auto deferred = Send(client, Mail("x\r\n"), "deferred-at-end@hospital-b.example");
  ASSERT_FALSE(deferred);
  EXPECT_EQ(deferred.error().code, "smtp-deferred");
  EXPECT_TRUE(deferred.error().detail.starts_with("450 4.3.0 ")) << deferred.error().detail;
  const auto refused = Send(client, Mail("x\r\n"), "refused-at-end@hospital-b.example");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "smtp-refused");
  EXPECT_TRUE(refused.error().detail.starts_with("550 5.7.1 ")) << refused.error().detail;
}

TEST_F(SmtpClientTest, AMessageBeyondTheAnnouncedSizeIsTooLargeAndNotRead) {
  SmtpClient client(Smtp(directory_));
  StringSource source("never read");
  const auto sent = client.Send({.from = UserA(), .to = UserB()}, source, 60'000'001);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::permanent);
  EXPECT_EQ(sent.error().code, "smtp-too-large");
  std::array<char, 20> rest{};
  EXPECT_EQ(*source.Read(rest), 10U);
}

TEST_F(SmtpClientTest, AMessageThatTheServerFindsTooLargeAtItsEndIsTooLarge) {
  SmtpClient client(PlainSmtp("MAIL_IMPATIENT_SMTP_PORT"));
  const auto sent = Send(client, Mail(std::string(70, 'x') + "\r\n" + Lines(1'000'000)));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::permanent);
  EXPECT_EQ(sent.error().code, "smtp-too-large");
  EXPECT_TRUE(sent.error().detail.starts_with("552 5.3.4 ")) << sent.error().detail;
}

TEST_F(SmtpClientTest, GoesOnOnTheSameConnectionAfterARefusal) {
  const std::size_t before = Connections();
  SmtpClient client(Smtp(directory_));
  for (const char* name : {"unknown", "deferred", "deferred-at-end", "refused-at-end"}) {
    EXPECT_NE(Failure(client, std::string(name) + "@hospital-b.example"), "sent");
    EXPECT_EQ(Failure(client), "sent") << name;
  }
  EXPECT_TRUE(Eventually([&] { return Connections() > before; }));
  EXPECT_EQ(Connections() - before, 1U);
}

TEST_F(SmtpClientTest, SpeaksToServersWithoutPipeliningAndDsn) {
  SmtpClient client(PlainSmtp("MAIL_IMPATIENT_SMTP_PORT"));
  EXPECT_EQ(Failure(client, "unknown@hospital-b.example"), "smtp-refused");
  EXPECT_EQ(Failure(client, "deferred@hospital-b.example"), "smtp-deferred");
  const std::string mail = Mail("hello\r\n");
  ASSERT_TRUE(Send(client, mail));
  EXPECT_TRUE(Arrived(mail));
}

TEST_F(SmtpClientTest, AWrongPasswordFailsTheLogin) {
  SmtpSettings settings = Smtp(directory_);
  settings.password_file = directory_.Write("wrong", "not-the-password");
  SmtpClient client(settings);
  const auto sent = Send(client, Mail("x\r\n"));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::transient);
  EXPECT_EQ(sent.error().code, "smtp-login-failed");
  EXPECT_TRUE(sent.error().detail.starts_with("535 5.7.8 ")) << sent.error().detail;
  EXPECT_TRUE(ConcernsWholeServer(sent.error()));
}

TEST_F(SmtpClientTest, AChangedPasswordNeedsNoRestart) {
  SmtpSettings settings = Smtp(directory_);
  settings.password_file = directory_.Write("changing", "not-the-password");
  SmtpClient client(settings);
  EXPECT_EQ(Failure(client), "smtp-login-failed");
  directory_.Write("changing", Environment("MAIL_PASSWORD_A") + "\r\n");
  EXPECT_EQ(Failure(client), "sent");
}

TEST_F(SmtpClientTest, AMissingPasswordFileFailsTheLogin) {
  SmtpSettings settings = Smtp(directory_);
  settings.password_file = directory_.path() / "missing";
  SmtpClient client(settings);
  EXPECT_EQ(Failure(client), "smtp-login-failed");
}

TEST_F(SmtpClientTest, ACertificateOfAnotherCaFailsTls) {
  for (const char* port : {"MAIL_SMTP_PORT", "MAIL_SMTPS_PORT"}) {
    SmtpSettings settings = Smtp(directory_);
    settings.url =
        (port == std::string("MAIL_SMTP_PORT") ? "smtp://localhost:" : "smtps://localhost:") + Environment(port);
    settings.ca_file = Environment("MAIL_WRONG_CA_FILE");
    SmtpClient client(settings);
    EXPECT_EQ(Failure(client), "smtp-tls-failed") << port;
  }
}

TEST_F(SmtpClientTest, ACertificateOfAnotherHostFailsTls) {
  SmtpSettings settings = Smtp(directory_);
  settings.url = "smtp://mail.localhost:" + Environment("MAIL_SMTP_PORT");  // libcurl resolves it to loopback
  SmtpClient client(settings);
  EXPECT_EQ(Failure(client), "smtp-tls-failed");
}

TEST_F(SmtpClientTest, InsecureTakesAnyCertificate) {
  SmtpSettings settings = Smtp(directory_);
  settings.url = "smtp://mail.localhost:" + Environment("MAIL_SMTP_PORT");
  settings.ca_file = Environment("MAIL_WRONG_CA_FILE");
  settings.insecure = true;
  SmtpClient client(settings);
  EXPECT_EQ(Failure(client), "sent");
}

TEST_F(SmtpClientTest, AMissingStartTlsFailsBeforeAnythingIsSaid) {
  SmtpSettings settings = Smtp(directory_);
  settings.url = "smtp://localhost:" + Environment("MAIL_PLAIN_SMTP_PORT");
  SmtpClient client(settings);
  const std::string before = Log("postfix.log");
  EXPECT_EQ(Failure(client), "smtp-tls-failed");
  ASSERT_TRUE(
      Eventually([&] { return Log("postfix.log").find("disconnect from", before.size()) != std::string::npos; }));
  const std::string dialogue = Log("postfix.log").substr(before.size());
  EXPECT_EQ(Count(dialogue, " mail="), 0U) << dialogue;
  EXPECT_EQ(Count(dialogue, " auth="), 0U) << dialogue;
}

TEST_F(SmtpClientTest, ASilentServerIsATimeOut) {
  const SilentServer server("smtp");
  SmtpSettings settings = Smtp(directory_);
  settings.url = server.url();
  settings.timeout = Seconds(1);
  SmtpClient client(settings);
  EXPECT_EQ(Failure(client), "smtp-timeout");
}

TEST_F(SmtpClientTest, AClosedPortIsUnreachable) {
  SmtpSettings settings = Smtp(directory_);
  settings.url = DeadUrl("smtp");
  SmtpClient client(settings);
  const auto sent = Send(client, Mail("x\r\n"));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::transient);
  EXPECT_EQ(sent.error().code, "smtp-unreachable");
  EXPECT_TRUE(ConcernsWholeServer(sent.error()));
}

TEST_F(SmtpClientTest, RepeatsWhenTheServerHungUpOnAnIdleConnection) {
  SmtpClient client(PlainSmtp("MAIL_IMPATIENT_SMTP_PORT"));
  const std::size_t before = Count(Log("postfix.log"), "timeout after");
  ASSERT_EQ(Failure(client), "sent");
  ASSERT_TRUE(Eventually([&] { return Count(Log("postfix.log"), "timeout after") > before; }));
  EXPECT_EQ(Failure(client), "sent");
}

TEST_F(SmtpClientTest, AStrangerIsRefused) {
  SmtpSettings settings = Smtp(directory_);
  settings.username.clear();
  SmtpClient client(settings);
  EXPECT_EQ(Failure(client), "smtp-refused");
}

// Fails after its first bytes.
class FailingSource : public Source {
 public:
  Result<std::size_t> Read(std::span<char> buffer) override {
    if (std::exchange(begun_, true)) return Transient("disk-error", "gone");
    const std::string_view text = "Subject: half\r\n\r\nhalf-of-it\r\n";
    return text.copy(buffer.data(), buffer.size());
  }

 private:
  bool begun_ = false;
};

TEST_F(SmtpClientTest, AMessageWhoseSourceFailsIsNotSent) {
  SmtpClient client(Smtp(directory_));
  FailingSource source;
  const auto sent = client.Send({.from = UserA(), .to = UserB()}, source, 1000);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "disk-error");
  ASSERT_EQ(Failure(client), "sent");
  const std::string mail = Mail("after it\r\n");
  ASSERT_TRUE(Send(client, mail));
  ASSERT_TRUE(Arrived(mail));
  for (const auto& stored : StoredMails()) EXPECT_EQ(Count(stored, "half-of-it"), 0U);
}

TEST_F(SmtpClientTest, AMessageOfAnotherSizeThanAnnouncedIsNotSent) {
  SmtpClient client(Smtp(directory_));
  for (const int difference : {-1, 1}) {
    const std::string mail = Mail("cut short\r\n");
    StringSource source(mail);
    const auto sent = client.Send({.from = UserA(), .to = UserB()}, source, mail.size() + difference);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, "smtp-size-mismatch");
  }
}

TEST_F(SmtpClientTest, AddressesCannotHoldCommands) {
  SmtpClient client(PlainSmtp());
  for (const char* address : {"", "a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", "<a@b.example>"}) {
    EXPECT_EQ(Failure(client, address), "smtp-refused") << address;
  }
}

}  // namespace
}  // namespace gateway::mail::test
