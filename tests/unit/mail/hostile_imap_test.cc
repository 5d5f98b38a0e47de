// What an IMAP server may say.
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <limits>
#include <vector>

#include "base/files.h"
#include "base/sanitizers.h"
#include "lying_server.h"
#include "mail/imap_client.h"
#include "mail_servers.h"

namespace gateway::mail::test {
namespace {

constexpr std::size_t kMostMemory = 80'000'000;  // the longest line that is read has 16 MB
constexpr std::uint64_t kLongestMail = 1'000'000;
const std::string kMail = "Subject: x\r\n\r\nfive\r\n";

std::string Answered(const std::string& command) {
  if (command.starts_with("CAPABILITY")) return "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS\r\n";
  if (command.starts_with("SELECT")) return "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n";
  if (command.starts_with("UID SEARCH")) return "* SEARCH 5\r\n";
  if (command.starts_with("UID FETCH")) {
    return "* 1 FETCH (UID 5 BODY[] {" + std::to_string(kMail.size()) + "}\r\n" + kMail + ")\r\n";
  }
  return {};
}

// Tags are those of libcurl ("A001") up to the login, and ours ("g1") from there on. The answer to
// DONE is IDLE's.
void SpeakImap(LyingServer& server) {
  if (!server.Answer("", "* OK mx.example\r\n")) return;
  std::string idle;
  for (std::string line = server.Line(); !line.empty(); line = server.Line()) {
    const std::string tag = line.substr(0, line.find(' '));
    const std::string command = line.substr(tag.size() + 1 > line.size() ? 0 : tag.size() + 1);
    if (command.starts_with("IDLE")) idle = tag;
    const std::string done = (line == "DONE\r\n" ? idle : tag) + " OK done\r\n";
    // By whatever tag: a client may ask once more.
    const std::string& told = command.starts_with("UID FETCH") ? command : line;
    if (!server.Answer(told, command.starts_with("IDLE") ? "+ idling\r\n" : Answered(command) + done)) return;
  }
}

const std::array<std::string, 4> kOurs{"g1 CAPABILITY", "g2 SELECT", "g3 UID SEARCH", "UID FETCH"};
const std::array<std::string, 3> kCurls{"", "A001 CAPABILITY", "A002 "};

ImapSettings SettingsFor(const LyingServer& server, const TemporaryDirectory& directory, Seconds timeout = Seconds(1)) {
  ImapSettings settings;
  settings.url = server.url();
  settings.tls = TlsMode::none;
  settings.username = "b";
  settings.password_file = directory.Write("password", "secret\n");
  settings.timeout = timeout;
  return settings;
}

// What becomes of a mail: its text, or the error.
Result<std::string> Fetched(const LyingServer& server, Seconds timeout = Seconds(1)) {
  const TemporaryDirectory directory;
  ImapClient client(SettingsFor(server, directory, timeout));
  GATEWAY_ASSIGN(const FolderState folder, client.List());
  StringSink sink;
  GATEWAY_ASSIGN([[maybe_unused]] const FetchedMail mail,
                 client.Fetch(folder.uids.empty() ? 5 : folder.uids.front(), sink, kLongestMail));
  return sink.text();
}

struct Outcome {
  Result<std::string> mail;
  bool hung_up;  // we, before the server did
};

Outcome OutcomeOf(const std::string& where, Lie lie, Seconds timeout = Seconds(1)) {
  LyingServer server("imap", SpeakImap, where, std::move(lie));
  auto mail = Fetched(server, timeout);
  EXPECT_TRUE(server.lied()) << where;
  return {std::move(mail), server.client_hung_up()};
}

// With a sanitizer some of these floods take longer than the time of an answer: a bound on size
// must end them all.
constexpr Seconds kLongEnough{60};

// Ends by our own doing, in bounded memory.
void ExpectEnd(const std::string& where, Lie lie, const std::string& code, const std::string& name) {
  ForgetPeakMemory();
  const std::size_t before = PeakMemory();
  const Outcome outcome = OutcomeOf(where, std::move(lie), kLongEnough);
  ASSERT_FALSE(outcome.mail) << where << " " << name;
  EXPECT_EQ(outcome.mail.error().code, code) << where << " " << name << outcome.mail.error().detail;
  EXPECT_EQ(outcome.mail.error().fault, Fault::transient);
  EXPECT_TRUE(outcome.hung_up) << where << " " << name;
  if (!kSanitized) {
    EXPECT_LT(PeakMemory(), before + kMostMemory) << where << " " << name;
  }
}

TEST(HostileImap, TheServerOfTheseTestsIsOtherwiseRight) {
  const LyingServer server("imap", SpeakImap, "never", Once(""));
  const auto mail = Fetched(server);
  ASSERT_TRUE(mail) << mail.error().code << mail.error().detail;
  EXPECT_EQ(*mail, kMail);
}

TEST(HostileImap, ALineWithoutEndIsAnError) {
  for (const std::string& where : kOurs) {
    ExpectEnd(where, Endless("x", "* OK "), "imap-connection-lost", "x");
    ExpectEnd(where, Endless("* OK {1}\r\nx"), "imap-connection-lost", "literals");
  }
}

TEST(HostileImap, AnAnswerWithoutEndIsAnError) {
  for (const std::string& where : kOurs) {
    ExpectEnd(where, Endless("* OK x\r\n"), "imap-connection-lost", "untagged");
    ExpectEnd(where, Endless("+ x\r\n"), "imap-connection-lost", "continuations");
  }
}

TEST(HostileImap, CapabilitiesAreBounded) {
  std::string words;
  for (int i = 0; i < 1500; ++i) words += " X";
  const std::string line = "* CAPABILITY" + words + "\r\n";
  ExpectEnd("g1 CAPABILITY", Endless(line), "imap-connection-lost", "lines");
  for (const std::string& many : {line, "* CAPABILITY " + std::string(1'000'000, 'X') + "\r\n"}) {
    const Outcome outcome = OutcomeOf("g1 CAPABILITY", Once(many + "g1 OK done\r\n"));
    ASSERT_FALSE(outcome.mail);
    EXPECT_EQ(outcome.mail.error().detail, "capabilities without end");
  }
}

// Each is within the time-out of the one before.
TEST(HostileImap, AServerThatDripsIsATimeOut) {
  std::vector<std::pair<std::string, Lie>> lies;
  for (const std::string& where : kCurls) lies.emplace_back(where, Dripping("* OK x\r\n"));
  for (const std::string& where : kOurs) {
    lies.emplace_back(where, Dripping("* OK x\r\n"));
    lies.emplace_back(where, Dripping("x", "* OK "));
    lies.emplace_back(where, Dripping("* OK {1}\r\nx\r\n"));
    lies.emplace_back(where, Dripping("x", "* 1 FETCH (UID 5 BODY[] {900000}\r\n"));
  }
  std::vector<std::future<Outcome>> outcomes;
  outcomes.reserve(lies.size());
  for (const auto& [where, lie] : lies)
    outcomes.push_back(std::async(std::launch::async, OutcomeOf, where, lie, Seconds(1)));
  for (std::size_t i = 0; i < lies.size(); ++i) {
    const Outcome outcome = outcomes[i].get();
    ASSERT_FALSE(outcome.mail) << i;
    EXPECT_EQ(outcome.mail.error().code, "imap-timeout") << i << lies[i].first << outcome.mail.error().detail;
    EXPECT_TRUE(outcome.hung_up) << i << lies[i].first;
  }
}

TEST(HostileImap, AMailThatIsTooLargeIsNotBegun) {
  for (const std::uint64_t length :
       {kLongestMail + 1, std::uint64_t{1} << 40, std::numeric_limits<std::uint64_t>::max()}) {
    const std::string head = "* 1 FETCH (UID 5 BODY[] {" + std::to_string(length) + "}\r\n";
    const Outcome outcome = OutcomeOf("UID FETCH", Endless("x", head));
    ASSERT_FALSE(outcome.mail);
    EXPECT_EQ(outcome.mail.error().code, "imap-too-large");
    EXPECT_TRUE(outcome.hung_up) << length;
  }
}

TEST(HostileImap, LiteralsThatNobodyAskedForAreBounded) {
  ExpectEnd("UID FETCH", Endless("x", "* 1 FETCH (X {4294967296}\r\n"), "imap-connection-lost", "one");
  const std::string half = "* 1 FETCH (X {600000}\r\n" + std::string(600'000, 'x') + " Y {600000}\r\n";
  ExpectEnd("UID FETCH", Endless("x", half), "imap-connection-lost", "two");
}

// Slow, and yet each 16 KiB come within the time-out.
TEST(HostileImap, ASlowMailIsNoFailure) {
  const std::string piece(4000, 'x');
  const auto slowly = [piece](int socket, const std::stop_token&) {
    SendAll(socket, "* 1 FETCH (UID 5 BODY[] {400000}\r\n");
    for (int i = 0; i < 100; ++i) {
      SendAll(socket, piece);
      std::this_thread::sleep_for(Milliseconds(30));
    }
    return SendAll(socket, ")\r\ng4 OK done\r\n");
  };
  const Outcome outcome = OutcomeOf("UID FETCH", slowly);
  ASSERT_TRUE(outcome.mail) << outcome.mail.error().code << outcome.mail.error().detail;
  EXPECT_EQ(outcome.mail->size(), 400'000U);
}

TEST(HostileImap, IdleEndsWhatNeverEnds) {
  for (const std::string where : {"g3 IDLE", "DONE"}) {
    for (const Lie& lie : {Dripping("* OK x\r\n"), Endless("* OK x\r\n")}) {
      const TemporaryDirectory directory;
      LyingServer server("imap", SpeakImap, where, lie);
      {
        ImapIdle idle(SettingsFor(server, directory));
        auto wake = idle.Wait(Milliseconds(100));
        while (wake) wake = idle.Wait(Milliseconds(100));
        EXPECT_TRUE(wake.error().code.starts_with("imap-")) << wake.error().code;
      }
      EXPECT_TRUE(server.client_hung_up()) << where;
    }
  }
}

// A server that never stops talking must not keep a stop of the gateway waiting.
TEST(HostileImap, IdleIsInterruptedInAFlood) {
  const TemporaryDirectory directory;
  LyingServer server("imap", SpeakImap, "g3 IDLE", [](int socket, const std::stop_token&) {
    bool taken = SendAll(socket, "+ idling\r\n");
    for (int i = 0; taken && i < 20'000'000; ++i) taken = SendAll(socket, "* OK x\r\n* 1 EXISTS\r\n");
    return taken;
  });
  {
    ImapIdle idle(SettingsFor(server, directory));
    ASSERT_TRUE(idle.Wait(Milliseconds(1000)));
    idle.Interrupt();
    const auto wake = idle.Wait(Milliseconds(600'000));
    ASSERT_TRUE(wake) << wake.error().code;
    EXPECT_EQ(*wake, ImapIdle::Wake::timeout);
  }
  EXPECT_TRUE(server.client_hung_up());
}

}  // namespace
}  // namespace gateway::mail::test
