// What IMAP servers in the field do that is no lie: mails listed and not handed out, sizes that are
// wrong, logins by the LOGIN command only.
#include <gtest/gtest.h>

#include <future>

#include "base/files.h"
#include "gateway/settings.h"
#include "lying_server.h"
#include "mail/imap_client.h"
#include "mail_servers.h"

namespace gateway::mail::test {
namespace {

struct Ways {
  std::string offers = "AUTH=PLAIN SASL-IR";
  std::string authenticate = "OK in";  // the answer to AUTHENTICATE
  std::string login = "OK in";         // to LOGIN
  std::string fetch{};                 // untagged responses
};

// Ends when the client does.
LyingServer::Dialogue Speaking(const Ways& ways) {
  return [ways](LyingServer& server) {
    if (!server.Answer("", "* OK mx.example\r\n")) return;
    for (std::string line = server.Line(); !line.empty(); line = server.Line()) {
      const std::string tag = line.substr(0, line.find(' '));
      const std::string command = line.substr(tag.size() + 1);
      std::string answer = "OK done";
      std::string untagged;
      if (command.starts_with("CAPABILITY")) untagged = "* CAPABILITY IMAP4rev1 " + ways.offers + "\r\n";
      if (command.starts_with("AUTHENTICATE")) answer = ways.authenticate;
      if (command.starts_with("LOGIN")) answer = ways.login;
      if (command.starts_with("SELECT")) untagged = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 6] \r\n";
      if (command.starts_with("UID SEARCH")) untagged = "* SEARCH 5\r\n";
      if (command.starts_with("UID FETCH")) untagged = ways.fetch;
      if (!server.Answer(command, untagged + tag + " " + answer + "\r\n")) return;
    }
  };
}

class ImapOddities : public ::testing::Test {
 protected:
  void Start(const Ways& ways) { server_.emplace("imap", Speaking(ways), "never", Once("")); }
  ImapSettings Settings() {
    ImapSettings settings;
    settings.url = server_->url();
    settings.tls = TlsMode::none;
    settings.username = "b";
    settings.password_file = directory_.Write("password", "secret\n");
    settings.timeout = Seconds(5);
    return settings;
  }
  Result<FetchedMail> Fetch(const std::string& fetch) {
    Start({.fetch = fetch});
    ImapClient client(Settings());
    GATEWAY_ASSIGN([[maybe_unused]] const FolderState folder, client.List());
    text_ = {};
    return client.Fetch(5, text_, 1000);
  }
  std::string FetchError(const std::string& fetch) {
    const auto fetched = Fetch(fetch);
    return fetched ? "none" : fetched.error().code;
  }
  // Returns how the login ends, as the detail of the error says.
  std::string Login(const Ways& ways) {
    Start(ways);
    const auto listed = ImapClient(Settings()).List();
    return listed ? "" : listed.error().code + ": " + listed.error().detail;
  }

  TemporaryDirectory directory_;
  std::optional<LyingServer> server_;
  StringSink text_;
};

TEST_F(ImapOddities, AMailThatIsListedAndNotHandedOut) {
  EXPECT_EQ(FetchError(""), "imap-gone");
  EXPECT_EQ(FetchError("* 1 FETCH (UID 5 BODY[] NIL)\r\n"), "imap-gone");
  EXPECT_EQ(FetchError("* 1 FETCH (UID 5 RFC822.SIZE 900 BODY[] NIL)\r\n"), "imap-gone");
  EXPECT_EQ(FetchError("* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n"), "imap-gone");
  EXPECT_EQ(FetchError("* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n"), "imap-no-data");
  EXPECT_EQ(FetchError("* 1 FETCH (UID 5 BODY[] \"\")\r\n"), "imap-no-data");
}

TEST_F(ImapOddities, TheSizeThatTheServerNames) {
  const auto before = Fetch("* 1 FETCH (UID 5 RFC822.SIZE 900 BODY[] {4}\r\nabcd)\r\n");
  ASSERT_TRUE(before);
  EXPECT_EQ(before->bytes, 4U);
  EXPECT_EQ(before->named_size, 900U);
  EXPECT_EQ(text_.text(), "abcd");
  EXPECT_EQ(Fetch("* 1 FETCH (BODY[] {4}\r\nabcd UID 5 RFC822.SIZE 4)\r\n")->named_size, 4U);
  EXPECT_EQ(Fetch("* 1 FETCH (UID 5 RFC822.SIZE 7)\r\n* 1 FETCH (UID 5 BODY[] {4}\r\nabcd)\r\n")->named_size, 7U);
  EXPECT_EQ(Fetch("* 1 FETCH (UID 5 BODY[] {4}\r\nabcd)\r\n")->named_size, std::nullopt);
}

TEST_F(ImapOddities, TheConnectionIsGoodAfterAnEmptyMail) {
  Start({.fetch = "* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n"});
  ImapClient client(Settings());
  ASSERT_TRUE(client.List());
  EXPECT_FALSE(client.Fetch(5, text_, 1000));
  const auto again = client.List();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->uids, std::vector<std::uint32_t>{5});
}

TEST_F(ImapOddities, TheLoginCommandIsTriedWhereNothingElseLetsUsIn) {
  EXPECT_EQ(Login({.offers = "AUTH=GSSAPI AUTH=NTLM"}), "");
  EXPECT_EQ(Login({.offers = ""}), "");
  EXPECT_EQ(Login({.authenticate = "NO not by this way"}), "");
  EXPECT_EQ(Login({.authenticate = "BAD unknown command"}), "");
  EXPECT_EQ(Login({.authenticate = "NO [UNAVAILABLE] no directory for this mechanism"}), "");
}

TEST_F(ImapOddities, NoLoginCommandWhereItIsOffOrThePasswordWasChecked) {
  EXPECT_NE(Login({.offers = "AUTH=GSSAPI LOGINDISABLED"}), "");
  EXPECT_NE(Login({.offers = "AUTH=PLAIN LOGINDISABLED", .authenticate = "NO not by this way"}), "");
  for (const char* code : {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "LIMIT", "CONTACTADMIN"}) {
    EXPECT_NE(Login({.authenticate = "NO [" + std::string(code) + "] wrong"}), "") << code;
  }
}

TEST_F(ImapOddities, AServerThatTakesNoPasswordSaysWhatItOffers) {
  const std::string detail = Login({.offers = "AUTH=XOAUTH2 AUTH=OAUTHBEARER LOGINDISABLED"});
  EXPECT_EQ(detail,
            "imap-login-failed: the server takes no password; it offers AUTH=XOAUTH2 AUTH=OAUTHBEARER "
            "LOGINDISABLED");
  const std::string refused = Login({.offers = "AUTH=XOAUTH2", .login = "NO LOGIN failed"});
  EXPECT_NE(refused.find("AUTH=XOAUTH2"), std::string::npos) << refused;
}

TEST_F(ImapOddities, AStopEndsWhatAMuteServerHoldsUp) {
  const SilentServer silent("imap");
  Start({});
  ImapSettings settings = Settings();
  settings.url = silent.url();
  settings.timeout = Seconds(3600);
  ImapClient client(settings);
  auto listed = std::async(std::launch::async, [&] { return client.List(); });
  client.Interrupt();
  EXPECT_EQ(listed.get().error().code, "interrupted");
}

}  // namespace
}  // namespace gateway::mail::test
