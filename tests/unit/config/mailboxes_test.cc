#include <stdlib.h>

#include "fixture.h"
#include "support/certificates.h"

namespace gateway::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Mailboxes : public ConfigTest {
 protected:
  // A mailbox with these keys, one a line, in one of its sections.
  void SetSmtp(const std::string& keys) {
    Set("mailboxes", "mailboxes:\n" + Mailbox("main", "\n      " + keys, kImap, kKey));
  }
  void SetImap(const std::string& keys) {
    Set("mailboxes", "mailboxes:\n" + Mailbox("main", kSmtp, "\n      " + keys, kKey));
  }
  void SetKey(const std::string& keys) {
    Set("mailboxes", "mailboxes:\n" + Mailbox("main", kSmtp, kImap, "\n      " + keys));
  }
};

constexpr const char* kLogin = "      username: gw\n      password_file: password\n";

TEST_F(Mailboxes, AreRead) {
  Set("mailboxes", R"(mailboxes:
  main:
    address: Tele@Klinikum-A.example
    smtp:
      url: smtp://mail.klinikum-a.example:587
      tls: required
      ca_file: ca.pem
      username: tele
      password_file: password
      connections: 8
      timeout: 2m
      reply_timeout: 15m
      null_sender: false
    imap:
      url: imap://127.0.0.1:1143
      tls: none
      username: tele
      password_file: password
      folder: INBOX/DICOM
      idle: no
      poll_interval: 5s
      after_accept: { move: Archive }
      timeout: 30s
    key: { file: secret.asc, passphrase_file: password }
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const MailboxSettings& main = loaded.settings.mailboxes.at(0);
  EXPECT_EQ(main.name, "main");
  EXPECT_EQ(main.address, "Tele@Klinikum-A.example");
  EXPECT_EQ(main.smtp.url, "smtp://mail.klinikum-a.example:587");
  EXPECT_EQ(main.smtp.ca_file, Path("ca.pem"));
  EXPECT_EQ(main.smtp.connections, 8U);
  EXPECT_EQ(main.smtp.timeout, Seconds(120));
  EXPECT_EQ(main.smtp.reply_timeout, Seconds(900));
  EXPECT_FALSE(main.smtp.null_sender);
  EXPECT_EQ(main.imap.tls, TlsMode::none);
  EXPECT_EQ(main.smtp.tls_policy, TlsPolicy::modern);
  EXPECT_EQ(main.imap.password_file, Path("password"));
  EXPECT_EQ(main.imap.folder, "INBOX/DICOM");
  EXPECT_FALSE(main.imap.idle);
  EXPECT_EQ(main.fetch.poll_interval, Milliseconds(5000));
  EXPECT_EQ(main.fetch.after_accept, AfterAccept::move);
  EXPECT_EQ(main.fetch.move_to, "Archive");
  EXPECT_EQ(main.key.file, Path("secret.asc"));
  EXPECT_EQ(main.key.passphrase_file, Path("password"));
}

TEST_F(Mailboxes, MustBeThere) {
  Set("mailboxes", "mailboxes: {} #!\n");
  ExpectMistake("mailboxes: expected at least one mailbox");
}

TEST_F(Mailboxes, NeedAllTheirParts) {
  Set("mailboxes", "mailboxes:\n  main: {}\n");
  EXPECT_THAT(Lines(LoadSections()), testing::UnorderedElementsAre(HasSubstr("mailboxes.main.address: is missing"),
                                                                   HasSubstr("mailboxes.main.smtp: is missing"),
                                                                   HasSubstr("mailboxes.main.imap: is missing"),
                                                                   HasSubstr("mailboxes.main.key: is missing")));
}

TEST_F(Mailboxes, RefuseABadAddress) {
  Set("mailboxes", "mailboxes:\n  main:\n    address: Tele <a@b.example> #!\n    smtp: " + std::string(kSmtp) +
                       "\n    imap: " + kImap + "\n    key: " + kKey + "\n");
  ExpectMistake("mailboxes.main.address: expected a mail address");
}

TEST_F(Mailboxes, RefuseABadUrl) {
  SetSmtp("url: mail.example:587 #!");
  ExpectMistake("mailboxes.main.smtp.url: expected smtp://HOST:PORT or smtps://HOST:PORT, not 'mail.example:587'");
  SetSmtp("url: imap://mail.example #!");
  ExpectMistake("expected smtp://HOST:PORT");
  SetImap("url: pop3://mail.example #!\n" + std::string(kLogin));
  ExpectMistake("mailboxes.main.imap.url: expected imap://HOST:PORT or imaps://HOST:PORT");
  SetSmtp("connections: 4 #!");
  EXPECT_THAT(Lines(LoadSections()), testing::ElementsAre(HasSubstr("mailboxes.main.smtp.url: is missing")));
}

TEST_F(Mailboxes, RefuseAPasswordInTheUrlAndDoNotRepeatIt) {
  SetSmtp("url: smtp://gw:geheim@mail.example #!");
  ExpectMistake("must not hold a user name or a password");
  EXPECT_THAT(Lines(LoadSections()).front(), testing::Not(HasSubstr("geheim")));
}

TEST_F(Mailboxes, RefuseNoTlsToOtherHosts) {
  SetSmtp("url: smtp://mail.example:25\n      tls: none #!");
  ExpectMistake("mailboxes.main.smtp.tls: 'none' is for servers on this machine");
  SetSmtp("url: smtp://127.0.0.1.example:25\n      tls: none #!");
  ExpectMistake("'none' is for servers on this machine");
  SetImap("url: imap://mail.example\n      tls: none #!\n" + std::string(kLogin));
  ExpectMistake("mailboxes.main.imap.tls: 'none'");
  SetSmtp("url: smtp://mail.example:25\n      insecure: false\n      tls: none #!");
  ExpectMistake("'none' is for servers on this machine");
}

TEST_F(Mailboxes, ReadTlsPolicies) {
  SetSmtp("url: smtp://mail.example:25\n      tls: bsi");
  Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), testing::IsEmpty());
  EXPECT_EQ(loaded.settings.mailboxes.at(0).smtp.tls, TlsMode::required);
  EXPECT_EQ(loaded.settings.mailboxes.at(0).smtp.tls_policy, TlsPolicy::bsi);
  SetImap("url: imaps://mail.example\n      tls: legacy\n" + std::string(kLogin));
  loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), testing::IsEmpty());
  EXPECT_EQ(loaded.settings.mailboxes.at(0).imap.tls, TlsMode::required);
  EXPECT_EQ(loaded.settings.mailboxes.at(0).imap.tls_policy, TlsPolicy::legacy);
  SetSmtp("url: smtp://mail.example:25\n      tls: strict #!");
  ExpectMistake("expected required, bsi, legacy or none, not 'strict'");
}

TEST_F(Mailboxes, TakeNoTlsOnLoopbackOrWhenTheFileSaysInsecure) {
  for (const char* const url : {"smtp://localhost:25", "smtp://127.8.8.8:25", "'smtp://[::1]:25'"}) {
    SetSmtp(std::string("url: ") + url + "\n      tls: none");
    ExpectGood();
  }
  SetSmtp("url: smtp://mail.example:25\n      tls: none\n      insecure: true");
  ExpectGood();
}

TEST_F(Mailboxes, RefuseATlsModeThatContradictsTheUrl) {
  SetSmtp("url: smtps://localhost\n      tls: none #!");
  ExpectMistake("'none' contradicts the smtps:// of the url");
  SetSmtp("url: smtps://localhost\n      tls: opportunistic #!");
  ExpectMistake("mailboxes.main.smtp.tls: expected required, bsi, legacy or none");
}

TEST_F(Mailboxes, RefuseSecretsInTheFile) {
  SetSmtp("url: smtp://mail.example\n      password: geheim #!");
  ExpectMistake(
      "secrets do not belong in this file: remove 'password' from mailboxes.main.smtp and name a file that "
      "holds it by password_file");
  SetKey("file: secret.asc\n      passphrase: geheim #!");
  ExpectMistake("by passphrase_file");
  SetKey("file: secret.asc\n      password: geheim #!");
  ExpectMistake("by passphrase_file");
  EXPECT_THAT(Lines(LoadSections()).front(), testing::Not(HasSubstr("geheim")));
}

TEST_F(Mailboxes, NeedUserNameAndPasswordTogether) {
  SetSmtp("url: smtp://mail.example\n      username: gw #!");
  ExpectMistake("mailboxes.main.smtp.username: needs a password_file");
  SetImap("url: imaps://mail.example\n      password_file: password #!");
  ExpectMistake("mailboxes.main.imap.password_file: needs a username");
}

TEST_F(Mailboxes, NeedALoginForImap) {
  Set("mailboxes", "mailboxes:\n  main:\n    address: a@b.example\n    smtp: " + std::string(kSmtp) +
                       "\n    key: " + kKey + "\n    imap: { url: 'imaps://mail.example' } #!\n");
  ExpectMistake("mailboxes.main.imap.username: is missing");
}

TEST_F(Mailboxes, RefuseFilesThatAreNotThere) {
  SetSmtp("url: smtp://mail.example\n      username: gw\n      password_file: none #!");
  ExpectMistake("mailboxes.main.smtp.password_file: there is no file " + Path("none").string());
  SetSmtp("url: smtp://mail.example\n      ca_file: none #!");
  ExpectMistake("mailboxes.main.smtp.ca_file: there is no file");
  SetKey("file: none #!");
  ExpectMistake("mailboxes.main.key.file: there is no file");
  SetKey("file: secret.asc\n      passphrase_file: none #!");
  ExpectMistake("mailboxes.main.key.passphrase_file: there is no file");
  SetKey("file: . #!");
  ExpectMistake("is no regular file");
  SetKey("file: secret.asc/below #!");
  ExpectMistake("mailboxes.main.key.file: ");
}

TEST_F(Mailboxes, RefuseSecretsThatOthersMayRead) {
  Write("phrase", "x");
  std::filesystem::permissions(Path("phrase"), std::filesystem::perms(0644));
  SetKey("file: secret.asc\n      passphrase_file: phrase #!");
  ExpectMistake(Path("phrase").string() + " may be read or written by others; take away their access (chmod o=)");
  SetKey("file: secret.asc");
  SetSmtp("url: smtp://mail.example\n      username: a\n      password_file: phrase #!");
  ExpectMistake("may be read or written by others");
}

TEST_F(Mailboxes, RefuseAFileThatHoldsNoCertificateOrNoPassword) {
  const std::string where = Path("x.pem").string();
  SetSmtp("url: smtp://mail.example\n      ca_file: x.pem #!");
  for (const char* const text : {"", "x\n"}) {
    Write("x.pem", text);
    ExpectMistake("mailboxes.main.smtp.ca_file: " + where + " holds no certificate in PEM");
  }
  Write("x.pem", MakeCertificate({.from_days = -9, .to_days = -1}));
  ExpectMistake("mailboxes.main.smtp.ca_file: no certificate in " + where + " is valid today");
  EXPECT_FALSE(HasMistakes(LoadSections())) << "the clock may be wrong, and the file may be renewed";
  Write("x.pem", MakeCertificate());
  EXPECT_THAT(Lines(LoadSections()), IsEmpty());
  std::filesystem::permissions(Path("x.pem"), std::filesystem::perms(0666));
  ExpectMistake(where + " is not to be trusted: everybody on this machine may write it");
  SetSmtp("url: smtp://mail.example\n      username: a\n      password_file: word #!");
  for (const char* const text : {"", "\n"}) {
    Write("word", text);
    ExpectMistake("mailboxes.main.smtp.password_file: " + Path("word").string() + " is empty; expected a password");
  }
  Write("word", "one\ntwo\n");
  ExpectMistake(Path("word").string() + " holds several lines; expected a password of one line");
  Write("word", std::string(5000, 'x'));
  ExpectMistake("mailboxes.main.smtp.password_file: ");
}

TEST_F(Mailboxes, NeedAKeyFile) {
  SetKey("passphrase_file: password");
  EXPECT_THAT(Lines(LoadSections()), testing::ElementsAre(HasSubstr("mailboxes.main.key.file: is missing")));
  SetKey("file: '' #!");
  ExpectMistake("mailboxes.main.key.file: expected a path, not ''");
}

TEST_F(Mailboxes, ExpandTheCredentialsDirectory) {
  Write("credentials/key", "x");
  ::setenv("CREDENTIALS_DIRECTORY", Path("credentials").c_str(), 1);
  for (const char* const variable : {"$CREDENTIALS_DIRECTORY", "${CREDENTIALS_DIRECTORY}"}) {
    SetKey(std::string("file: ") + variable + "/key");
    const Loaded loaded = LoadSections();
    EXPECT_THAT(Lines(loaded), IsEmpty());
    EXPECT_EQ(loaded.settings.mailboxes.at(0).key.file, Path("credentials/key"));
  }
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(Mailboxes, RefuseCredentialsWithoutSystemdAndOtherVariables) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  SetKey("file: $CREDENTIALS_DIRECTORY/key #!");
  ExpectMistake("mailboxes.main.key.file: CREDENTIALS_DIRECTORY is not set");
  ExpectMistake("and there is no file /run/credentials/dicom-mail-gateway.service/key");
  SetKey("file: $HOME/key #!");
  ExpectMistake("only $CREDENTIALS_DIRECTORY/ may stand at the start of a path");
  SetKey("file: $CREDENTIALS_DIRECTORY #!");
  ExpectMistake("only $CREDENTIALS_DIRECTORY/ may stand");
}

TEST_F(Mailboxes, NeedNoFilesForWhoUsesNone) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  SetSmtp("url: smtp://mail.example\n      ca_file: none\n      username: gw\n      password_file: none");
  EXPECT_EQ(LoadSections().mistakes.size(), 2U);
  EXPECT_THAT(Lines(Load(file(), NamedFiles::may_be_missing)), IsEmpty());
  SetKey("file: none\n      passphrase_file: $CREDENTIALS_DIRECTORY/key-passphrase");
  EXPECT_EQ(LoadSections().mistakes.size(), 2U);
  const Loaded loaded = Load(file(), NamedFiles::may_be_missing);
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.mailboxes.at(0).key.passphrase_file,
            "/run/credentials/dicom-mail-gateway.service/key-passphrase");
  SetKey("file: $HOME/key");
  (void)LoadSections();
  EXPECT_THAT(Lines(Load(file(), NamedFiles::may_be_missing)),
              testing::ElementsAre(HasSubstr("may stand at the start of a path")));
}

TEST_F(Mailboxes, RefuseBadNumbersAndTimes) {
  SetSmtp("url: smtp://mail.example\n      connections: 65 #!");
  ExpectMistake("mailboxes.main.smtp.connections: expected a number from 1 to 64");
  const std::string url = "url: imaps://mail.example\n" + std::string(kLogin) + "      ";
  SetImap(url + "poll_interval: 0s #!");
  ExpectMistake("mailboxes.main.imap.poll_interval: expected a time from 20ms to 1d");
  SetImap(url + "timeout: 0s #!");
  ExpectMistake("mailboxes.main.imap.timeout: expected a time from 1s to 1h");
  SetImap(url + "idle: maybe #!");
  ExpectMistake("mailboxes.main.imap.idle: expected true or false");
}

TEST_F(Mailboxes, RefuseABadAfterAccept) {
  const std::string url = "url: imaps://mail.example\n" + std::string(kLogin) + "      ";
  SetImap(url + "after_accept: archive #!");
  ExpectMistake("after_accept: expected delete, keep or { move: FOLDER }, not 'archive'");
  SetImap(url + "after_accept: [keep] #!");
  ExpectMistake("after_accept: expected delete, keep or { move: FOLDER }, not a list");
  SetImap(url + "after_accept: { to: Archive } #!");
  EXPECT_EQ(LoadSections().mistakes.size(), 2U);  // unknown key, move is missing
  SetImap(url + "after_accept: { move: INBOX } #!");
  ExpectMistake("after_accept.move: is the folder that the mails are fetched from");
}

TEST_F(Mailboxes, TakeEachAfterAccept) {
  const std::string url = "url: imaps://mail.example\n" + std::string(kLogin) + "      after_accept: ";
  SetImap(url + "keep");
  EXPECT_EQ(LoadSections().settings.mailboxes.at(0).fetch.after_accept, AfterAccept::keep);
  SetImap(url + "delete");
  EXPECT_EQ(LoadSections().settings.mailboxes.at(0).fetch.after_accept, AfterAccept::remove);
}

TEST_F(Mailboxes, TakeSeveralFoldersInEitherWriting) {
  const std::string url = "url: imaps://mail.example\n" + std::string(kLogin) + "      ";
  SetImap(url + "folders: [inbox, Gelöschte Elemente, 'Entw&APw-rfe', R&D]");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const ImapSettings& imap = loaded.settings.mailboxes.at(0).imap;
  EXPECT_EQ(imap.folder, "INBOX");
  EXPECT_EQ(imap.more_folders, std::vector<std::string>({"Gelöschte Elemente", "Entwürfe", "R&D"}));
  EXPECT_EQ(loaded.settings.mailboxes.at(0).fetch.if_not_understood, AfterAccept::keep);
  SetImap(url + "folders: [INBOX, Entwürfe, 'Entw&APw-rfe'] #!");
  ExpectMistake("folders: names 'Entw&APw-rfe' twice");
  SetImap(url + "folder: INBOX\n      folders: [Junk] #!");
  ExpectMistake("folders: stands beside folder");
}

TEST_F(Mailboxes, TakeEachFateOfWhatIsNotUnderstood) {
  const std::string url = "url: imaps://mail.example\n" + std::string(kLogin) + "      if_not_understood: ";
  SetImap(url + "delete");
  EXPECT_EQ(LoadSections().settings.mailboxes.at(0).fetch.if_not_understood, AfterAccept::remove);
  SetImap(url + "{ move: 'Gel&APY-scht' }");
  const FetchSettings fetch = LoadSections().settings.mailboxes.at(0).fetch;
  EXPECT_EQ(fetch.if_not_understood, AfterAccept::move);
  EXPECT_EQ(fetch.not_understood_move_to, "Gelöscht");
  SetImap(url + "{ move: inbox } #!");
  ExpectMistake("if_not_understood.move: is the folder that the mails are fetched from");
}

TEST_F(Mailboxes, RefuseTwoThatFetchTheSameMails) {
  const char* const imap =
      " #!\n      { url: 'imaps://MAIL.example:993', username: gw, password_file: password, "
      "folder: inbox }";
  Set("mailboxes", "mailboxes:\n" + Mailbox("main", kSmtp, kImap, kKey) + Mailbox("second", kSmtp, imap, kKey));
  ExpectMistake(
      "mailboxes.second.imap: the server, user and folder of a mailbox is already that of "
      "mailboxes.main.imap (" +
      file().string() + ":");
}

TEST_F(Mailboxes, MayShareAUserInOtherFolders) {
  const char* const imap = "{ url: 'imaps://mail.example', username: gw, password_file: password, folder: Second }";
  Set("mailboxes", "mailboxes:\n" + Mailbox("main", kSmtp, kImap, kKey) + Mailbox("second", kSmtp, imap, kKey));
  ExpectGood();
}

TEST_F(Mailboxes, RefuseTwoWithOneAddress) {
  Set("mailboxes",
      "mailboxes:\n" + Mailbox("main", kSmtp, kImap, kKey) +
          "  second:\n    address: MAIN@a.example #!\n    smtp: " + kSmtp +
          "\n    imap: { url: 'imaps://x.example', username: u, password_file: password }\n    key: " + kKey + "\n");
  ExpectMistake("mailboxes.second: the address of a mailbox is already that of mailboxes.main");
}

}  // namespace
}  // namespace gateway::config
