#include "mail/refusal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/errors.h"

namespace gateway::mail {
namespace {

struct Said {
  std::string text;
  Refusal meaning;
  RefusedAt at = RefusedAt::data;
};

void Expect(const std::vector<Said>& all) {
  for (const Said& said : all) EXPECT_EQ(MeaningOfRefusal(said.text, said.at), said.meaning) << said.text;
}

TEST(Refusal, AFullMailboxPasses) {
  Expect({{"552 5.2.2 Mailbox full", Refusal::mailbox_full},
          {"552 5.2.2 <tele@b.example>: Quota exceeded (mailbox for user is full)", Refusal::mailbox_full,
           RefusedAt::rcpt},
          {"554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", Refusal::mailbox_full},
          {"550 Mailbox full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"552 Requested mail action aborted: exceeded storage allocation", Refusal::mailbox_full},
          {"552", Refusal::mailbox_full, RefusedAt::rcpt},
          {"5.2.2 552-5.2.2 The recipient's inbox is out of storage space", Refusal::mailbox_full, RefusedAt::later},
          {"5.0.0 smtp; 552 5.2.2 over quota", Refusal::mailbox_full, RefusedAt::later},
          {"554 5.3.1 mail system full", Refusal::system_full}});
}

TEST(Refusal, WhatIsTooLargeIsNotAFullMailbox) {
  Expect({{"552 5.3.4 Message size exceeds fixed limit", Refusal::too_large},
          {"552 5.3.4 Message size exceeds file system imposed limit", Refusal::too_large, RefusedAt::mail},
          {"552 Message size exceeds maximum permitted", Refusal::too_large},
          {"552", Refusal::too_large, RefusedAt::mail},
          {"552 rejected", Refusal::too_large},
          {"550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", Refusal::too_large},
          {"554 message too big for system", Refusal::too_large},
          {"5.3.4 552 5.3.4 Message too big for system", Refusal::too_large, RefusedAt::later}});
}

TEST(Refusal, OurOwnQuotaIsNoFaultOfTheMessage) {
  Expect({{"554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", Refusal::quota},
          {"550 5.4.5 Daily user sending quota exceeded. z12", Refusal::quota, RefusedAt::mail},
          {"550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
           Refusal::quota},
          {"554 5.7.1 Your message exceeds the daily sending limit", Refusal::quota},
          {"550 5.7.1 Message exceeds the hourly limit of this account", Refusal::quota},
          {"552 5.7.1 message exceeds your daily message limit", Refusal::quota},
          {"554 5.7.1 You have exceeded your daily sending limit", Refusal::quota, RefusedAt::rcpt}});
}

TEST(Refusal, WhatPassesByItselfIsDeferred) {
  Expect({{"550 5.2.1 The user you are trying to contact is receiving mail too quickly", Refusal::deferred},
          {"550 5.2.122 The recipient has exceeded their limit for the number of messages per hour", Refusal::deferred},
          {"550 5.3.2 system not accepting network messages", Refusal::deferred},
          {"550 5.4.1 no answer from host", Refusal::deferred},
          {"550 5.4.3 directory server failure", Refusal::deferred},
          {"550 5.4.5 network congestion", Refusal::deferred},
          {"5.4.7 message expired", Refusal::deferred, RefusedAt::later},
          {"4.4.1 connect to mail.b.example[192.0.2.1]:25: Connection timed out", Refusal::deferred, RefusedAt::later},
          {"451 4.7.1 Greylisting in action", Refusal::deferred}});
}

TEST(Refusal, WhatStaysStays) {
  Expect({{"550 5.1.1 <x@b.example>: Recipient address rejected: User unknown", Refusal::permanent, RefusedAt::rcpt},
          {"550 5.4.1 Recipient address rejected: Access denied", Refusal::permanent, RefusedAt::rcpt},
          {"550 5.2.1 mailbox disabled", Refusal::permanent},
          {"554 5.2.0 something odd", Refusal::permanent},
          {"554 5.4.6 Too many hops", Refusal::permanent},
          {"554 too many hops, this message is looping", Refusal::permanent},
          {"554 5.4.0 Error: too many hops", Refusal::permanent},
          {"554 5.6.1 media not supported", Refusal::permanent},
          {"554 5.7.1 Service unavailable; Client host [192.0.2.5] blocked", Refusal::permanent},
          {"550 no", Refusal::permanent},
          {"", Refusal::permanent}});
}

TEST(Refusal, SpamStaysSpamWhateverElseIsNamed) {
  Expect({{"550 5.7.1 Message exceeds spam threshold", Refusal::permanent},
          {"554 5.7.1 Message exceeds threshold", Refusal::permanent},
          {"554 5.7.1 Spam message rejected; see policy on message size", Refusal::permanent},
          {"554 Spam; message size", Refusal::permanent},
          {"552 5.7.0 spam: message too large", Refusal::permanent},
          {"550 5.7.1 Service unavailable; client host blocked, too many spam complaints", Refusal::permanent},
          {"550 5.7.1 client host blocked, too many complaints", Refusal::permanent},
          {"554 blocked using zen.spamhaus.example, too many hits", Refusal::permanent},
          {"5.7.1 smtp; 550 5.7.1 message exceeds spam score", Refusal::permanent, RefusedAt::later},
          {"451 4.7.1 message exceeds spam threshold", Refusal::deferred},
          {"550 5.7.1 too many messages that look like spam, try again later", Refusal::deferred},
          // These codes leave no doubt, and an address has no meaning.
          {"552 5.3.4 message too large for the spam filter", Refusal::too_large},
          {"552 5.2.2 spam folder over quota", Refusal::mailbox_full},
          {"550 <no-spam@b.example>: mailbox full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"550 too many mails for spam@b.example", Refusal::deferred, RefusedAt::rcpt}});
}

TEST(Refusal, ALimitOfTheMailboxIsNoLimitOfTheMessage) {
  Expect({{"552 Mailbox size limit exceeded", Refusal::mailbox_full, RefusedAt::rcpt},
          {"552 Mailbox size limit exceeded", Refusal::mailbox_full},
          {"552 5.7.1 Mailbox size limit exceeded", Refusal::mailbox_full},
          {"550 5.7.1 Recipient's mailbox is over its size limit", Refusal::mailbox_full},
          {"552 5.1.1 mailbox size limit exceeded", Refusal::mailbox_full},
          {"554 5.7.1 The recipient's mailbox has reached its maximum size", Refusal::mailbox_full},
          {"550 5.5.0 mailbox is full", Refusal::mailbox_full},
          {"553 5.5.4 mailbox is over quota", Refusal::mailbox_full},
          {"452 4.1.1 mailbox full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"554 5.7.1 Message size exceeds what this mailbox takes", Refusal::too_large},
          {"554 5.7.1 Your mailbox has exceeded its daily limit", Refusal::quota},
          {"554 5.7.1 virus scan: too many infected parts", Refusal::permanent},
          {"550 5.7.1 sender exceeded hourly message quota", Refusal::quota}});
}

TEST(Refusal, WordsThatAskForPatienceAreBelieved) {
  Expect({{"550-5.2.1 The user is receiving mail at a rate that prevents additional messages from being delivered. "
           "Please resend your message at a later time.",
           Refusal::deferred},
          {"550 5.7.1 Greylisted, please try again in 300 seconds", Refusal::deferred, RefusedAt::rcpt},
          {"554 5.7.1 Recipient address rejected: Greylisted for 5 minutes", Refusal::deferred, RefusedAt::rcpt},
          {"550 Greylisting: come back in 10 minutes", Refusal::deferred, RefusedAt::rcpt},
          {"550 5.4.4 Host not found, try again", Refusal::deferred},
          {"550 5.4.4 Host not found", Refusal::permanent},
          {"552 5.7.0 Number of messages exceeds maximum per connection", Refusal::deferred},
          {"552 5.5.3 Too many recipients", Refusal::deferred, RefusedAt::rcpt},
          {"5.4.300 Message expired", Refusal::deferred, RefusedAt::later},
          {"5.4.316 Message expired, connection refused", Refusal::deferred, RefusedAt::later},
          {"5.4.317 Message expired, cannot connect to remote server", Refusal::deferred, RefusedAt::later},
          {"5.0.0 x-unix; the message could not be delivered for 5 days: retry timeout exceeded", Refusal::deferred,
           RefusedAt::later},
          {"550 5.1.1 The account that you tried to reach does not exist. Please check the address and try again",
           Refusal::permanent, RefusedAt::rcpt}});
}

TEST(Refusal, TooLargeIsSaidInManyWays) {
  Expect({{"554 5.7.1 The message is larger than 10 MB", Refusal::too_large},
          {"550 5.7.1 Message is larger than the system limit", Refusal::too_large},
          {"554 5.6.0 message size exceeds maximum", Refusal::too_large},
          {"550 5.5.2 Message too big", Refusal::too_large},
          {"554 5.7.1 Message too large to be scanned for viruses", Refusal::too_large},
          {"552 line too long", Refusal::permanent},
          {"552 1 Requested mail action aborted, mailbox not found", Refusal::permanent}});
}

TEST(Refusal, SpamHasManyNames) {
  Expect({{"554 5.7.1 Rejected as junk, too many links", Refusal::permanent},
          {"554 5.7.1 Rejected by content filter: too many suspicious links", Refusal::permanent},
          {"554 5.7.1 virus found, too many infected parts", Refusal::permanent},
          {"554 5.7.1 listed in RBL, too many hits", Refusal::permanent},
          {"554 5.7.1 Blocked by SURBL, too many bad URLs", Refusal::permanent},
          {"550 5.7.1 Message blocked: too many policy violations", Refusal::permanent},
          {"550 5.7.1 SPF check failed, too many DNS lookups", Refusal::permanent},
          {"550 5.4.5 spam complaints too many", Refusal::permanent},
          {"550 5.7.1 Rejected: unsolicited bulk mail, message size 12 KB", Refusal::permanent},
          {"552 5.7.0 Message contains malware, attachment too large to clean", Refusal::permanent},
          {"554 5.7.9 Message not accepted for policy reasons. See size limit of abuse", Refusal::permanent}});
}

TEST(Refusal, AGenericCodeSaysLessThan552AndTheWords) {
  Expect({{"552 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Message too large", Refusal::too_large},
          {"552 5.7.1 Message size exceeds maximum", Refusal::too_large},
          {"552 5.7.0 too large", Refusal::too_large},
          {"552 5.0.0 Message size exceeds maximum", Refusal::too_large},
          {"552 5.1.2 Message too big", Refusal::too_large},
          {"552 5.6.0 message size exceeds maximum", Refusal::too_large},
          {"554 5.7.1 Message size exceeds maximum permitted", Refusal::too_large},
          {"5.7.1 smtp; 552 5.7.1 Message too large", Refusal::too_large, RefusedAt::later},
          {"554 5.7.1 Message exceeds the maximum size of 20 MB", Refusal::too_large},
          {"554 5.7.1 message exceeds 20971520 bytes", Refusal::too_large},
          {"552 5.7.1 mailbox full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"552 5.1.1 <x>: over quota", Refusal::mailbox_full, RefusedAt::rcpt},
          {"552 5.7.0 This message was blocked because its content presents a potential security issue",
           Refusal::permanent},
          {"552 5.6.0 Headers too large (32768 max)", Refusal::permanent},
          {"554 5.7.1 the subject is too long", Refusal::permanent},
          {"550 5.1.1 <message-size@b.example>: Recipient address rejected: User unknown", Refusal::permanent}});
}

TEST(Refusal, OfTheMomentIsNamedAsALastingOne) {
  Expect({{"452 4.2.2 <x>: Recipient address rejected: full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"450 4.2.2 over quota", Refusal::mailbox_full, RefusedAt::rcpt},
          {"452 mailbox full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"451 4.2.0 <x> Quota exceeded (mailbox for user is full)", Refusal::mailbox_full},
          {"421 4.2.2 mailbox full", Refusal::mailbox_full, RefusedAt::rcpt},
          {"452 4.3.1 Insufficient system storage", Refusal::system_full, RefusedAt::mail},
          {"452 4.3.4 Message too big for system", Refusal::too_large, RefusedAt::mail},
          {"451 4.2.3 too large for this mailbox", Refusal::too_large},
          {"450 4.5.0 you have exceeded your daily limit", Refusal::deferred},
          {"451 4.7.1 You have exceeded your sending quota", Refusal::quota},
          {"450 4.4.5 Daily user sending quota exceeded", Refusal::quota, RefusedAt::mail},
          {"452 Message size too large at the moment", Refusal::deferred},
          {"450 4.1.1 <x>: unverified address", Refusal::deferred, RefusedAt::rcpt},
          {"450 4.1.8 <>: Sender address rejected: Domain not found", Refusal::deferred, RefusedAt::rcpt},
          {"450 4.2.0 Greylisted", Refusal::deferred, RefusedAt::rcpt},
          {"450 4.4.6 too many hops", Refusal::deferred},
          {"452 4.5.3 too many recipients", Refusal::deferred, RefusedAt::rcpt},
          {"421 4.3.2 shutting down", Refusal::deferred},
          {"450", Refusal::deferred}});
}

TEST(Refusal, AnAddressOrAVersionIsNoCode) {
  Expect({{"550 from 10.5.2.2: refused", Refusal::permanent},
          {"550 5.2.2.1 refused", Refusal::permanent},
          {"550 15.2.2 refused", Refusal::permanent}});
}

Error Taken(const std::string& code) {
  return code == "smtp-refused" ? Permanent(code) : Transient(code);
}

TEST(Refusal, MayBeAboutTheSender) {
  struct Case {
    const char* code;
    const char* reply;
  };
  for (const Case& about_sender : {Case{"smtp-refused", "554 5.7.1 <>: Sender address rejected: Access denied"},
                                   {"smtp-refused", "550 5.1.8 sender"},
                                   {"smtp-refused", "501 5.5.4 syntax"},
                                   {"smtp-refused", "530 5.7.57 Client not authenticated to send anonymous mail"},
                                   {"smtp-refused", "550 no"},
                                   {"smtp-deferred", "450 4.1.8 <>: Sender address rejected"},
                                   {"smtp-deferred", "451 4.7.1 bounces not accepted"},
                                   {"smtp-refused", "553 5.1.2 <r@b.example>: Recipient rejected: sender <> rejected"},
                                   {"smtp-refused", "550 5.2.1 empty return path refused"},
                                   {"smtp-mailbox-full", "552 5.2.2 <> over quota"},
                                   // These would stop all mails of the mailbox.
                                   {"smtp-quota-exceeded", "550 5.7.1 quota exceeded"},
                                   {"smtp-unreachable", "421 go away"}}) {
    EXPECT_TRUE(MayConcernSender(Taken(about_sender.code), RefusedAt::rcpt, about_sender.reply)) << about_sender.reply;
  }
  for (const Case& about_recipient : {Case{"smtp-refused", "553 5.1.2 <r@b.example>: no such domain"},
                                      {"smtp-deferred", "450 4.2.0 Greylisted"},
                                      {"smtp-refused", "550 5.1.1 User unknown"},
                                      {"smtp-mailbox-full", "552 5.2.2 full"}}) {
    EXPECT_FALSE(MayConcernSender(Taken(about_recipient.code), RefusedAt::rcpt, about_recipient.reply))
        << about_recipient.reply;
    // At MAIL the server knows no recipient.
    EXPECT_TRUE(MayConcernSender(Taken(about_recipient.code), RefusedAt::mail, about_recipient.reply));
  }
}

TEST(Refusal, IsReadToItsEnd) {
  const std::string long_before = "550 5.0.0 " + std::string(9000, 'x');
  EXPECT_EQ(MeaningOfRefusal(long_before + " mailbox is over quota", RefusedAt::rcpt), Refusal::mailbox_full);
  EXPECT_TRUE(MayConcernSender(Taken("smtp-deferred"), RefusedAt::rcpt, long_before + " null envelope"));
}

}  // namespace
}  // namespace gateway::mail
