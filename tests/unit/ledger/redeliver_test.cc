// A PACS that lost what it had stored gets it again: by a person here, or because its sender sends
// it by hand once more.
#include "ledger/care/consistency.h"
#include "ledger/operator_acts.h"
#include "ledger/redeliveries.h"
#include "reception_fixture.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RedeliverTest : public ReceptionTest {
 protected:
  RedeliverTest() : acts(*database) {}
  ~RedeliverTest() override {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }

  // A mail under a Message-ID, with signatures of its own.
  RecordedMail Receive(const std::string& message_id, const std::vector<std::string>& signatures = {},
                       std::vector<std::string> pacs = {"main"}) {
    return Open([&](OpenedMail& opened) {
      opened.facts.message_id = message_id;
      opened.receipt->original_message_id = message_id;
      opened.instances = {MakeReceived("1", pacs)};
      opened.signatures = signatures;
      if (!signatures.empty()) {
        ASSERT_TRUE(
            ledger->signatures.Take({opened.mail, signatures, At(90), message_id}, Milliseconds(1'000'000), At(100)));
      }
    });
  }
  Redelivered Redeliver(Redelivery redelivery) {
    redelivery.known = known;
    return Must(Redeliveries(*database).Redeliver(redelivery, At(500)));
  }
  std::size_t Waiting(const std::string& pacs = "main") {
    return Must(ledger->deliveries.Claim(pacs, 99, At(600), Milliseconds(-1))).size();
  }

  OperatorActs acts;
  const KnownDestinations known{{"b"}, {"main", "second"}, {"main"}};
};

TEST_F(RedeliverTest, WhatIsStoredIsStoredOnceMoreAsLongAsItsFileIsKept) {
  ASSERT_TRUE(Store(Receive("one").instances[0]));
  EXPECT_EQ(Waiting(), 0u);
  EXPECT_EQ(Redeliver({.item = {}, .study_instance_uid = "1.2.3", .pacs = {}, .known = {}}).deliveries, 1u);
  EXPECT_EQ(Waiting(), 1u);
  EXPECT_THAT(Must(ledger->file_retention.ForgetStored(At(9999), 9)), IsEmpty());  // it is needed again
  EXPECT_EQ(Redeliver({.item = ItemId{ItemKind::mail, 1}, .study_instance_uid = {}, .pacs = {}, .known = {}}).under_way,
            1u);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(600)));
  EXPECT_EQ(Count("instances_in", "stored"), 1);
  ASSERT_THAT(Must(ledger->file_retention.ForgetStored(At(9999), 9)), SizeIs(1));
  const Redelivered late =
      Redeliver({.item = ItemId{ItemKind::instance, 1}, .study_instance_uid = {}, .pacs = {}, .known = {}});
  EXPECT_EQ(late.gone, 1u);
  EXPECT_EQ(late.deliveries, 0u);
}

TEST_F(RedeliverTest, MayBeAskedByTheUidOfOneImage) {
  const RecordedMail mail = Receive("one");
  ASSERT_TRUE(Store(mail.instances[0]));
  const std::string uid = mail.instances[0].header.sop_instance_uid;
  EXPECT_EQ(Redeliver({.item = {}, .study_instance_uid = uid, .pacs = {}, .known = {}}).deliveries, 1u);
  EXPECT_EQ(Waiting(), 1u);
}

TEST_F(RedeliverTest, ToAnotherPacsAndToThoseThatAreConfiguredOnly) {
  ASSERT_TRUE(Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1", {"gone"})}; }).instances.size() == 1);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(200)));
  const ItemId instance{ItemKind::instance, 1};
  const Redelivered nowhere = Redeliver({.item = instance, .study_instance_uid = {}, .pacs = {}, .known = {}});
  EXPECT_EQ(nowhere.nowhere, 1u);
  EXPECT_THAT(nowhere.not_configured, testing::ElementsAre("gone"));
  EXPECT_EQ(Redeliver({.item = instance, .study_instance_uid = {}, .pacs = "second", .known = {}}).deliveries, 1u);
  EXPECT_EQ(Waiting("second"), 1u);
  EXPECT_EQ(Waiting("gone"), 0u);
}

TEST_F(RedeliverTest, OfASetAllThatItsPartsCarried) {
  for (std::uint32_t part : {1U, 2U}) ASSERT_TRUE(Store(OpenPart(part, 2).instances[0]));
  EXPECT_EQ(Redeliver({.item = ItemId{ItemKind::set, 1}, .study_instance_uid = {}, .pacs = {}, .known = {}}).deliveries,
            2u);
  EXPECT_EQ(Redeliveries(*database)
                .Redeliver({.item = ItemId{ItemKind::set, 9}, .study_instance_uid = {}, .pacs = {}, .known = {}}, At(1))
                .error()
                .code,
            "no-such-item");
}

TEST_F(RedeliverTest, WhatItsSenderSendsAnewIsStoredOnceMoreAndAnsweredAfterwards) {
  ASSERT_TRUE(Store(Receive("one", {"sig-1"}).instances[0]));
  const RecordedMail again = Receive("two", {"sig-2"});
  EXPECT_EQ(again.instances[0].outcome, InstanceOutcome::again);
  EXPECT_FALSE(again.instances[0].keeps_file);
  EXPECT_FALSE(again.receipt_due);
  EXPECT_EQ(Waiting(), 1u);
  EXPECT_TRUE(Must(ledger->deliveries.RecordDelivered(1, 0, At(600))));
  EXPECT_THAT(ClaimReceipts(At(700)), SizeIs(2));
}

TEST_F(RedeliverTest, TheNewCopyStandsInWhereTheOldFileIsGone) {
  ASSERT_TRUE(Store(Receive("one").instances[0]));
  ASSERT_THAT(Must(ledger->file_retention.ForgetStored(At(9999), 9)), SizeIs(1));
  const RecordedMail again = Receive("two");
  EXPECT_EQ(again.instances[0].outcome, InstanceOutcome::again);
  EXPECT_TRUE(again.instances[0].keeps_file);
  EXPECT_EQ(Waiting(), 1u);
}

// A mail server's repetitions, and a mail that a person released as a replay.
TEST_F(RedeliverTest, WhatAMailServerRepeatsIsNotStoredOnceMore) {
  ASSERT_TRUE(Store(Receive("one", {"sig-1"}).instances[0]));
  EXPECT_EQ(Receive("one", {"sig-1"}).instances[0].outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Receive("one").instances[0].outcome, InstanceOutcome::duplicate);
  const RecordedMail replayed = Open([&](OpenedMail& opened) {
    opened.facts.message_id = "another";
    opened.instances = {MakeReceived("1")};
    opened.signatures = {"sig-1"};
  });
  EXPECT_EQ(replayed.instances[0].outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Waiting(), 0u);
}

TEST_F(RedeliverTest, WhatStillWaitsIsNotMultiplied) {
  ASSERT_THAT(Receive("one").instances, SizeIs(1));
  EXPECT_EQ(Receive("two").instances[0].outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Waiting(), 1u);
}

TEST_F(RedeliverTest, WhatThePacsRefusedIsTriedAnewWhenItIsSentAnew) {
  ASSERT_TRUE(Refuse(Receive("one").instances[0]));
  EXPECT_EQ(Receive("two").instances[0].outcome, InstanceOutcome::again);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(600)));
  for (const auto& [answered, disposition] : Dispositions()) EXPECT_EQ(disposition, "displayed") << answered;
}

// What a person gave up here stays given up, whatever is sent.
TEST_F(RedeliverTest, WhatAPersonGaveUpHereStaysSo) {
  ASSERT_THAT(Receive("one", {}, {"main", "second"}).instances, SizeIs(1));
  ASSERT_TRUE(acts.Cancel({ItemKind::delivery, 2}, At(150)));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(200)));
  EXPECT_EQ(Receive("two", {}, {"main", "second"}).instances[0].outcome, InstanceOutcome::again);
  EXPECT_EQ(Waiting("second"), 0u);
  EXPECT_EQ(Waiting("main"), 1u);
}

}  // namespace
}  // namespace gateway::ledger
