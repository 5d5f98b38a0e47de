// What mail servers send back: DSNs (RFC 3464) and bounces in plain text.
#include <gmock/gmock.h>

#include "mime/bounce_text.h"
#include "mime/report.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Dsn(const std::string& status, const std::string& returned) {
  return "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.a (Mail Delivery System)\r\nSubject: Undelivered Mail\r\n"
         "Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\n"
         "Your message could not be delivered.\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n" +
         status + "\r\n--r\r\n" + returned + "\r\n--r--\r\n";
}

const std::string kReturned =
    "Content-Type: message/rfc822\r\n\r\nReceived: by x\r\nMessage-ID: <1@a>\r\nX-TELEMEDICINE-SETID: s\r\n"
    "X-TELEMEDICINE-SETPART: 3\r\nX-TELEMEDICINE-SETTOTAL: 9\r\n\r\nbody";

// As postfix 3.7 writes it.
const std::string kPostfixStatus =
    "Reporting-MTA: dns; mx.a\r\nX-Postfix-Queue-ID: 4F0A\r\nX-Postfix-Sender: rfc822; gw@a\r\n"
    "Arrival-Date: Thu, 13 Jun 2013 09:12:25 +0000 (UTC)\r\n\r\nFinal-Recipient: rfc822; tele@b.example\r\n"
    "Original-Recipient: rfc822;tele@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.b\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <tele@b.example>: Recipient address\r\n    rejected: User unknown\r\n";

TEST(Dsn, IsReadAsPostfixWritesIt) {
  const std::string mail = Dsn(kPostfixStatus, kReturned);
  EXPECT_EQ(EnvelopeOf(mail).kind, MailKind::report);
  const auto report = ReportOf(mail);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, ReportKind::dsn);
  EXPECT_EQ(report->verdict, Verdict::bounced);
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
  EXPECT_EQ(report->words, "5.1.1 550 5.1.1 <tele@b.example>: Recipient address rejected: User unknown");
  ASSERT_TRUE(report->set);
  EXPECT_EQ(report->set->part, 3u);
}

// As exim 4.96 writes it: the action first, no diagnostic code.
TEST(Dsn, TakesTheWordsOfTheTextWhereItHasNoDiagnosticCode) {
  std::string mail = Dsn(
      "Reporting-MTA: dns; mx.a\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822;tele@b.example\r\nStatus: 5.0.0\r\n"
      "Action: delayed\r\nFinal-Recipient: rfc822;other@b.example\r\nStatus: 4.0.0\r\n",
      kReturned);
  const std::string text = "Your message could not be delivered.";
  mail.replace(mail.find(text), text.size(),
               "could not be delivered:\r\n\r\n  tele@b.example\r\n    550 no such user\r\n");
  const auto report = ReportOf(mail);
  EXPECT_EQ(report->verdict, Verdict::bounced);
  EXPECT_EQ(report->words, "5.0.0 550 no such user");
}

TEST(Dsn, HasTheWorstVerdictOfItsRecipients) {
  const auto verdict = [](const std::vector<std::string>& recipients, const std::string& between) {
    std::string status = "Reporting-MTA: dns; mx.a\r\n\r\n";
    for (const std::string& fields : recipients)
      status += "Final-Recipient: rfc822; b@b\r\n" + fields + "\r\n" + between;
    return ReportOf(Dsn(status, kReturned))->verdict;
  };
  for (const std::string between : {"\r\n", ""}) {
    EXPECT_EQ(verdict({"Action: delivered", "Action: FAILED (why)", "Action: delayed"}, between), Verdict::bounced);
    EXPECT_EQ(verdict({"Action: relayed", "action : delayed", "Action: expanded"}, between), Verdict::delayed);
    EXPECT_EQ(verdict({"Action: delivered", "Action: expanded"}, between), Verdict::relayed);
    EXPECT_EQ(verdict({"Action: failed\r\nStatus: 4.4.7", "Status: 2.0.0"}, between), Verdict::bounced);
    EXPECT_EQ(verdict({"Status: 5.1.1 (bad mailbox)"}, between), Verdict::bounced);
    EXPECT_EQ(verdict({"Action: unheard-of"}, between), Verdict::other);
  }
}

TEST(Dsn, TakesTheWordsOfTheWorstRecipient) {
  const auto report =
      ReportOf(Dsn("X: y\r\n\r\nAction: delayed\r\nStatus: 4.2.2\r\nDiagnostic-Code: smtp; 452 full\r\n\r\n"
                   "Action: failed\r\nStatus: 5.7.1\r\nDiagnostic-Code: smtp; 554 b\xc3\xb6se\x01\r\n",
                   kReturned));
  EXPECT_EQ(report->words, "5.7.1 554 b?se");
}

TEST(Dsn, MayReturnTheHeaderOnly) {
  const auto report = ReportOf(Dsn(kPostfixStatus,
                                   "Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                                   "TWVzc2FnZS1JRDogPDFAYT4NCg=="));
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
}

TEST(Dsn, NamesTheEnvelopeIdWhereItReturnsNothing) {
  const auto report = ReportOf(Dsn("Original-Envelope-Id: 7@a\r\n" + kPostfixStatus, "\r\n"));
  EXPECT_THAT(report->message_ids, ElementsAre("7@a"));
}

TEST(Dsn, IsReadAsPythonWritesIt) {
  const TempDirectory directory;
  constexpr char kScript[] = R"(
import email.policy, sys
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
report = MIMEMultipart('report', policy=email.policy.SMTP, **{'report-type': 'delivery-status'})
report['From'] = 'postmaster@b.example'
report.attach(MIMEText('Zustellung fehlgeschlagen \u00fc', 'plain', 'utf-8'))
status = Message(policy=email.policy.SMTP)
status['Content-Type'] = 'message/delivery-status'
group1, group2 = Message(policy=email.policy.SMTP), Message(policy=email.policy.SMTP)
group1['Reporting-MTA'] = 'dns; mx.b'
group2['Final-Recipient'], group2['Action'], group2['Status'] = 'rfc822; tele@b.example', 'failed', '5.2.2'
status.set_payload([group1, group2])
report.attach(status)
original = EmailMessage(policy=email.policy.SMTP)
original['Message-ID'] = '<1@a>'
original.set_content('x')
wrap = Message(policy=email.policy.SMTP)
wrap['Content-Type'] = 'message/rfc822'
wrap.set_payload([original])
report.attach(wrap)
sys.stdout.buffer.write(report.as_bytes())
)";
  const auto report = ReportOf(Python(kScript, "", directory));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::bounced);
  EXPECT_EQ(report->words, "5.2.2");
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
}

// The mail that comes back, as text.
const std::string kOriginal =
    "Return-Path: <gw@a>\nReceived: from a (550 Jane Doe)\n\tby mx.a\nMessage-ID: <1@a>\nSubject: Jane Doe 5.1.1\n"
    "X-TELEMEDICINE-SETID: s\nX-TELEMEDICINE-SETPART: 3\nX-TELEMEDICINE-SETTOTAL: 9\n"
    "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"o\"\n\n--o\n";

struct Bounce {
  const char* name;
  std::string mail;
  std::string words;
};

std::vector<Bounce> Bounces() {
  return {
      {"exim",
       "Return-path: <>\nX-Failed-Recipients: tele@b.example\nAuto-Submitted: auto-replied\n"
       "From: Mail Delivery System <Mailer-Daemon@mx.a>\nSubject: Mail delivery failed: returning message to sender\n\n"
       "This message was created automatically by mail delivery software.\n\n"
       "A message that you sent could not be delivered to one or more of its\n"
       "recipients. This is a permanent error. The following address(es) failed:\n\n  tele@b.example\n"
       "    host mx.b [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<tele@b.example>:\n"
       "    550 5.1.1 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\n",
       "550 5.1.1 unknown user"},
      {"qmail",
       "Return-Path: <>\nFrom: MAILER-DAEMON@mx.a\nSubject: failure notice\n\nHi. This is the qmail-send program at "
       "mx.a.\n"
       "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
       "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<tele@b.example>:\n"
       "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n",
       "Sorry, no mailbox here by that name. (#5.1.1)"},
      {"postfix",
       "Return-Path: <>\nFrom: MAILER-DAEMON@mx.a (Mail Delivery System)\nSubject: Undelivered Mail Returned to "
       "Sender\n\n"
       "This is the mail system at host mx.a.\n\nI'm sorry to have to inform you that your message could not\n"
       "be delivered to one or more recipients. It's attached below.\n\n<tele@b.example>: host mx.b[192.0.2.1] said: "
       "550\n"
       "    5.1.1 <tele@b.example>: Recipient address rejected (in reply to RCPT TO command)\n\n",
       "<tele@b.example>: host mx.b[192.0.2.1] said: 550 5.1.1 <tele@b.example>: Recipient address rejected (in reply "
       "to RCPT TO command)"},
      {"sendmail",
       "Return-Path: <MAILER-DAEMON>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.a>\nSubject: Returned mail: see "
       "transcript\n\n   ----- The following addresses had permanent fatal errors -----\n<tele@b.example>\n\n"
       "   ----- Transcript of session follows -----\n554 <tele@b.example>... Service unavailable\n\n",
       "554 <tele@b.example>... Service unavailable"},
  };
}

TEST(Bounce, IsReadInPlainText) {
  for (const Bounce& bounce : Bounces()) {
    const std::string mail = bounce.mail + kOriginal + Armor(3);
    EXPECT_EQ(EnvelopeOf(mail).kind, MailKind::report) << bounce.name;
    const auto report = ReportOf(mail);
    ASSERT_TRUE(report) << bounce.name;
    EXPECT_EQ(report->kind, ReportKind::bounce);
    EXPECT_EQ(report->verdict, Verdict::bounced);
    EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
    EXPECT_EQ(report->words, bounce.words);
    ASSERT_TRUE(report->set) << bounce.name;
    EXPECT_EQ(report->set->total, 9u);
  }
}

TEST(Bounce, MayReturnTheMailAsAttachment) {
  const std::string mail =
      "From: \"Administrator\" <postmaster@b.example>\r\nSubject: Undeliverable: DICOM-eMail\r\n"
      "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n"
      "Your message\r\n\r\n  To:      tele@b.example\r\n  Subject: DICOM-eMail 550 x\r\n\r\n"
      "did not reach the following recipient(s):\r\n\r\ntele@b.example on Thu, 13 Jun 2013\r\n"
      "    The e-mail address was not found. #550 5.1.1\r\n--m\r\n" +
      kReturned + "\r\n--m--\r\n";
  const auto report = ReportOf(mail);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, ReportKind::bounce);
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
  EXPECT_EQ(report->words, "The e-mail address was not found. #550 5.1.1");
  EXPECT_EQ(report->set->id, "s");
}

TEST(Bounce, IsReadAsExchangeAndNotesWriteIt) {
  const std::string notes =
      "From: Postmaster@b.example\r\nSubject: DELIVERY FAILURE: User tele not listed\r\n\r\nYour message\r\n\r\n"
      "  Subject: DICOM-eMail\r\n\r\nwas not delivered to:\r\n\r\n  tele@b.example\r\n\r\nbecause:\r\n\r\n"
      "  550 tele not listed in directory\r\n\r\nMessage-ID:\r\n <1@a>\r\n";
  const std::string exchange =
      "From: \"Systemadministrator\" <postmaster@b.example>\r\nSubject: Unzustellbar: DICOM-eMail\r\n"
      "Content-Type: text/html; charset=utf-8\r\n\r\n<html><b>Fehler bei der Nachrichtenzustellung</b> an folgende "
      "Empf\xc3\xa4nger:<p>Remote Server returned '550 5.1.1 RESOLVER'</p><pre>Message-ID: "
      "&lt;1@a&gt;</pre></html>\r\n";
  for (const std::string& mail : {notes, exchange}) {
    const auto report = ReportOf(mail);
    ASSERT_TRUE(report) << mail;
    EXPECT_EQ(report->verdict, Verdict::bounced);
    EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
    EXPECT_THAT(report->words, HasSubstr("550 "));
  }
}

TEST(Bounce, MayNameTheMessageInItsHeaderOnly) {
  const std::string mail =
      "From: MAILER-DAEMON@mx.a\r\nIn-Reply-To: <1@a>\r\nReferences: <0@a> <1@a>\r\n\r\n"
      "Your message could not be delivered.\r\n";
  EXPECT_THAT(ReportOf(mail)->message_ids, ElementsAre("1@a"));
  EXPECT_FALSE(ReportOf(Replaced(mail, "MAILER-DAEMON", "person")));
}

TEST(Bounce, MayBeADelay) {
  const std::string exim =
      "From: Mail Delivery System <Mailer-Daemon@mx.a>\nSubject: Warning: message 1x delayed 24 hours\n\n"
      "This message was created automatically by mail delivery software.\nA message that you sent has not yet been\n"
      "delivered to one or more of its recipients after more than 24 hours.\nNo action is required on your part.\n\n";
  const std::string postfix =
      "From: MAILER-DAEMON@mx.a\nSubject: Delayed Mail (still being retried)\n\n####\n"
      "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n####\n\n"
      "Your message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n";
  for (const std::string& mail : {exim, postfix}) {
    const auto report = ReportOf(mail + kOriginal);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::delayed);
  }
}

TEST(Bounce, IsSeenInAReportWithoutItsStatusPart) {
  const std::string mail = Replaced(Dsn("", kReturned), "message/delivery-status", "application/octet-stream");
  const auto report = ReportOf(mail);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, ReportKind::bounce);
  EXPECT_THAT(report->message_ids, ElementsAre("1@a"));
}

TEST(Bounce, TakesAllItsMarks) {
  for (const Bounce& bounce : Bounces()) {
    const std::string mail = bounce.mail + kOriginal;
    // A person who sends it on, and a server whose text names no mail.
    std::string forwarded = mail.substr(mail.find("\n\n"));
    EXPECT_FALSE(ReportOf("Return-Path: <p@a>\nFrom: p@a\nSubject: Mail delivery failed" + forwarded)) << bounce.name;
    EXPECT_FALSE(ReportOf(bounce.mail)) << bounce.name;
  }
  EXPECT_FALSE(ReportOf("From: MAILER-DAEMON@mx.a\nSubject: Statistics\n\nAll is well.\n" + kOriginal));
}

TEST(Bounce, IsNotSeenInAnAbsenceNote) {
  const std::string note =
      "Return-Path: <>\r\nFrom: person@b.example\r\nAuto-Submitted: auto-replied (vacation)\r\nIn-Reply-To: <1@a>\r\n"
      "References: <1@a>\r\nSubject: Abwesend: DICOM-eMail\r\n\r\nIch bin bis 5.1.24 nicht erreichbar, Zimmer 512.\r\n"
      "> Message-ID: <1@a>\r\n> Subject: DICOM-eMail\r\n";
  EXPECT_FALSE(ReportOf(note));
  EXPECT_EQ(EnvelopeOf(note).kind, MailKind::plain);
}

TEST(Bounce, IsNotSeenInADicomMail) {
  const std::string text = "Undeliverable.\r\nMessage-ID: <1@a>\r\n";
  const std::string header = "Return-Path: <>\r\nFrom: postmaster@b.example\r\n";
  EXPECT_FALSE(ReportOf(header + EncryptedMessage(SomeHeader(), Armor(3))));
  // Armor comes before whatever follows it.
  const std::string inline_armor = header + "Content-Type: text/plain\r\n\r\n" + Armor(3) + text;
  EXPECT_FALSE(ReportOf(inline_armor));
  EXPECT_EQ(EnvelopeOf(inline_armor).kind, MailKind::encrypted);
  EXPECT_FALSE(ReportOf(header + "Content-Type: message/partial; id=a; number=1; total=2\r\n\r\n" + text));
}

TEST(Bounce, GivesNoWordsOfTheReturnedMail) {
  for (const Bounce& bounce : Bounces()) {
    EXPECT_THAT(ReportOf(bounce.mail + kOriginal)->words, Not(HasSubstr("Jane"))) << bounce.name;
  }
}

TEST(Bounce, KnowsCodesFromOtherNumbers) {
  const auto words = [](const std::string& line) { return ReadBounceText("", line + "\n").words; };
  for (const std::string line : {"550 x", "550-x", "said: 450 4.2.2 full", "(#5.1.1)", "<a@b>: 4.4.7", "Status: 5.7.1.",
                                 "#550", "'554 x'", "[552] x: 552"}) {
    EXPECT_EQ(words(line), line);
  }
  for (const std::string line : {"5501", "x550", "650 x", "560", "192.0.5.1", "5.1.1.7", "5.1.2024", "15.1.1", "550a",
                                 "Subject: 550 5.1.1", "2.1.5", "$550", "5.1"}) {
    EXPECT_EQ(words(line), "") << line;
  }
}

TEST(Bounce, HasPrintableWords) {
  const std::string words = ReadBounceText("", "550 \x1b[31m\xfc\xc3\xa4\t x\n550 " + std::string(9000, 'y')).words;
  EXPECT_THAT(words, StartsWith("550 [31m?? x 550 yy"));
  EXPECT_EQ(words.size(), 4000u);
}

}  // namespace
}  // namespace gateway::mime
