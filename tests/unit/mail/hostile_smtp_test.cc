// What an SMTP server may say: it is outside input like any other. The server is a real one as far as TCP goes, and
// follows the protocol but for one reply.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/files.h"
#include "base/sanitizers.h"
#include "mail/smtp_client.h"
#include "mail_servers.h"

namespace gateway::mail::test {
namespace {

constexpr std::size_t kEnough = 200'000'000;     // bytes of what has no end
constexpr std::size_t kMostMemory = 24'000'000;  // that the client may take, beside its mail
constexpr std::size_t kLargeMail = 20'000'000;   // more than all buffers on the way take

// What the server sends instead of a reply, before it closes the connection.
using Lie = std::function<void(int socket, const std::stop_token& stop)>;

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Lie Once(std::string text) {
  return [text = std::move(text)](int socket, const std::stop_token&) { SendAll(socket, text); };
}

// `start`, then `piece` for ever, or as good as.
Lie Endless(const std::string& piece, const std::string& start = "") {
  std::string many;
  while (many.size() < 100'000) many += piece;
  return [start, many](int socket, const std::stop_token&) {
    bool taken = SendAll(socket, start);
    for (std::size_t sent = 0; taken && sent < kEnough; sent += many.size()) taken = SendAll(socket, many);
  };
}

// The client, which waits for a second, has always just got something.
Lie Dripping(const std::string& piece) {
  return [piece](int socket, const std::stop_token& stop) {
    while (!stop.stop_requested() && SendAll(socket, piece)) std::this_thread::sleep_for(Milliseconds(50));
  };
}

// And reads nothing more.
Lie Deaf(const std::string& reply) {
  return [reply](int socket, const std::stop_token& stop) {
    SendAll(socket, reply);
    while (!stop.stop_requested()) std::this_thread::sleep_for(Milliseconds(10));
  };
}

class LyingServer {
 public:
  // It lies where it answers a command that begins with `where`; "": in the greeting; ".": to a message.
  LyingServer(std::string where, Lie lie) : where_(std::move(where)), lie_(std::move(lie)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    url_ = "smtp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) {
      for (UniqueFd client = Take(); client; client = Take()) {
        Talk(client.get(), stop);
        client.Reset();
      }
    });
  }
  ~LyingServer() {
    thread_.request_stop();
    ::shutdown(listener_.get(), SHUT_RDWR);
  }
  LyingServer(const LyingServer&) = delete;
  LyingServer& operator=(const LyingServer&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] bool lied() const { return lied_; }

 private:
  UniqueFd Take() { return UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

  void Talk(int client, const std::stop_token& stop) {
    buffer_.clear();
    if (!Answer(client, "", "220 mx.example ESMTP\r\n", stop)) return;
    for (std::string line = Line(client); !line.empty(); line = Line(client)) {
      const bool data = line.starts_with("DATA");
      if (!Answer(client, line, data ? "354 go on\r\n" : "250 ok\r\n", stop)) return;
      while (data && !line.empty() && line != ".\r\n") line = Line(client);
      if (data && !Answer(client, ".", "250 taken\r\n", stop)) return;
    }
  }

  // False: the connection is to be closed.
  bool Answer(int client, std::string_view line, std::string_view reply, const std::stop_token& stop) {
    if (where_.empty() ? !line.empty() : !line.starts_with(where_)) return SendAll(client, reply);
    lied_ = true;
    lie_(client, stop);
    return false;
  }

  // Empty: the client is gone.
  std::string Line(int client) {
    std::array<char, 65'536> bytes{};
    std::size_t end = buffer_.find('\n');
    for (; end == std::string::npos; end = buffer_.find('\n')) {
      const ssize_t count = ::recv(client, bytes.data(), bytes.size(), 0);
      if (count <= 0) return {};
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    std::string line = buffer_.substr(0, end + 1);
    buffer_.erase(0, end + 1);
    return line;
  }

  const std::string where_;
  const Lie lie_;
  UniqueFd listener_;
  std::string url_;
  std::string buffer_;
  std::atomic<bool> lied_ = false;
  std::jthread thread_;
};

// From here on the system counts anew.
void ForgetPeakMemory() {
  std::ofstream("/proc/self/clear_refs") << 5;
}

std::size_t PeakMemory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  std::size_t kilobytes = 0;
  status >> kilobytes;
  return kilobytes * 1024;
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
  const LyingServer server(where, std::move(lie));
  SmtpClient client(SettingsFor(server));
  StringSource source(mail);
  auto sent = client.Send({.from = "a@a.example", .to = "b@b.example"}, source, mail.size());
  EXPECT_TRUE(server.lied());
  if (!kSanitized) {
    EXPECT_LT(PeakMemory(), before + kMostMemory);
  }
  return sent;
}

// Nothing is known of the mail: it waits for another try. Before there was a mail, it is the server that waits.
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
