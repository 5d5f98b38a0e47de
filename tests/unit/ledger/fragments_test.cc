
#include "ledger/care/consistency.h"
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class FragmentsTest : public LedgerTest {
 protected:
  Result<FragmentOutcome> Record(std::uint32_t uid, unsigned number, unsigned total, const std::string& id = "p",
                                 const std::string& sender = "tele@b.example") {
    MailFacts facts = MakeFacts();
    facts.sender = sender;
    return ledger->fragments.Record(ledger->fetched_mails.Add(MakeMail(uid)).value().mail, facts, {id, number, total},
                                    At(90));
  }
  std::vector<MailToOpen> Claim() { return ledger->open_queue.Claim(99, At(9999), kLease).value(); }
};

TEST_F(FragmentsTest, JoinInAnyOrderWithTheTotalOnTheLastOnly) {
  EXPECT_FALSE(Record(1, 3, 3).value().joined);
  EXPECT_FALSE(Record(2, 1, 0).value().joined);
  const FragmentOutcome outcome = Record(3, 2, 0).value();
  ASSERT_TRUE(outcome.joined);
  EXPECT_EQ(outcome.fragments, 3u);
  const auto mails = Claim();
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_EQ(mails[0].id, *outcome.joined);
  EXPECT_EQ(mails[0].mailbox, "main");
  EXPECT_THAT(mails[0].spool_keys, ElementsAre("mail-2", "mail-3", "mail-1"));
  EXPECT_EQ(Count("mails", "joined"), 3);
}

TEST_F(FragmentsTest, SurviveRestarts) {
  EXPECT_FALSE(Record(1, 2, 2).value().joined);
  Reopen();
  EXPECT_TRUE(Record(2, 1, 2).value().joined);
}

TEST_F(FragmentsTest, SendersAreToldApartWithoutRegardToCase) {
  EXPECT_FALSE(Record(1, 1, 2, "p", "a@x.example").value().joined);
  EXPECT_FALSE(Record(2, 2, 2, "p", "b@x.example").value().joined);
  EXPECT_FALSE(Record(3, 2, 2, "q", "a@x.example").value().joined);
  EXPECT_TRUE(Record(4, 2, 2, "p", "A@X.Example").value().joined);
}

// One of the two may be forged: neither goes.
TEST_F(FragmentsTest, AnotherContentUnderTheSameNumberIsNoDuplicate) {
  const auto record = [&](std::uint32_t uid, unsigned number, const std::string& sha256) {
    return ledger->fragments.Record(Must(ledger->fetched_mails.Add(MakeMail(uid))).mail, MakeFacts(),
                                    {"p", number, 2, sha256}, At(90));
  };
  ASSERT_TRUE(record(1, 1, "forged"));
  EXPECT_TRUE(Must(record(2, 1, "forged")).duplicate);
  EXPECT_EQ(record(3, 1, "right").error().code, "fragment-conflict");
  EXPECT_EQ(record(3, 1, "right").error().fault, Fault::corrupt);
  EXPECT_TRUE(Must(operators->HasMail("mail-3")));
  ASSERT_TRUE(Must(record(4, 2, "last")).joined);
  EXPECT_EQ(record(3, 1, "right").error().code, "fragment-conflict");
  EXPECT_TRUE(Must(record(5, 2, "last")).duplicate);
}

TEST_F(FragmentsTest, DuplicatesAreDone) {
  EXPECT_FALSE(Record(1, 1, 2).value().duplicate);
  const FragmentOutcome again = Record(2, 1, 2).value();
  EXPECT_TRUE(again.duplicate);
  EXPECT_THAT(again.spool_keys, ElementsAre("mail-2"));
  EXPECT_FALSE(operators->HasMail("mail-2").value());
  ASSERT_TRUE(Record(3, 2, 2).value().joined);
  const FragmentOutcome late = Record(4, 2, 2).value();
  EXPECT_TRUE(late.duplicate);
  EXPECT_FALSE(late.joined);
  EXPECT_THAT(Claim()[0].spool_keys, ElementsAre("mail-1", "mail-3"));
}

TEST_F(FragmentsTest, RecordedTwiceIsAnsweredAlike) {
  const std::int64_t first = ledger->fetched_mails.Add(MakeMail(1)).value().mail;
  const std::int64_t second = ledger->fetched_mails.Add(MakeMail(2)).value().mail;
  for (int i = 0; i < 2; ++i) {
    const auto outcome = ledger->fragments.Record(first, MakeFacts(), {"p", 1, 2}, At(90)).value();
    EXPECT_FALSE(outcome.duplicate);
    EXPECT_FALSE(outcome.joined);
  }
  const auto joined = ledger->fragments.Record(second, MakeFacts(), {"p", 2, 2}, At(90)).value();
  const auto again = ledger->fragments.Record(second, MakeFacts(), {"p", 2, 2}, At(90)).value();
  EXPECT_EQ(joined.joined, again.joined);
  EXPECT_EQ(again.fragments, 2u);
  EXPECT_EQ(Count("mails", "fetched"), 1);
}

TEST_F(FragmentsTest, TwoDifferentTotalsNeverJoin) {
  ASSERT_TRUE(Record(1, 1, 2));
  ASSERT_TRUE(Record(2, 3, 3));
  const FragmentOutcome outcome = Record(3, 2, 2).value();
  EXPECT_FALSE(outcome.joined);
  EXPECT_EQ(Count("mails", "fragment"), 3);
}

TEST_F(FragmentsTest, OutOfRangeIsCorrupt) {
  for (const auto& [number, total] : {std::pair{0u, 2u}, {3u, 2u}, {1u, 10'001u}, {10'001u, 0u}}) {
    const auto outcome = Record(number + total, number, total);
    ASSERT_FALSE(outcome) << number << "/" << total;
    EXPECT_EQ(outcome.error().code, "fragment-out-of-range");
    EXPECT_EQ(outcome.error().fault, Fault::corrupt);
  }
  EXPECT_EQ(Count("mails", "fragment"), 0);
  EXPECT_EQ(Count("mails", "fetched"), 4);
}

TEST_F(FragmentsTest, ReopenedJoinedMailReturnsTheFragmentsFiles) {
  ASSERT_TRUE(Record(1, 1, 2));
  const std::int64_t joined = *Record(2, 2, 2).value().joined;
  const auto recorded = ledger->opened_mails.Record(MakeOpened(joined, {MakeReceived("1")}), At(100)).value();
  EXPECT_THAT(recorded.spool_keys, ElementsAre("mail-1", "mail-2"));
  EXPECT_FALSE(operators->HasMail("mail-1").value());
  EXPECT_EQ(Count("mails", "opened"), 1);
  EXPECT_EQ(Count("mails", "joined"), 2);
}

TEST_F(FragmentsTest, QuarantinedJoinedMailKeepsThemAndDropReturnsThem) {
  ASSERT_TRUE(Record(1, 1, 2));
  const std::int64_t joined = *Record(2, 2, 2).value().joined;
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(joined, MakeFacts(), Corrupt("bad-signature"), At(100)));
  EXPECT_TRUE(operators->HasMail("mail-1").value());
  EXPECT_THAT(operators->ItemOf({ItemKind::mail, joined}).value()->spool_keys, ElementsAre("mail-1", "mail-2"));
  EXPECT_TRUE(operators->ReleaseMail(joined, At(101)).value());
  EXPECT_THAT(Claim()[0].spool_keys, ElementsAre("mail-1", "mail-2"));
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(joined, MakeFacts(), Corrupt("bad-signature"), At(102)));
  EXPECT_THAT(operators->Drop({ItemKind::mail, joined}, At(103)).value().value(), ElementsAre("mail-1", "mail-2"));
}

TEST_F(FragmentsTest, ADroppedMessageMayBeSentAnew) {
  ASSERT_TRUE(Record(1, 1, 2));
  const std::int64_t joined = *Record(2, 2, 2).value().joined;
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(joined, MakeFacts(), Corrupt("damaged"), At(100)));
  EXPECT_TRUE(Record(3, 1, 2).value().duplicate);
  ASSERT_TRUE(operators->Drop({ItemKind::mail, joined}, At(103)));
  EXPECT_FALSE(Record(4, 1, 2).value().duplicate);
  EXPECT_TRUE(Record(5, 2, 2).value().joined);
}

TEST_F(FragmentsTest, NestedOnesAreOpenedOnceTheOuterOnesAreIn) {
  ASSERT_TRUE(Record(1, 1, 2, "inner"));
  const std::int64_t inner = *Record(2, 2, 2, "inner").value().joined;
  ASSERT_TRUE(Record(3, 1, 2, "outer"));
  const auto outer =
      ledger->fragments.Record(inner, MakeFacts(), {"outer", 2, 2}, At(90), {"inner-file", 700, "inner-sha"}).value();
  ASSERT_TRUE(outer.joined);
  const auto mails = Claim();
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_THAT(mails[0].spool_keys, ElementsAre("mail-3", "inner-file"));
  EXPECT_THAT(ledger->opened_mails.Record(MakeOpened(mails[0].id), At(100)).value().spool_keys,
              ElementsAre("mail-3", "inner-file"));
  EXPECT_FALSE(operators->HasMail("inner-file").value());
}

TEST_F(FragmentsTest, ANestedDuplicateGivesItsJoinedFileBack) {
  ASSERT_TRUE(Record(1, 1, 2, "outer"));
  ASSERT_TRUE(Record(2, 1, 2, "inner"));
  const std::int64_t inner = *Record(3, 2, 2, "inner").value().joined;
  const auto outcome =
      ledger->fragments.Record(inner, MakeFacts(), {"outer", 1, 2}, At(90), {"inner-file", 700, "inner-sha"}).value();
  EXPECT_TRUE(outcome.duplicate);
  EXPECT_THAT(outcome.spool_keys, UnorderedElementsAre("mail-2", "mail-3", "inner-file"));
  EXPECT_FALSE(operators->HasMail("inner-file").value());
}

TEST_F(FragmentsTest, AFragmentOfItselfIsNoDuplicate) {
  ASSERT_TRUE(Record(1, 1, 2, "x"));
  const std::int64_t whole = *Record(2, 2, 2, "x").value().joined;
  const auto outcome =
      ledger->fragments.Record(whole, MakeFacts(), {"x", 1, 2}, At(90), {"joined-file", 800, "joined-sha"});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "fragment-nested");
  EXPECT_TRUE(operators->HasMail("mail-1").value());
}

TEST_F(FragmentsTest, JoinedContentReplacesTheFileOfAMail) {
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(1)).value().mail;
  const auto outcome =
      ledger->fragments.Record(mail, MakeFacts(), {"x", 1, 2}, At(90), {"joined-file", 800, "joined-sha"}).value();
  EXPECT_THAT(outcome.spool_keys, ElementsAre("mail-1"));
  EXPECT_TRUE(operators->HasMail("joined-file").value());
  // `verify` compares the file with what it is, and not with the wrapper that was fetched.
  const auto file = Must(Consistency(*database).FileOf({ItemKind::mail, mail}));
  ASSERT_TRUE(file);
  EXPECT_EQ(std::tie(file->spool_key, file->size, file->sha256),
            std::tuple("joined-file", std::optional<std::uint64_t>(800), "joined-sha"));
}

TEST_F(FragmentsTest, ExpireWithAllOthersOfTheirKey) {
  ASSERT_TRUE(Record(10, 1, 0));
  ASSERT_TRUE(Record(80, 3, 3));
  ASSERT_TRUE(Record(81, 1, 2, "other"));
  EXPECT_THAT(ledger->fragments.Expire(At(10), 9, At(100)).value(), IsEmpty());
  const auto expired = ledger->fragments.Expire(At(11), 9, At(100)).value();
  ASSERT_THAT(expired, SizeIs(1));
  EXPECT_THAT(expired[0].mails, SizeIs(2));
  EXPECT_EQ(expired[0].partner, "b");
  EXPECT_EQ(expired[0].total, 3u);
  EXPECT_EQ(Count("mails", "quarantined"), 2);
  const QuarantineItem item = operators->ItemOf({ItemKind::mail, expired[0].mails[0]}).value().value();
  EXPECT_EQ(item.reason, "fragments-expired");
  EXPECT_EQ(item.since, At(100));
  EXPECT_THAT(ledger->fragments.Expire(At(11), 9, At(101)).value(), IsEmpty());
}

TEST_F(FragmentsTest, ExpireAFewKeysAtATime) {
  for (const std::uint32_t uid : {3, 1, 2}) ASSERT_TRUE(Record(uid, 1, 2, std::to_string(uid)));
  EXPECT_THAT(ledger->fragments.Expire(At(50), 2, At(100)).value(), SizeIs(2));
  const auto rest = ledger->fragments.Expire(At(50), 2, At(100)).value();
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].mails, std::vector<std::int64_t>{1});  // of uid 3, fetched last
}

TEST_F(FragmentsTest, JoinAfterTheyHadExpired) {
  ASSERT_TRUE(Record(1, 1, 3));
  ASSERT_TRUE(Record(2, 2, 3));
  ASSERT_TRUE(ledger->fragments.Expire(At(50), 9, At(100)));
  const FragmentOutcome outcome = Record(60, 3, 3).value();
  EXPECT_TRUE(outcome.joined);
  EXPECT_EQ(outcome.fragments, 3u);
  EXPECT_EQ(Count("mails", "quarantined"), 0);
}

TEST_F(FragmentsTest, WaitAnewWhenOthersComeAfterTheyHadExpired) {
  ASSERT_TRUE(Record(1, 1, 3));
  ASSERT_TRUE(ledger->fragments.Expire(At(50), 9, At(60)));
  ASSERT_TRUE(Record(80, 2, 3));  // at 90
  EXPECT_EQ(Count("mails", "fragment"), 2);
  EXPECT_THAT(ledger->fragments.Expire(At(79), 9, At(91)).value(), IsEmpty());
  EXPECT_THAT(ledger->fragments.Expire(At(81), 9, At(91)).value().at(0).mails, SizeIs(2));
}

TEST_F(FragmentsTest, AnExpiredOneThatComesAgainIsADuplicate) {
  ASSERT_TRUE(Record(1, 1, 2));
  ASSERT_TRUE(ledger->fragments.Expire(At(50), 9, At(60)));
  EXPECT_TRUE(Record(2, 1, 2).value().duplicate);
  EXPECT_TRUE(Record(3, 2, 2).value().joined);
}

TEST_F(FragmentsTest, ReleasedAfterTheyHadExpiredTheyWaitAgain) {
  ASSERT_TRUE(Record(1, 1, 2));
  const std::int64_t mail = ledger->fragments.Expire(At(50), 9, At(60)).value().at(0).mails.at(0);
  ASSERT_TRUE(operators->ReleaseMail(mail, At(61)).value());
  EXPECT_FALSE(ledger->fragments.Record(mail, MakeFacts(), {"p", 1, 2}, At(62)).value().joined);
  EXPECT_THAT(ledger->fragments.Expire(At(62), 9, At(110)).value(), IsEmpty());
  EXPECT_TRUE(Record(70, 2, 2, "p", "tele@b.example").value().joined);
}

TEST_F(FragmentsTest, AreBoundedByMessagesOfEachPartner) {
  for (std::uint32_t uid = 1; uid <= 20; ++uid) ASSERT_TRUE(Record(uid, 1, 9, "p" + std::to_string(uid)));
  MailFacts other = MakeFacts();
  other.sender = "tele@c.example";
  other.partner = "c";
  const std::int64_t of_c = Must(ledger->fetched_mails.Add(MakeMail(30))).mail;
  ASSERT_TRUE(ledger->fragments.Record(of_c, other, {"p", 1, 9}, At(1)));
  const auto displaced = Must(ledger->fragments.Displace({.messages = 15}, 99, At(200)));
  ASSERT_THAT(displaced, SizeIs(5));
  EXPECT_EQ(displaced[0].partner, "b");
  EXPECT_THAT(displaced[0].mails, ElementsAre(1));  // the oldest
  EXPECT_EQ(Count("mails", "fragment"), 16);        // the other partner's as well
  EXPECT_EQ(operators->Items().value().at(0).reason, "fragments-displaced");
  EXPECT_THAT(Must(ledger->fragments.Displace({.messages = 15}, 99, At(200))), IsEmpty());
}

TEST_F(FragmentsTest, AreBoundedBySize) {
  for (std::uint32_t uid = 1; uid <= 8; ++uid) ASSERT_TRUE(Record(uid, uid % 2 + 1, 9, "p" + std::to_string(uid / 2)));
  const std::uint64_t size = MakeMail(1).size;
  const auto displaced = Must(ledger->fragments.Displace({.messages = 99, .bytes = 5 * size}, 99, At(200)));
  ASSERT_THAT(displaced, SizeIs(2));
  EXPECT_THAT(displaced[1].mails, ElementsAre(2, 3));  // all of a message
  EXPECT_EQ(Count("mails", "fragment"), 5);
}

// The rest of what was displaced comes after all: then another is the oldest.
TEST_F(FragmentsTest, DisplacedOnesWaitAgainWhenOthersCome) {
  ASSERT_TRUE(Record(1, 1, 2, "first"));
  ASSERT_TRUE(Record(2, 1, 2, "second"));
  ASSERT_THAT(Must(ledger->fragments.Displace({.messages = 1}, 99, At(200))), SizeIs(1));
  EXPECT_TRUE(Must(Record(3, 2, 2, "first")).joined);
  EXPECT_TRUE(Must(Record(4, 2, 2, "second")).joined);
}

TEST_F(FragmentsTest, NestedOnesNeedTheFileOfTheJoinedContent) {
  ASSERT_TRUE(Record(1, 1, 2, "inner"));
  const std::int64_t inner = *Record(2, 2, 2, "inner").value().joined;
  const auto refused = ledger->fragments.Record(inner, MakeFacts(), {"outer", 1, 2}, At(90));
  EXPECT_EQ(refused.error().code, "fragment-nested");
  const auto taken =
      ledger->fragments.Record(inner, MakeFacts(), {"outer", 1, 2}, At(90), {"inner-file", 700, "inner-sha"}).value();
  EXPECT_THAT(taken.spool_keys, ElementsAre("mail-1", "mail-2"));
  ASSERT_TRUE(Record(3, 2, 2, "outer").value().joined);
  EXPECT_THAT(Claim()[0].spool_keys, ElementsAre("inner-file", "mail-3"));
}

}  // namespace
}  // namespace gateway::ledger
