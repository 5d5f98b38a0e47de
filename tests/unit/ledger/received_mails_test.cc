#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ReceivedMailsTest : public LedgerTest {};

TEST_F(ReceivedMailsTest, KnowsAMailByItsUid) {
  const AddedMail first = ledger->fetched_mails.Add(MakeMail(1)).value();
  const AddedMail again = ledger->fetched_mails.Add(MakeMail(1)).value();
  EXPECT_FALSE(first.known);
  EXPECT_TRUE(again.known);
  EXPECT_EQ(first.mail, again.mail);
  NewMail other_validity = MakeMail(1);
  other_validity.identity = "8:1";
  EXPECT_FALSE(ledger->fetched_mails.Add(other_validity).value().known);
}

TEST_F(ReceivedMailsTest, ListsWhatMayStillBeOnTheServer) {
  for (const std::uint32_t uid : {3, 1, 2}) ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(uid)));
  ASSERT_TRUE(ledger->fetched_mails.RecordRemoved({"main"}, {IdentityOf(2)}));
  std::vector<std::string> identities;
  for (const KnownMail& mail : Must(ledger->fetched_mails.OnServer({"main"}, "7:")))
    identities.push_back(mail.identity);
  EXPECT_THAT(identities, ElementsAre(IdentityOf(3), IdentityOf(1)));
  EXPECT_THAT(ledger->fetched_mails.OnServer({"main"}, "8:").value(), IsEmpty());
  // Removed, so we thought, but there it is again.
  EXPECT_TRUE(ledger->fetched_mails.Add(MakeMail(2)).value().known);
  EXPECT_THAT(ledger->fetched_mails.OnServer({"main"}, "7:").value(), SizeIs(3));
}

TEST_F(ReceivedMailsTest, ClaimsOldestFirstAndByLease) {
  for (const std::uint32_t uid : {1, 2, 3}) ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(uid)));
  const auto first = ledger->open_queue.Claim(2, At(10), kLease).value();
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_THAT(first[0].spool_keys, ElementsAre("mail-1"));
  EXPECT_EQ(first[0].fetched, At(1));
  EXPECT_THAT(ledger->open_queue.Claim(9, At(10), kLease).value(), SizeIs(1));
  EXPECT_THAT(ledger->open_queue.Claim(9, At(71), kLease).value(), SizeIs(3));
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  EXPECT_THAT(ledger->open_queue.Claim(9, At(71), kLease).value(), SizeIs(3));
}

TEST_F(ReceivedMailsTest, ClaimsByPriorityThenByAge) {
  std::uint32_t uid = 0;
  for (const Priority priority : {Priority::bulk, Priority::normal, Priority::emergency, Priority::emergency}) {
    NewMail mail = MakeMail(++uid);
    mail.priority = priority;
    ASSERT_TRUE(ledger->fetched_mails.Add(mail));
  }
  std::vector<std::int64_t> opened;
  for (int i = 0; i < 2; ++i) {
    for (const MailToOpen& mail : Must(ledger->open_queue.Claim(2, At(10), kLease))) opened.push_back(mail.id);
  }
  EXPECT_THAT(opened, ElementsAre(3, 4, 2, 1));
}

TEST_F(ReceivedMailsTest, DeliversInThePriorityOfTheMail) {
  NewMail bulk = MakeMail(1);
  bulk.priority = Priority::bulk;
  NewMail urgent = MakeMail(2);
  urgent.priority = Priority::emergency;
  const auto open = [&](const NewMail& mail, const std::string& uid) {
    const std::int64_t id = Must(ledger->fetched_mails.Add(mail)).mail;
    return Must(ledger->opened_mails.Record(MakeOpened(id, {MakeReceived(uid)}), At(100))).instances.at(0).instance;
  };
  const std::int64_t first = open(bulk, "1");
  EXPECT_FALSE(ledger->deliveries.HasUrgent("main", At(150)).value());
  const std::int64_t second = open(urgent, "2");
  EXPECT_TRUE(ledger->deliveries.HasUrgent("main", At(150)).value());
  EXPECT_FALSE(ledger->deliveries.HasUrgent("other", At(150)).value());
  const auto deliveries = Must(ledger->deliveries.Claim("main", 9, At(150), kLease));
  ASSERT_THAT(deliveries, SizeIs(2));
  EXPECT_EQ(deliveries[0].instance, second);
  EXPECT_EQ(deliveries[0].priority, Priority::emergency);
  EXPECT_EQ(deliveries[1].instance, first);
  EXPECT_FALSE(ledger->deliveries.HasUrgent("main", At(150)).value());  // it is claimed
}

TEST_F(ReceivedMailsTest, FailedOpeningIsTriedAgainLater) {
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(1)).value().mail;
  ASSERT_TRUE(ledger->open_queue.Claim(9, At(10), kLease));
  ASSERT_TRUE(ledger->open_queue.RecordFailure(mail, Transient("disk-full"), At(30)));
  EXPECT_THAT(ledger->open_queue.Claim(9, At(29), kLease).value(), IsEmpty());
  const auto again = ledger->open_queue.Claim(9, At(30), kLease).value();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].tries, 1u);
}

TEST_F(ReceivedMailsTest, OpenedMailGivesInstancesAndItsFile) {
  AddOpened(1, {MakeReceived("1", {"main", "second"}), MakeReceived("2", {})});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::accepted);
  EXPECT_EQ(last.instances[1].outcome, InstanceOutcome::undeliverable);
  EXPECT_THAT(last.spool_keys, ElementsAre("mail-1"));
  EXPECT_FALSE(operators->HasMail("mail-1").value());
  EXPECT_EQ(Count("mails", "opened"), 1);
  EXPECT_EQ(Count("deliveries", "waiting"), 2);
  EXPECT_EQ(Count("instances_in", "undeliverable"), 1);
}

TEST_F(ReceivedMailsTest, OpenedTwiceDoublesNothing) {
  const std::int64_t mail = AddOpened(1, {MakeReceived("1"), MakeReceived("2", {})});
  const auto first = last.instances;
  const RecordedMail recorded =
      ledger->opened_mails.Record(MakeOpened(mail, {MakeReceived("1"), MakeReceived("2", {})}), At(101)).value();
  EXPECT_EQ(recorded.instances[0].outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(recorded.instances[0].instance, first[0].instance);
  EXPECT_EQ(recorded.instances[1].outcome, InstanceOutcome::duplicate);
  EXPECT_THAT(recorded.spool_keys, IsEmpty());
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
}

TEST_F(ReceivedMailsTest, SameUidWithOtherDataIsAConflict) {
  AddOpened(1, {MakeReceived("1", {"main"}, "first")});
  AddOpened(2, {MakeReceived("1", {"main"}, "second"), MakeReceived("1", {"main"}, "first")});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::conflict);
  EXPECT_EQ(last.instances[1].outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Count("instances_in", "conflict"), 1);
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
  // The conflicting one again is the same conflict, not one more.
  AddOpened(3, {MakeReceived("1", {"main"}, "second")});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::duplicate);
}

TEST_F(ReceivedMailsTest, FindsDuplicatesInsideOneMail) {
  AddOpened(1, {MakeReceived("1", {"main"}, "a"), MakeReceived("1", {"main"}, "a"), MakeReceived("1", {"main"}, "b")});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::accepted);
  EXPECT_EQ(last.instances[1].outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(last.instances[2].outcome, InstanceOutcome::conflict);
}

// As of documents that became DICOM objects; changed_instances_test.cc has what was compared.
TEST_F(ReceivedMailsTest, PartnersDoNotConflictWithEachOtherWhereNothingIsCompared) {
  AddOpened(1, {MakeReceived("1", {"main"}, "a")});
  OpenedMail other =
      MakeOpened(ledger->fetched_mails.Add(MakeMail(2)).value().mail, {MakeReceived("1", {"main"}, "b")});
  other.facts.partner = "c";
  EXPECT_EQ(ledger->opened_mails.Record(other, At(101)).value().instances[0].outcome, InstanceOutcome::accepted);
}

TEST_F(ReceivedMailsTest, WhatIsSentOutIsNoDuplicateWhenItComesBack) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1"), {To("b")}));
  AddOpened(1, {MakeReceived("1", {"main"}, "hash-of-1")});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::accepted);
}

TEST_F(ReceivedMailsTest, LeftoverQuarantinesTheMailAndKeepsItsFile) {
  OpenedMail opened = MakeOpened(ledger->fetched_mails.Add(MakeMail(1)).value().mail, {MakeReceived("1")});
  opened.leftover = Corrupt("bad-part", "part 2");
  const RecordedMail recorded = ledger->opened_mails.Record(opened, At(100)).value();
  EXPECT_EQ(recorded.instances[0].outcome, InstanceOutcome::accepted);
  EXPECT_THAT(recorded.spool_keys, IsEmpty());
  EXPECT_TRUE(operators->HasMail("mail-1").value());
  EXPECT_EQ(Count("mails", "quarantined"), 1);
}

TEST_F(ReceivedMailsTest, QuarantineDoesNotTakeBackAnOpenedMail) {
  const std::int64_t mail = AddOpened(1, {MakeReceived("1")});
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("late"), At(102)));
  EXPECT_EQ(Count("mails", "opened"), 1);
  EXPECT_EQ(Count("mails", "quarantined"), 0);
}

TEST_F(ReceivedMailsTest, DeliveriesCarryWhatThePacsNeeds) {
  AddOpened(1, {MakeReceived("1")});
  EXPECT_THAT(ledger->deliveries.Claim("other", 9, At(200), kLease).value(), IsEmpty());
  const auto deliveries = ledger->deliveries.Claim("main", 9, At(200), kLease).value();
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].instance, last.instances[0].instance);
  EXPECT_EQ(deliveries[0].spool_key, "file-1-hash");
  EXPECT_EQ(deliveries[0].sop_instance_uid, "1");
  EXPECT_EQ(deliveries[0].transfer_syntax_uid, "1.2.840.10008.1.2.1");
  EXPECT_EQ(deliveries[0].dataset_offset, 300u);
  EXPECT_EQ(deliveries[0].created, At(100));
  EXPECT_THAT(ledger->deliveries.Claim("main", 9, At(200), kLease).value(), IsEmpty());
  ASSERT_TRUE(ledger->deliveries.Unclaim({deliveries[0].id}));
  EXPECT_THAT(ledger->deliveries.Claim("main", 9, At(200), kLease).value(), SizeIs(1));
}

// A PACS that stored it and whose answer was lost says "duplicate" the next time.
TEST_F(ReceivedMailsTest, DeliveriesInDoubtAreRememberedAsSuch) {
  AddOpened(1, {MakeReceived("1")});
  AddOpened(2, {MakeReceived("2")});
  const auto claimed = ledger->deliveries.Claim("main", 9, At(200), kLease).value();
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_FALSE(claimed[0].in_doubt);
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(claimed[0].id));
  ASSERT_TRUE(ledger->deliveries.Unclaim({claimed[0].id, claimed[1].id}));
  const auto again = ledger->deliveries.Claim("main", 9, At(200), kLease).value();
  EXPECT_TRUE(again[0].in_doubt);
  EXPECT_FALSE(again[1].in_doubt);
  ASSERT_TRUE(ledger->claims.UnclaimInbound());  // the daemon died with them in hand
  EXPECT_TRUE(ledger->deliveries.Claim("main", 9, At(200), kLease).value()[1].in_doubt);
}

TEST_F(ReceivedMailsTest, WhatGotNoAnswerComesBehindTheOthers) {
  for (int mail = 1; mail <= 3; ++mail) AddOpened(mail, {MakeReceived(std::to_string(mail))});
  const auto claimed = ledger->deliveries.Claim("main", 9, At(200), kLease).value();
  ASSERT_THAT(claimed, SizeIs(3));
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(claimed[0].id));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(claimed[0].id, Transient("pacs-timeout", ""), At(201), At(200)));
  ASSERT_TRUE(ledger->deliveries.Unclaim({claimed[1].id, claimed[2].id}));
  const auto next = [this](ClaimFirst first) {
    return ledger->deliveries.Claim("main", 1, At(300), kLease, first).value().at(0).id;
  };
  EXPECT_EQ(next(ClaimFirst::newest), claimed[2].id);
  EXPECT_EQ(next(ClaimFirst::oldest), claimed[1].id);
  EXPECT_EQ(next(ClaimFirst::oldest), claimed[0].id) << "when there is no other";
}

TEST_F(ReceivedMailsTest, InstanceIsStoredWithItsLastDelivery) {
  AddOpened(1, {MakeReceived("1", {"main", "second"})});
  const auto one = ledger->deliveries.Claim("main", 9, At(200), kLease).value();
  const auto two = ledger->deliveries.Claim("second", 9, At(200), kLease).value();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(ledger->deliveries.RecordDelivered(one[0].id, 0, At(201)));
  EXPECT_EQ(Count("instances_in", "stored"), 0);
  EXPECT_THAT(ledger->file_retention.ForgetStored(At(9999), 10).value(), IsEmpty());
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(two[0].id, 0xB000, At(202)));
  EXPECT_EQ(Count("instances_in", "stored"), 1);
  EXPECT_THAT(ledger->file_retention.ForgetStored(At(202), 10).value(), IsEmpty());
  EXPECT_THAT(ledger->file_retention.ForgetStored(At(203), 10).value(), ElementsAre("file-1-hash"));
  EXPECT_THAT(ledger->file_retention.ForgetStored(At(203), 10).value(), IsEmpty());
}

TEST_F(ReceivedMailsTest, FailedDeliveriesKeepTheirFiles) {
  AddOpened(1, {MakeReceived("1")});
  const std::int64_t id = ledger->deliveries.Claim("main", 9, At(200), kLease).value()[0].id;
  ASSERT_TRUE(ledger->deliveries.RecordFailure(id, Transient("pacs-busy"), At(300), At(201)));
  EXPECT_THAT(ledger->deliveries.Claim("main", 9, At(299), kLease).value(), IsEmpty());
  EXPECT_EQ(ledger->deliveries.Claim("main", 9, At(300), kLease).value().at(0).tries, 1u);
  ASSERT_TRUE(ledger->deliveries.RecordFailure(id, Permanent("sop-class-refused"), std::nullopt, At(301)));
  EXPECT_EQ(Count("deliveries", "failed"), 1);
  EXPECT_EQ(Count("instances_in", "accepted"), 1);
  EXPECT_THAT(ledger->file_retention.ForgetStored(At(9999), 10).value(), IsEmpty());
  // It came; that it could not be delivered does not make it new.
  AddOpened(2, {MakeReceived("1")});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::duplicate);
}

// As a mail server that was restored from a backup gives it: the mail is new.
TEST_F(ReceivedMailsTest, AnotherMailUnderAKnownUidIsNew) {
  const std::int64_t old = Must(ledger->fetched_mails.Add(MakeMail(3))).mail;
  NewMail other = MakeMail(3);
  other.spool_key = "other";
  other.sha256 = "another";
  const AddedMail added = Must(ledger->fetched_mails.Add(other));
  EXPECT_FALSE(added.known);
  EXPECT_NE(added.mail, old);
  const std::vector<KnownMail> there = Must(ledger->fetched_mails.OnServer({"main"}, "7:"));
  ASSERT_EQ(there.size(), 1u);
  EXPECT_EQ(there[0].mail, added.mail);
  EXPECT_TRUE(Must(ledger->fetched_mails.Add(other)).known);
  EXPECT_EQ(Count("mails", "fetched"), 2);  // what the old one brought is opened as well
}

}  // namespace
}  // namespace gateway::ledger
