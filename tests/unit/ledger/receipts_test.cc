// When a mail's receipt is due, and what it says.
#include <set>

#include "ledger/destinations.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class ReceiptsTest : public ReceptionTest {
 protected:
  RecordedMail OpenInstances(std::vector<NewReceivedInstance> instances) {
    return Open([&](OpenedMail& opened) { opened.instances = std::move(instances); });
  }
};

TEST_F(ReceiptsTest, WaitForTheLastInstanceOfTheMail) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1"), MakeReceived("2")});
  EXPECT_FALSE(recorded.receipt_due);
  EXPECT_FALSE(Store(recorded.instances[0]));
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
  EXPECT_TRUE(Store(recorded.instances[1]));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed")));
}

TEST_F(ReceiptsTest, WaitForEveryPacs) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1", {"main", "second"})});
  EXPECT_FALSE(Store(recorded.instances[0]));
  const auto second = Must(ledger->deliveries.Claim("second", 9, At(200), kLease));
  EXPECT_TRUE(Must(ledger->deliveries.RecordDelivered(second.at(0).id, 0, At(201))));
}

TEST_F(ReceiptsTest, WhenAcceptedTheyAreDueAtOnce) {
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1"), MakeReceived("2", {})};
    opened.receipt = MakeRequest("x", ReceiptWhen::accepted);
  });
  EXPECT_TRUE(recorded.receipt_due);
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed")));
  EXPECT_FALSE(Store(recorded.instances[0]));
}

TEST_F(ReceiptsTest, CarryWhatTheSenderAskedFor) {
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.facts.set = TelemedicineSet{"20130612.1", 3, 120};
    opened.receipt = ReceiptRequest{ReceiptKind::pgp, "orig@b", "content-1", "ours@a", ReceiptWhen::stored, {}, {}};
  });
  Store(recorded.instances[0]);
  const auto receipts = ClaimReceipts();
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_EQ(receipts[0].mail, mail);
  EXPECT_EQ(receipts[0].partner, "b");
  EXPECT_EQ(receipts[0].request.kind, ReceiptKind::pgp);
  EXPECT_EQ(receipts[0].request.original_message_id, "orig@b");
  EXPECT_EQ(receipts[0].request.content_id, "content-1");
  EXPECT_EQ(receipts[0].request.message_id, "ours@a");
  ASSERT_TRUE(receipts[0].set);
  EXPECT_EQ(receipts[0].set->id, "20130612.1");
  EXPECT_EQ(receipts[0].set->part, 3u);
  EXPECT_EQ(receipts[0].set->total, 120u);
  EXPECT_EQ(receipts[0].created, At(200));  // since when it is due
}

TEST_F(ReceiptsTest, NobodyAskedNobodyIsAnswered) {
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.receipt.reset();
  });
  EXPECT_FALSE(Store(recorded.instances[0]));
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
}

TEST_F(ReceiptsTest, ARefusedInstanceIsDeleted) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1"), MakeReceived("2")});
  EXPECT_FALSE(Refuse(recorded.instances[0]));
  EXPECT_TRUE(Store(recorded.instances[1], 0xB000));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "deleted")));
}

TEST_F(ReceiptsTest, ARefusalThatComesLastMakesItDue) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1"), MakeReceived("2")});
  Store(recorded.instances[0]);
  const std::int64_t delivery = DeliveryOf(recorded.instances[1]);
  EXPECT_FALSE(Must(ledger->deliveries.RecordFailure(delivery, Transient("busy"), At(150), At(140))));
  EXPECT_TRUE(Must(ledger->deliveries.RecordFailure(delivery, Permanent("refused"), std::nullopt, At(160))));
  EXPECT_FALSE(Must(ledger->deliveries.RecordFailure(delivery, Permanent("refused"), std::nullopt, At(160))));
}

TEST_F(ReceiptsTest, AWarningOfThePacsIsPassedOn) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1"), MakeReceived("2")});
  Store(recorded.instances[0], 0xB007);
  Store(recorded.instances[1]);
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed/warning")));
}

TEST_F(ReceiptsTest, AConflictIsAWarning) {
  OpenInstances({MakeReceived("1", {"main"}, "first")});
  EXPECT_TRUE(OpenInstances({MakeReceived("1", {"main"}, "second")}).receipt_due);
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed/warning")));
}

TEST_F(ReceiptsTest, WhatIsLeftInQuarantineIsAWarning) {
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.leftover = Corrupt("bad-part");
  });
  EXPECT_FALSE(recorded.receipt_due);
  EXPECT_TRUE(Store(recorded.instances[0]));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed/warning")));
}

TEST_F(ReceiptsTest, NothingUsableIsDeleted) {
  EXPECT_TRUE(Open([](OpenedMail& opened) { opened.leftover = Corrupt("bad-part"); }).receipt_due);
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "deleted")));
}

TEST_F(ReceiptsTest, WhatHasNoRouteWaitsForAPerson) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1", {})});
  EXPECT_FALSE(recorded.receipt_due);
  ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(recorded.instances[0].instance, {"main"}, At(140))));
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
  EXPECT_TRUE(Store(recorded.instances[0]));
}

TEST_F(ReceiptsTest, WhatAPersonDropsIsNotStored) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1", {}), MakeReceived("2")});
  Store(recorded.instances[1]);
  ASSERT_TRUE(Must(operators->Drop({ItemKind::instance, recorded.instances[0].instance}, At(210))));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "deleted")));
}

TEST_F(ReceiptsTest, WaitForInstancesThatCameBeforeToo) {
  const RecordedMail first = OpenInstances({MakeReceived("1")});
  const std::int64_t first_mail = mail;
  const RecordedMail again = OpenInstances({MakeReceived("1")});
  EXPECT_FALSE(again.receipt_due);
  EXPECT_TRUE(Store(first.instances[0]));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(first_mail, "displayed"), Pair(mail, "displayed")));
}

TEST_F(ReceiptsTest, AResentMailOfStoredInstancesIsAnsweredAtOnce) {
  Store(OpenInstances({MakeReceived("1")}).instances[0], 0xB000);
  EXPECT_TRUE(OpenInstances({MakeReceived("1")}).receipt_due);
  EXPECT_EQ(Dispositions().at(mail), "displayed/warning");
}

TEST_F(ReceiptsTest, ARepeatedMessageIdGetsOneOnly) {
  const auto fill = [](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.receipt = MakeRequest("same@b");
  };
  const RecordedMail first = Open(fill);
  const std::int64_t first_mail = mail;
  EXPECT_FALSE(Open(fill).receipt_due);
  Store(first.instances[0]);
  EXPECT_FALSE(Open(fill).receipt_due);
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(first_mail, "displayed")));
}

TEST_F(ReceiptsTest, TheSameMessageIdOfAnotherPartnerIsAnotherMail) {
  for (const char* partner : {"b", "c"}) {
    Open([&](OpenedMail& opened) {
      opened.facts.partner = partner;
      opened.receipt = MakeRequest("same", ReceiptWhen::accepted);
    });
  }
  EXPECT_THAT(ClaimReceipts(), SizeIs(2));
}

TEST_F(ReceiptsTest, MailsWithoutMessageIdGetOneEach) {
  for (int i = 0; i < 2; ++i) Open([](OpenedMail& opened) { opened.receipt = MakeRequest("", ReceiptWhen::accepted); });
  EXPECT_THAT(ClaimReceipts(), SizeIs(2));
}

// Each under its own Message-ID and set; all tell what became of the mail that encloses them.
TEST_F(ReceiptsTest, MailsEnclosedInOneGetOneEach) {
  const auto fill = [](OpenedMail& opened) {
    opened.receipt.reset();
    opened.enclosed_receipts = {MakeRequest("inner-1"), MakeRequest("inner-2"), MakeRequest("inner-1")};
    opened.enclosed_receipts[1].set = TelemedicineSet{"set-2", 1, 3};
    opened.instances = {MakeReceived("1")};
  };
  ASSERT_FALSE(Open(fill).receipt_due);
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
  EXPECT_TRUE(Store({.instance = 1}));
  const std::vector<ReceiptToSend> receipts = ClaimReceipts();
  ASSERT_THAT(receipts, SizeIs(2));
  EXPECT_EQ(receipts[0].request.original_message_id, "inner-1");
  EXPECT_EQ(receipts[1].request.original_message_id, "inner-2");
  EXPECT_FALSE(receipts[0].set);
  EXPECT_EQ(receipts[1].set->id, "set-2");
  for (const ReceiptToSend& receipt : receipts) EXPECT_EQ(receipt.disposition, Disposition::displayed);
}

TEST_F(ReceiptsTest, OpenedTwiceGivesOneUnderItsFirstMessageId) {
  OpenedMail opened = MakeOpened(AddMail(), {MakeReceived("1")});
  opened.receipt = MakeRequest("x", ReceiptWhen::accepted);
  ASSERT_TRUE(Must(ledger->opened_mails.Record(opened, At(100))).receipt_due);
  opened.receipt->message_id = "another";
  EXPECT_TRUE(Must(ledger->opened_mails.Record(opened, At(101))).receipt_due);
  const auto receipts = ClaimReceipts();
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_EQ(receipts[0].request.message_id, "receipt-of-x");
}

TEST_F(ReceiptsTest, OpenedTwiceItsOwnInstancesAreNoDuplicates) {
  OpenedMail opened = MakeOpened(AddMail(), {MakeReceived("1")});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(ledger->opened_mails.Record(opened, At(100)));
  const auto mail = std::get<MailDetails>(Must(operators->Show({ItemKind::mail, opened.mail})).value());
  EXPECT_THAT(mail.duplicates, IsEmpty());
}

TEST_F(ReceiptsTest, AQuarantinedMailIsAnsweredWithDeletedOnce) {
  const std::int64_t bad = AddMail();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(ledger->open_queue.RecordQuarantined(bad, MakeFacts(), Corrupt("damaged"), At(100), MakeRequest()));
  }
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(bad, "deleted")));
  EXPECT_EQ(Count("receipts", "due"), 1);
}

TEST_F(ReceiptsTest, ALateQuarantineAnswersNothing) {
  Open([](OpenedMail& opened) { opened.receipt.reset(); });
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("late"), At(101), MakeRequest()));
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
}

TEST_F(ReceiptsTest, AReleasedMailIsAnsweredWhenItIsOpenedAgain) {
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.leftover = Corrupt("bad-part");
  });
  ASSERT_TRUE(Must(operators->ReleaseMail(mail, At(120))));
  EXPECT_FALSE(Store(recorded.instances[0]));
  EXPECT_TRUE(Must(ledger->opened_mails.Record(MakeOpened(mail, {MakeReceived("1")}), At(210))).receipt_due);
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed")));
}

TEST_F(ReceiptsTest, AreClaimedByMailboxAndLease) {
  Open([](OpenedMail& opened) { opened.receipt = MakeRequest("x", ReceiptWhen::accepted); });
  EXPECT_THAT(Must(ledger->receipts.Claim("other", 9, At(300), kLease)), IsEmpty());
  const auto claimed = ClaimReceipts();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_THAT(ClaimReceipts(), IsEmpty());
  ASSERT_TRUE(ledger->receipts.Unclaim({claimed[0].id}));
  EXPECT_THAT(ClaimReceipts(), SizeIs(1));
  EXPECT_THAT(ClaimReceipts(At(361)), SizeIs(1));
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  EXPECT_THAT(ClaimReceipts(At(361)), SizeIs(1));
}

TEST_F(ReceiptsTest, AreSentOnce) {
  Open([](OpenedMail& opened) { opened.receipt = MakeRequest("x", ReceiptWhen::accepted); });
  const std::int64_t id = ClaimReceipts().at(0).id;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(ledger->receipts.RecordSent(id, "250 ok", At(301)));
  ASSERT_TRUE(ledger->receipts.RecordFailure(id, Transient("late"), At(302)));
  EXPECT_EQ(Count("receipts", "sent"), 1);
  EXPECT_THAT(ClaimReceipts(At(999)), IsEmpty());
}

TEST_F(ReceiptsTest, FailuresAreTriedAgainUntilTheyAreGivenUp) {
  Open([](OpenedMail& opened) { opened.receipt = MakeRequest("x", ReceiptWhen::accepted); });
  const std::int64_t id = ClaimReceipts().at(0).id;
  ASSERT_TRUE(ledger->receipts.RecordFailure(id, Transient("smtp-busy"), At(400)));
  EXPECT_THAT(ClaimReceipts(At(399)), IsEmpty());
  EXPECT_EQ(ClaimReceipts(At(400)).at(0).tries, 1u);
  ASSERT_TRUE(ledger->receipts.RecordFailure(id, Permanent("smtp-refused"), std::nullopt));
  EXPECT_EQ(Count("receipts", "failed"), 1);
  EXPECT_THAT(ClaimReceipts(At(9999)), IsEmpty());
}

TEST_F(ReceiptsTest, ALateAnswerOfThePacsChangesNoReceiptThatIsDue) {
  const RecordedMail recorded = OpenInstances({MakeReceived("1")});
  const std::int64_t delivery = DeliveryOf(recorded.instances[0]);
  ASSERT_TRUE(Refuse(recorded.instances[0]));
  EXPECT_FALSE(Must(ledger->deliveries.RecordDelivered(delivery, 0, At(201))));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "deleted")));
}

// They wait for a person's `redirect`, who is told of them once: redirect_test.cc.
TEST_F(ReceiptsTest, OfAMailThatAPersonReleasesSayWhatBecameOfIt) {
  const std::int64_t refused = AddMail();
  const ReceiptRequest request = MakeRequest("x@b.example");
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(refused, MakeFacts(), Corrupt("bad"), At(100), request));
  EXPECT_EQ(Dispositions()[refused], "deleted");
  ASSERT_TRUE(Must(operators->ReleaseMail(refused, At(200))));
  EXPECT_THAT(Dispositions(), IsEmpty());
  OpenedMail opened = MakeOpened(refused);
  opened.receipt = request;
  opened.instances = {MakeReceived("1")};
  EXPECT_TRUE(Store(Must(ledger->opened_mails.Record(opened, At(250))).instances.at(0)));
  EXPECT_EQ(Dispositions()[refused], "displayed");
}

TEST_F(ReceiptsTest, OfMailboxesThatAreGoneWaitAndAreTold) {
  Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.receipt->when = ReceiptWhen::accepted;
  });
  const auto stranded = Must(Destinations(*database).FindStranded({{"b"}, {"main"}, {"other"}}));
  ASSERT_THAT(stranded, SizeIs(1));
  EXPECT_EQ(TextOf(stranded[0].destination), "mailbox main");
  EXPECT_EQ(Count("receipts", "due"), 1);
}

}  // namespace
}  // namespace gateway::ledger
