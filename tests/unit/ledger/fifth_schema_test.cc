// A ledger of version 5 was left by a daemon that was killed with work in hand. It is migrated with
// all that it holds, and each of its items goes on from where it was.
#include "old_ledgers.h"
#include "random_walk.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

class FifthSchemaTest : public RandomWalkTest {
 protected:
  FifthSchemaTest() {
    database.reset();
    LoadOldLedger("schema-5.sql", file());
    EXPECT_EQ(VersionOf(file()), 5);
    Reopen();
    now_ = FromUnixMilliseconds(1'700'001'051'000);  // less than a lease after the kill
    uid_ = 3000;
    messages_ = 200;
  }
  // What the daemon does first when it starts.
  void Start() {
    ASSERT_TRUE(ledger->claims.UnclaimOutbound());
    ASSERT_TRUE(ledger->claims.UnclaimInbound());
  }
  std::int64_t InHand(const std::string& table) {
    return CountBy("SELECT COUNT(*) FROM " + table + " WHERE claimed_until > 0");
  }
  std::vector<std::string> OnServer(const std::string& mailbox, const std::string& folder) {
    std::vector<std::string> identities;
    for (const KnownMail& known : Must(ledger->fetched_mails.OnServer({mailbox, folder}, "7:"))) {
      identities.push_back(known.identity);
    }
    return identities;
  }
  MailToOpen FetchedAs(const std::string& identity) {
    for (MailToOpen& mail : Must(ledger->open_queue.Claim(1000, now_ + Milliseconds(1'000'000), kLease))) {
      if (mail.identity == identity) return std::move(mail);
    }
    ADD_FAILURE() << identity;
    return {};
  }
  // The partner's answer to a message of which the old version sent a copy under this Message-ID.
  ReportOutcome Answered(const std::string& message_id, const std::string& nonce) {
    Report report;
    report.partner = "b";
    report.partner_address = "tele@b.example";
    report.partner_key = "BB66";
    report.secret = ReceiptSecret::required;
    report.message_ids = {message_id};
    report.nonce = nonce;
    const std::int64_t mail = Must(ledger->fetched_mails.Add(MakeMail(++uid_))).mail;
    return Must(ledger->reports.Record(report, mail, 2, now_, now_));
  }
};

TEST_F(FifthSchemaTest, HoldsItemsInEveryState) {
  const auto counts = Must(operators->GetStatus()).counts;
  for (const KindStates& kind : AllStates()) {
    for (const KindState& state : kind.states) {
      const std::int64_t count = counts.at(kind.kind).at(state);
      EXPECT_EQ(count, CountRows(kind, state)) << ledger::NameOf(kind.kind) << " " << state.name;
      EXPECT_GT(count, 0) << ledger::NameOf(kind.kind) << " " << state.name;
    }
  }
  EXPECT_EQ(VersionOf(file()), Migrations().back().version);
  ExpectAgreement();
}

TEST_F(FifthSchemaTest, WhatTheKilledDaemonHadInHandIsFreeAtTheNextStart) {
  for (const char* table : {"message", "mail", "delivery", "receipt", "document"}) EXPECT_GT(InHand(table), 0) << table;
  Start();
  for (const char* table : {"message", "mail", "delivery", "receipt", "document"}) EXPECT_EQ(InHand(table), 0) << table;
}

TEST_F(FifthSchemaTest, MailsOnTheServerAreKnownByTheirNewIdentity) {
  EXPECT_THAT(OnServer("main", "INBOX"), IsSupersetOf({"7:2000", "7:2011", "7:2020"}));
  EXPECT_THAT(OnServer("main", "Junk"), ElementsAre("7:2002"));
  EXPECT_THAT(OnServer("second", "INBOX"), ElementsAre("7:2001"));
  NewMail again = MakeMail(2020);
  again.folder = "INBOX";
  EXPECT_TRUE(Must(ledger->fetched_mails.Add(again)).known);
  ASSERT_TRUE(ledger->fetched_mails.RecordRemoved({"main", "Junk"}, {"7:2002"}));
  EXPECT_THAT(OnServer("main", "Junk"), IsEmpty());
}

TEST_F(FifthSchemaTest, TheReasonsThatAPersonOverruledAreKept) {
  Start();
  EXPECT_THAT(FetchedAs("7:2030").overruled, ElementsAre("not-for-us", "replayed"));
  Start();
  EXPECT_THAT(FetchedAs("7:2031").overruled, ElementsAre("stranger"));
  Start();
  EXPECT_THAT(FetchedAs("7:2020").overruled, IsEmpty());
}

TEST_F(FifthSchemaTest, AReceiptStillHasToRepeatTheSecretOfItsMessage) {
  Start();
  EXPECT_EQ(Answered("late-110@a.example", "our-nonce-133").refused, "receipt-of-another-mail");
  EXPECT_TRUE(Answered("late-110@a.example", "our-nonce-110").changed);
  EXPECT_EQ(Must(ledger->seal_queue.SizeLimitOf("BB66", now_)), 1'000'000U);
  ExpectAgreement();
}

TEST_F(FifthSchemaTest, TheLastFragmentCompletesTheMail) {
  Start();
  NewMail last = MakeMail(3500);
  last.folder = "INBOX";
  const std::int64_t mail = Must(ledger->fetched_mails.Add(last)).mail;
  const FragmentOutcome outcome = Must(ledger->fragments.Record(mail, MakeFacts(), {"late", 3, 3, "content-3"}, now_));
  ASSERT_TRUE(outcome.joined);
  // The second fragment came wrapped, and its file was taken out of the mail.
  std::vector<std::string> files;
  for (const MailToOpen& found : Must(ledger->open_queue.Claim(1000, now_ + Milliseconds(1'000'000), kLease))) {
    if (found.id == *outcome.joined) files = found.spool_keys;
  }
  EXPECT_THAT(files, ElementsAre("mail-2011", "unwrapped", "mail-3500"));
}

TEST_F(FifthSchemaTest, DeliveriesOfTheRedirectedPacsGoOn) {
  Start();
  const auto deliveries = Must(ledger->deliveries.Claim("third", 99, now_, kLease));
  ASSERT_THAT(deliveries, SizeIs(2));
  // The old version knew of one doubt. The other delivery was in hand when the daemon was killed.
  EXPECT_TRUE(std::ranges::all_of(deliveries, &DeliveryToMake::in_doubt));
  for (const DeliveryToMake& delivery : deliveries) {
    ASSERT_TRUE(ledger->deliveries.RecordDelivered(delivery.id, 0, now_));
  }
  EXPECT_THAT(Must(ledger->deliveries.Claim("third", 99, now_, kLease)), IsEmpty());
  ExpectAgreement();
}

TEST_F(FifthSchemaTest, WhatAPersonHoldsIsStillHeldAndCanBeReleased) {
  Start();
  OperatorActs acts(*database);
  EXPECT_THAT(Must(acts.HeldDestinations()), SizeIs(2));
  EXPECT_GT(Count("messages", "held"), 0);
  ASSERT_TRUE(acts.ReleaseDestination({DestinationKind::partner, "c"}, now_));
  ASSERT_TRUE(acts.ReleaseDestination({DestinationKind::pacs, "archive"}, now_));
  ASSERT_GT(CountBy("SELECT COUNT(*) FROM shipment WHERE held = 1"), 0);
  while (const std::int64_t id = CountBy("SELECT COALESCE(MAX(id), 0) FROM shipment WHERE held = 1")) {
    ASSERT_TRUE(acts.Release({ItemKind::shipment, id}, now_));
  }
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM message WHERE state = 'held' AND held = 0"), 0);
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM delivery WHERE state = 'held' AND held = 0"), 0);
  EXPECT_EQ(Count("receipts", "held"), 0);
  ExpectAgreement();
}

TEST_F(FifthSchemaTest, ItsWorkGoesOnWithEveryCall) {
  const std::int64_t opened = Count("mails", "opened");
  const std::int64_t stored = Count("deliveries", "stored");
  Start();
  for (int leg = 0; leg < 2; ++leg) {
    Walk(25);
    ExpectAgreement();
  }
  EXPECT_GT(Count("mails", "opened"), opened);
  EXPECT_GT(Count("deliveries", "stored"), stored);
  now_ += Milliseconds(40'000);
  ForgetRows();
  EXPECT_GT(forgotten_, 30U);  // most of them are rows of the old version
  ExpectAgreement();
}

}  // namespace
}  // namespace gateway::ledger
