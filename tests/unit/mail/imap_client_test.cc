#include "mail/imap_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "mail_servers.h"
#include "support/errors.h"

namespace gateway::mail::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ImapClientTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Doveadm("expunge -u " + UserB() + " mailbox INBOX ALL")); }
  std::vector<std::uint32_t> Uids(std::uint32_t above = 0) {
    const auto state = client_.List(above);
    EXPECT_TRUE(state);
    return state ? state->uids : std::vector<std::uint32_t>();
  }
  std::string Fetched(std::uint32_t uid) {
    StringSink sink;
    const auto mail = client_.Fetch(uid, sink, 1U << 30);
    if (!mail) return mail.error().code;
    EXPECT_EQ(mail->bytes, sink.text().size());
    EXPECT_EQ(mail->named_size, mail->bytes);
    return sink.text();
  }
  static std::string Failure(const ImapSettings& settings) {
    const auto state = ImapClient(settings).List();
    if (state) return "listed";
    EXPECT_EQ(state.error().fault, Fault::transient);
    return state.error().code;
  }

  TemporaryDirectory directory_;
  ImapClient client_{Imap(directory_)};
};

TEST_F(ImapClientTest, SeesNewMailsAtEachCall) {
  EXPECT_THAT(Uids(), IsEmpty());
  Deliver(Mail("one\r\n"));
  const auto one = Uids();
  ASSERT_THAT(one, SizeIs(1));
  Deliver(Mail("two\r\n"));
  EXPECT_THAT(Uids(), ElementsAre(one[0], one[0] + 1));
}

TEST_F(ImapClientTest, ListsOnlyWhatIsAbove) {
  Deliver(Mail("one\r\n"));
  Deliver(Mail("two\r\n"));
  const auto all = Uids();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_THAT(Uids(all[0]), ElementsAre(all[1]));
  EXPECT_THAT(Uids(all[1]), IsEmpty());  // where the server's "n:*" names the last mail all the same
  EXPECT_THAT(Uids(4294967295), IsEmpty());
}

TEST_F(ImapClientTest, TellsHowMailsAreMarked) {
  for (const char* field : {"", "Priority: urgent\r\n", "Priority: non-urgent\r\n", "PRIORITY:\r\n  Urgent\r\n",
                            "Priority: normal\r\n", "X-Note: urgent\r\n"}) {
    Deliver(field + Mail("text\r\n"));
  }
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(6));
  const auto marked = client_.Marked();
  ASSERT_TRUE(marked);
  EXPECT_THAT(marked->urgent, ElementsAre(uids[1], uids[3]));
  EXPECT_THAT(marked->non_urgent, ElementsAre(uids[2]));
  const auto later = client_.Marked(uids[2]);
  ASSERT_TRUE(later);
  EXPECT_THAT(later->urgent, ElementsAre(uids[3]));
  EXPECT_THAT(later->non_urgent, IsEmpty());
}

TEST_F(ImapClientTest, ListsNothingThatIsMarkedDeleted) {
  Deliver(Mail("one\r\n"));
  ASSERT_TRUE(Doveadm("flags add -u " + UserB() + " '\\Deleted' mailbox INBOX ALL"));
  EXPECT_THAT(Uids(), IsEmpty());
}

TEST_F(ImapClientTest, TellsTheUidValidityOverStartTlsToo) {
  ImapSettings settings = Imap(directory_);
  settings.url = "imap://localhost:" + Environment("MAIL_IMAP_PORT");
  const auto first = ImapClient(settings).List();
  const auto second = client_.List();
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_NE(first->uid_validity, 0U);
  EXPECT_EQ(first->uid_validity, second->uid_validity);
}

TEST_F(ImapClientTest, FetchesExactlyWhatTheServerStores) {
  Deliver(Mail("IMAP: )\r\n* 1 FETCH (BODY[] {3}\r\ng3 OK done\r\n+ go\r\n* BYE\r\n"));
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(1));
  EXPECT_THAT(StoredMails(), ElementsAre(Fetched(uids[0])));
}

TEST_F(ImapClientTest, FetchesLargeMails) {
  std::string body;
  while (body.size() < 20'000'000) body += "line " + std::to_string(body.size()) + "\r\n";
  Deliver(Mail(body));
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(1));
  const auto start = std::chrono::steady_clock::now();
  const std::string fetched = Fetched(uids[0]);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  RecordProperty("fetched_MB_per_second", std::to_string(static_cast<double>(fetched.size()) / 1e6 / seconds.count()));
  EXPECT_TRUE(StoredMails() == std::vector<std::string>{fetched});
}

TEST_F(ImapClientTest, AMailMayBeAskedForAhead) {
  Deliver(Mail("one\r\n"));
  Deliver(Mail("two\r\n"));
  Deliver(Mail("three\r\n"));
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(3));
  for (const std::size_t i : {0U, 2U, 1U}) {
    ASSERT_TRUE(client_.FetchAhead(uids[i]));
    EXPECT_EQ(Fetched(uids[i]), Fetched(uids[i]));
  }
  ASSERT_TRUE(client_.FetchAhead(uids.back() + 1));
  EXPECT_EQ(Fetched(uids.back() + 1), "imap-gone");
  EXPECT_THAT(Fetched(uids[1]), ::testing::HasSubstr("two"));
}

TEST_F(ImapClientTest, WhatWasAskedForAheadIsNotTakenForAnotherAnswer) {
  Deliver(Mail("one\r\n"));
  Deliver(Mail("two\r\n"));
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(2));
  ASSERT_TRUE(client_.FetchAhead(uids[0]));
  EXPECT_THAT(Fetched(uids[1]), ::testing::HasSubstr("two"));
  ASSERT_TRUE(client_.FetchAhead(uids[0]));
  EXPECT_THAT(Uids(), ElementsAre(uids[0], uids[1]));
  ASSERT_TRUE(client_.FetchAhead(uids[0]));
  EXPECT_TRUE(client_.Remove({uids[1]}));
  EXPECT_THAT(Uids(), ElementsAre(uids[0]));
}

TEST_F(ImapClientTest, DoesNotMarkAMailSeen) {
  Deliver(Mail("one\r\n"));
  ASSERT_NE(Fetched(Uids().at(0)), "imap-gone");
  EXPECT_FALSE(Doveadm("search -u " + UserB() + " mailbox INBOX SEEN | grep -q ."));
}

TEST_F(ImapClientTest, AMailThatIsNotThereIsGone) {
  Deliver(Mail("one\r\n"));
  const auto uids = Uids();
  EXPECT_EQ(Fetched(uids.at(0) + 1000), "imap-gone");
  ASSERT_TRUE(Doveadm("expunge -u " + UserB() + " mailbox INBOX ALL"));
  EXPECT_EQ(Fetched(uids.at(0)), "imap-gone");
}

class FullSink : public Sink {
 public:
  Result<void> Write(std::string_view) override { return Transient("disk-full"); }
};

TEST_F(ImapClientTest, AFailingSinkEndsTheFetchAndNothingElse) {
  Deliver(Mail("one\r\n"));
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(1));
  FullSink sink;
  const auto fetched = client_.Fetch(uids[0], sink, 1U << 30);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, "disk-full");
  EXPECT_THAT(StoredMails(), ElementsAre(Fetched(uids[0])));
}

TEST_F(ImapClientTest, RemovesJustTheseMails) {
  for (const char* body : {"one\r\n", "two\r\n", "three\r\n"}) Deliver(Mail(body));
  const auto uids = Uids();
  ASSERT_THAT(uids, SizeIs(3));
  // Marked by somebody else, who may want it back.
  ASSERT_TRUE(Doveadm("flags add -u " + UserB() + " '\\Deleted' mailbox INBOX UID " + std::to_string(uids[1])));
  ASSERT_TRUE(client_.Remove({uids[0]}));
  EXPECT_THAT(Uids(), ElementsAre(uids[2]));
  EXPECT_THAT(StoredMails(), SizeIs(2));
  EXPECT_THAT(client_.Remove({uids[0], uids[2], 4000000000}).value(), ElementsAre(uids[0], 4000000000));
  EXPECT_THAT(Uids(), IsEmpty());
}

TEST_F(ImapClientTest, RemovesWithoutUidPlus) {
  Deliver(Mail("one\r\n"));
  Deliver(Mail("two\r\n"));
  const auto uids = Uids();
  ImapClient bare(BareImap(directory_));
  ASSERT_TRUE(bare.Remove({uids.at(0)}));
  EXPECT_THAT(Uids(), ElementsAre(uids.at(1)));
}

class ImapClientMoveTest : public ImapClientTest, public ::testing::WithParamInterface<bool> {};

TEST_P(ImapClientMoveTest, MovesToAFolderThatItCreates) {
  // Maildir++ names the directory of a folder as IMAP names the folder, with a dot in front.
  const std::string folder = GetParam() ? "Done \"Müller\" & \\co" : "Bare \"Müller\" & \\co";
  const std::string stored = GetParam() ? ".Done \"M&APw-ller\" &- \\co" : ".Bare \"M&APw-ller\" &- \\co";
  ImapClient client(GetParam() ? Imap(directory_) : BareImap(directory_));
  for (std::size_t moved = 1; moved <= 2; ++moved) {
    const std::string mail = Mail("moved\r\n");
    Deliver(mail);
    ASSERT_TRUE(client.List());
    const auto result = client.Move(Uids(), folder);
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_THAT(Uids(), IsEmpty());
    EXPECT_THAT(StoredMails(stored), SizeIs(moved));
  }
}
INSTANTIATE_TEST_SUITE_P(WithAndWithoutMove, ImapClientMoveTest, ::testing::Bool());

TEST_F(ImapClientTest, AFolderThatIsMissingIsRefusedWithTheServersWords) {
  ImapSettings settings = Imap(directory_);
  settings.folder = "no such folder";
  const auto state = ImapClient(settings).List();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, "imap-refused");
  EXPECT_THAT(state.error().detail, ::testing::HasSubstr("Mailbox doesn't exist"));
}

TEST_F(ImapClientTest, GoesOnAfterTheServerEndedTheConnection) {
  Deliver(Mail("one\r\n"));
  const auto uids = Uids();
  ASSERT_TRUE(Kick());
  EXPECT_THAT(StoredMails(), ElementsAre(Fetched(uids.at(0))));
  ASSERT_TRUE(Kick());
  EXPECT_EQ(Uids(), uids);
  ASSERT_TRUE(Kick());
  EXPECT_TRUE(client_.Remove(uids));
  EXPECT_THAT(Uids(), IsEmpty());
}

TEST_F(ImapClientTest, UidsOfAFolderThatWasMadeAnewAreGone) {
  ImapSettings settings = Imap(directory_);
  settings.folder = "Anew";
  ImapClient client(settings);
  const std::string user = " -u " + UserB() + " Anew";
  ASSERT_TRUE(Doveadm("mailbox create" + user));
  ASSERT_TRUE(Doveadm("mailbox update --uid-validity 1000" + user));
  ASSERT_TRUE(client.List());
  ASSERT_TRUE(Kick());
  ASSERT_TRUE(Doveadm("mailbox update --uid-validity 2000" + user));
  const auto removed = client.Remove({1});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, "imap-gone");
  EXPECT_TRUE(client.List());
  EXPECT_TRUE(client.Remove({1}));
}

TEST_F(ImapClientTest, ListsAHundredThousandMails) {
  ASSERT_TRUE(Doveadm("mailbox create -u " + UserB() + " Many"));
  const auto folder = std::filesystem::path(Environment("MAIL_DIRECTORY")) / "home" / UserB() / "Maildir/.Many/cur";
  std::ofstream(folder / "0.0.test:2,") << "Subject: x\n\nx\n";
  std::filesystem::permissions(folder / "0.0.test:2,", std::filesystem::perms(0644));
  for (int i = 1; i < 100'000; ++i) {
    // Enough links to one file for any file system; Dovecot counts names.
    std::filesystem::create_symlink("0.0.test:2,", folder / ("0." + std::to_string(i) + ".test:2,"));
  }
  ImapSettings settings = Imap(directory_);
  settings.folder = "Many";
  ImapClient client(settings);
  const auto state = client.List();
  ASSERT_TRUE(state) << state.error().detail;
  EXPECT_EQ(state->uids.size(), 100'000U);
}

TEST_F(ImapClientTest, AWrongPasswordFailsTheLogin) {
  ImapSettings settings = Imap(directory_);
  settings.password_file = directory_.Write("wrong", "not-the-password");
  const auto state = ImapClient(settings).List();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, "imap-login-failed");
  EXPECT_EQ(state.error().detail, "NO [AUTHENTICATIONFAILED] Authentication failed.");
}

TEST_F(ImapClientTest, ACertificateOfAnotherCaFailsTls) {
  for (const std::string& url :
       {"imap://localhost:" + Environment("MAIL_IMAP_PORT"), "imaps://localhost:" + Environment("MAIL_IMAPS_PORT")}) {
    ImapSettings settings = Imap(directory_);
    settings.url = url;
    settings.ca_file = Environment("MAIL_WRONG_CA_FILE");
    EXPECT_EQ(Failure(settings), "imap-tls-failed") << url;
    settings.insecure = true;
    EXPECT_EQ(Failure(settings), "listed") << url;
  }
}

TEST_F(ImapClientTest, ACertificateOfAnotherHostFailsTls) {
  ImapSettings settings = Imap(directory_);
  settings.url = "imaps://mail.localhost:" + Environment("MAIL_IMAPS_PORT");
  EXPECT_EQ(Failure(settings), "imap-tls-failed");
}

TEST_F(ImapClientTest, AMissingStartTlsFailsBeforeTheLogin) {
  ImapSettings settings = BareImap(directory_);
  settings.tls = TlsMode::required;
  const std::size_t before = Log("dovecot.log").size();
  EXPECT_EQ(Failure(settings), "imap-tls-failed");
  ASSERT_TRUE(Eventually([&] { return Log("dovecot.log").find("(no auth attempts", before) != std::string::npos; }));
}

TEST_F(ImapClientTest, ASilentServerIsATimeOut) {
  const SilentServer server("imap");
  ImapSettings settings = Imap(directory_);
  settings.url = server.url();
  settings.timeout = Seconds(1);
  EXPECT_EQ(Failure(settings), "imap-timeout");
}

TEST_F(ImapClientTest, AClosedPortIsUnreachable) {
  ImapSettings settings = Imap(directory_);
  settings.url = DeadUrl("imaps");
  EXPECT_EQ(Failure(settings), "imap-unreachable");
}

}  // namespace
}  // namespace gateway::mail::test
