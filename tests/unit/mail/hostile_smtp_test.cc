// What an SMTP server may say.
#include <gtest/gtest.h>

#include <array>

#include "base/files.h"
#include "base/sanitizers.h"
#include "lying_server.h"
#include "mail/smtp_client.h"
#include "mail_servers.h"

namespace gateway::mail::test {
namespace {

constexpr std::size_t kMostMemory = 24'000'000;  // that the client may take, beside its mail
constexpr std::size_t kLargeMail = 20'000'000;   // more than all buffers on the way take

// The end of a message is answered like a command ".".
void SpeakSmtp(LyingServer& server) {
  if (!server.Answer("", "220 mx.example ESMTP\r\n")) return;
  for (std::string line = server.Line(); !line.empty(); line = server.Line()) {
    const bool data = line.starts_with("DATA");
    if (!server.Answer(line, data ? "354 go on\r\n" : "250 ok\r\n")) return;
    while (data && !line.empty() && line != ".\r\n") line = server.Line();
    if (data && !server.Answer(".", "250 taken\r\n")) return;
  }
}

SmtpSettings SettingsFor(const LyingServer& server) {
  SmtpSettings settings;
  settings.url = server.url();
  settings.tls = TlsMode::none;
  settings.timeout = Seconds(1);
  settings.reply_timeout = Seconds(1);
  return settings;
}

// What becomes of one mail that a server is given which lies; in bounded memory.
Result<std::string> Outcome(const std::string& where, Lie lie, std::size_t bytes = 1000) {
  const std::string line = std::string(78, 'x') + "\r\n";
  std::string mail = "Subject: x\r\n\r\n";
  while (mail.size() < bytes) mail += line;
  ForgetPeakMemory();
  const std::size_t before = PeakMemory();
  const LyingServer server("smtp", SpeakSmtp, where, std::move(lie));
  SmtpClient client(SettingsFor(server));
  StringSource source(mail);
  auto sent = client.Send({.from = "a@a.example", .to = "b@b.example"}, source, mail.size());
  EXPECT_TRUE(server.lied());
  if (!kSanitized) {
    EXPECT_LT(PeakMemory(), before + kMostMemory);
  }
  return sent;
}

// Nothing is known of the mail: it waits for another try. Before there was a mail, it is the server
// that waits.
void ExpectRetry(const std::string& where, const Result<std::string>& outcome, const std::string& lie) {
  ASSERT_FALSE(outcome) << where << " " << lie;
  const Error& error = outcome.error();
  EXPECT_EQ(error.fault, Fault::transient) << where << " " << lie << " " << error.code;
  EXPECT_TRUE(error.code.starts_with("smtp-")) << where << " " << lie << " " << error.code;
  EXPECT_EQ(ConcernsWholeServer(error), where.empty() || where == "EHLO") << where << " " << lie << " " << error.code;
  EXPECT_FALSE(error.detail.empty()) << where << " " << lie;
}

const std::array<std::string, 6> kEverywhere{"", "EHLO", "MAIL", "RCPT", "DATA", "."};

TEST(HostileSmtp, ALineWithoutEndIsAnError) {
  for (const std::string& where : kEverywhere) {
    ExpectRetry(where, Outcome(where, Endless("x", "250 ")), "x");
    ExpectRetry(where, Outcome(where, Endless(std::string(1, '\0'))), "NUL");
    ExpectRetry(where, Outcome(where, Endless("\xff\xfe", "250-")), "8 bit");
  }
}

TEST(HostileSmtp, AReplyWithoutEndIsAnError) {
  for (const std::string& where : kEverywhere) {
    ExpectRetry(where, Outcome(where, Endless("250-SIZE 1\r\n")), "short lines");
    ExpectRetry(where, Outcome(where, Endless("220-" + std::string(30'000, 'x') + "\r\n")), "long lines");
    ExpectRetry(where, Outcome(where, Endless("\r\n")), "empty lines");
  }
}

TEST(HostileSmtp, AServerThatDripsIsATimeOut) {
  for (const std::string& where : kEverywhere) {
    const auto outcome = Outcome(where, Dripping(where == "EHLO" || where == "." ? "250-x\r\n" : "2"));
    ExpectRetry(where, outcome, "drops");
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().code.ends_with("-timeout")) << where << outcome.error().code;
  }
}

TEST(HostileSmtp, AServerThatClosesAnywhereIsTriedAgain) {
  for (const std::string& where : kEverywhere) {
    for (const std::string said : {"", "2", "250", "250 ok", "250-more to come\r\n", "250-more to come\r\n250"}) {
      ExpectRetry(where, Outcome(where, Once(said)), said);
    }
  }
}

// Many servers say the reason first, and where to find help last.
TEST(HostileSmtp, AllLinesOfARefusalCount) {
  for (const std::string where : {"RCPT", "."}) {
    const auto full =
        Outcome(where, Once("550-5.2.2 The recipient is over quota\r\n550 5.2.2 see https://b.example\r\n"));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, "smtp-mailbox-full") << where;
    EXPECT_EQ(full.error().detail, "550 5.2.2 The recipient is over quota see https://b.example");
    const auto spam =
        Outcome(where, Once("554-5.7.1 This is spam\r\n554-\r\n554 message size limits: see our pages\r\n"));
    ASSERT_FALSE(spam);
    EXPECT_EQ(spam.error().code, "smtp-refused") << where;
  }
}

// What people read is cut; what is judged is not.
TEST(HostileSmtp, ALongRefusalCountsToItsLastLine) {
  std::string reply;
  for (int i = 0; i < 20; ++i) reply += "450-4.7.1 " + std::string(60, 'x') + "\r\n";
  reply += "450 4.7.1 the null envelope is not accepted\r\n";
  const LyingServer server("smtp", SpeakSmtp, "RCPT", Once(reply));
  SmtpClient client(SettingsFor(server));
  StringSource source("Subject: x\r\n\r\n");
  EXPECT_FALSE(client.refused());
  const auto sent = client.Send({.from = "", .to = "b@b.example"}, source, 14);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "smtp-deferred");
  EXPECT_LE(sent.error().detail.size(), 300U);
  ASSERT_TRUE(client.refused());
  EXPECT_EQ(client.refused()->at, RefusedAt::rcpt);
  EXPECT_TRUE(client.refused()->reply.ends_with("the null envelope is not accepted"));
  EXPECT_TRUE(MayConcernSender(sent.error(), client.refused()->at, client.refused()->reply));
  // Without a reply nothing was refused.
  EXPECT_FALSE(client.Send({.from = "", .to = "no address"}, source, 14));
  EXPECT_FALSE(client.refused());
}

TEST(HostileSmtp, RepliesThatMeanNothingAreErrors) {
  for (const std::string& where : kEverywhere) {
    for (const std::string said :
         {"000 no", "999 no", "199 no", "-50 no", "2 50 ok", "25", "2500 ok", "250ok", "OK", ""}) {
      ExpectRetry(where, Outcome(where, Once(said + "\r\n")), said);
    }
    ExpectRetry(where, Outcome(where, Once(std::string("\0\0\0\0\r\n", 6))), "NUL");
    ExpectRetry(where, Outcome(where, Once("\xb2\xb5\xb0 ok\r\n")), "8 bit");
  }
}

TEST(HostileSmtp, RepliesToAnotherCommandAreErrors) {
  ExpectRetry("MAIL", Outcome("MAIL", Once("354 go on\r\n")), "354");
  ExpectRetry("DATA", Outcome("DATA", Once("250 ok\r\n")), "250");
  ExpectRetry(".", Outcome(".", Once("354 go on\r\n")), "354");
}

TEST(HostileSmtp, AServerThatStopsListeningIsATimeOut) {
  const auto outcome = Outcome("DATA", Deaf("354 go on\r\n"), kLargeMail);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "smtp-message-timeout");
}

void SpeakSmtpWithLogin(LyingServer& server) {
  if (!server.Answer("", "220 mx.example ESMTP\r\n")) return;
  bool password = false;  // is the next line
  for (std::string line = server.Line(); !line.empty(); line = server.Line()) {
    std::string reply = password ? "235 ok\r\n" : "250 ok\r\n";
    if (line.starts_with("EHLO")) reply = "250-mx.example\r\n250 AUTH PLAIN\r\n";
    password = line == "AUTH PLAIN\r\n";
    if (password) reply = "334 \r\n";
    if (!server.Answer(line, reply)) return;
  }
}

// What Exchange says of the null sender; `step` gets it.
Error AskedToLogIn(const std::string& step, const std::string& from, bool with_login) {
  const LyingServer server("smtp", SpeakSmtpWithLogin, step,
                           Once("530 5.7.57 Client not authenticated to send anonymous mail\r\n"));
  const TemporaryDirectory directory;
  SmtpSettings settings = SettingsFor(server);
  if (with_login) {
    settings.username = "tele";
    settings.password_file = directory.Write("password", "secret");
  }
  SmtpClient client(settings);
  StringSource source("Subject: x\r\n\r\n");
  const auto sent = client.Send({.from = from, .to = "b@b.example"}, source, 14);
  EXPECT_FALSE(sent);
  EXPECT_TRUE(server.lied());
  return sent ? Error{} : sent.error();
}

TEST(HostileSmtp, ALoginThatSucceededHasNotFailedForTheNullSender) {
  const Error refused = AskedToLogIn("MAIL FROM:<>", "", true);
  EXPECT_EQ(refused.code, "smtp-refused");
  EXPECT_EQ(refused.fault, Fault::permanent);
  EXPECT_FALSE(ConcernsWholeServer(refused));
  EXPECT_EQ(AskedToLogIn("RCPT", "", true).code, "smtp-refused");
  // Of our own address it concerns all mails, and without a login it says what is missing.
  EXPECT_EQ(AskedToLogIn("MAIL", "a@a.example", true).code, "smtp-login-failed");
  EXPECT_EQ(AskedToLogIn("MAIL", "", false).code, "smtp-login-failed");
}

// They go to the log and to the ledger.
TEST(HostileSmtp, ItsWordsAreMadeHarmless) {
  const std::string words = std::string("5.7.1 \x1b[2J\x00\x9b\xe2\x80\xae\xff", 16) + std::string(40'000, 'y');
  for (const std::string where : {"MAIL", "RCPT", "DATA", "."}) {
    const auto refused = Outcome(where, Once("550 " + words + "\r\n"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "smtp-refused") << where;
    EXPECT_TRUE(refused.error().detail.starts_with("550 5.7.1 ?[2J?????")) << refused.error().detail;
    EXPECT_LE(refused.error().detail.size(), 300U);
  }
  const auto taken = Outcome(".", Once("250 " + words + "\r\n"));
  ASSERT_TRUE(taken) << taken.error().code;
  EXPECT_TRUE(taken->starts_with("250 5.7.1 ?[2J?????")) << *taken;
  EXPECT_LE(taken->size(), 300U);
}

}  // namespace
}  // namespace gateway::mail::test
