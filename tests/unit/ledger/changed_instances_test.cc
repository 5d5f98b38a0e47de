// The same SOP Instance UID with another data set: what the ledger makes of what was compared.
#include "ledger_fixture.h"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace gateway::ledger {
namespace {

using ComparedWith = std::map<std::string, Compared>;

class ChangedInstances : public LedgerTest {
 protected:
  ChangedInstances() : LedgerTest(FastDirectory()) {}

  Result<RecordedMail> Open(const std::string& partner, const std::string& hash, const ComparedWith& compared,
                            std::vector<std::string> pacs = {"main"}) {
    NewReceivedInstance instance = MakeReceived("1", std::move(pacs), hash);
    instance.header.digest = "digest-of-" + hash;
    instance.compared = compared;
    OpenedMail opened = MakeOpened(Must(ledger->fetched_mails.Add(MakeMail(++uid_))).mail, {instance});
    opened.facts.partner = partner;
    return ledger->opened_mails.Record(opened, At(100));
  }
  ReceivedInstance Take(const std::string& partner, const std::string& hash, const ComparedWith& compared = {}) {
    return Must(Open(partner, hash, compared)).instances.at(0);
  }
  std::vector<EarlierInstance> Earlier(const std::string& hash) {
    return Must(ledger->opened_mails.EarlierInstances(MakeReceived("1", {}, hash).header));
  }
  std::vector<std::string> HashesBefore(const std::string& hash) {
    std::vector<std::string> hashes;
    for (const EarlierInstance& earlier : Earlier(hash)) hashes.push_back(earlier.dataset_sha256);
    return hashes;
  }

  const Compared same_{.difference = Difference::none, .taken = false};
  const Compared changed_{.difference = Difference::attributes, .taken = true, .why = "attributes differ (PatientID)"};
  const Compared other_{.difference = Difference::pixels, .taken = false, .why = "the pixels differ"};

 private:
  std::uint32_t uid_ = 0;
};

TEST_F(ChangedInstances, NothingIsRecordedOfWhatWasNotCompared) {
  Take("b", "first");
  const auto recorded = Open("c", "second", {});
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().code, "instance-not-judged");
  EXPECT_EQ(recorded.error().fault, Fault::transient);
  EXPECT_TRUE(NothingRecorded(recorded.error()));
  EXPECT_EQ(Count("instances_in", "accepted"), 1);
}

TEST_F(ChangedInstances, OfAnotherPartnerIsTakenWithAWord) {
  const ReceivedInstance first = Take("b", "first");
  const ReceivedInstance second = Take("c", "second", {{"first", changed_}});
  EXPECT_EQ(second.outcome, InstanceOutcome::accepted);
  ASSERT_TRUE(second.change);
  EXPECT_EQ(second.change->earlier, first.instance);
  EXPECT_EQ(second.change->earlier_partner, "b");
  EXPECT_EQ(second.change->difference, "attributes differ (PatientID): I1 came from b, this one from c");
  EXPECT_FALSE(first.change);
  EXPECT_EQ(Count("deliveries", "waiting"), 2);
}

TEST_F(ChangedInstances, OfTheSamePartnerTooAndItIsNamedOnce) {
  Take("b", "first");
  EXPECT_EQ(Take("b", "second", {{"first", changed_}}).outcome, InstanceOutcome::accepted);
  EXPECT_EQ(Take("b", "second", {{"first", changed_}}).outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Take("b", "first").outcome, InstanceOutcome::duplicate);
}

TEST_F(ChangedInstances, WhatIsNotTakenWaitsForAPersonWhoIsToldWhy) {
  Take("b", "first");
  const ReceivedInstance second = Take("c", "second", {{"first", other_}});
  EXPECT_EQ(second.outcome, InstanceOutcome::conflict);
  const auto items = Must(operators->Items());
  ASSERT_EQ(items.size(), 1);
  EXPECT_EQ(items[0].reason, "instance-conflict");
  EXPECT_EQ(items[0].detail, "the pixels differ: I1 came from b, this one from c");
  // It stands in nobody's way until a person lets it through.
  EXPECT_THAT(HashesBefore("third"), ElementsAre("first"));
  EXPECT_EQ(Take("d", "first").outcome, InstanceOutcome::accepted);
  ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(second.instance, {"main"}, At(200))));
  EXPECT_THAT(HashesBefore("third"), ElementsAre("first", "second"));
  EXPECT_EQ(Count("deliveries", "waiting"), 3);
}

TEST_F(ChangedInstances, WhatAPersonDroppedDoesNotCount) {
  Take("b", "first");
  const ReceivedInstance second = Take("c", "second", {{"first", other_}});
  ASSERT_TRUE(Must(operators->Drop({ItemKind::instance, second.instance}, At(200))));
  EXPECT_THAT(HashesBefore("third"), ElementsAre("first"));
  EXPECT_EQ(Take("c", "second", {{"first", other_}}).outcome, InstanceOutcome::conflict);
}

TEST_F(ChangedInstances, AnotherTransferSyntaxOfTheSamePartnerIsADuplicate) {
  const ReceivedInstance first = Take("b", "first");
  const ReceivedInstance second = Take("b", "compressed", {{"first", same_}});
  EXPECT_EQ(second.outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(second.instance, first.instance);
  EXPECT_FALSE(second.change);
}

TEST_F(ChangedInstances, AnotherTransferSyntaxOfAnotherPartnerIsTakenWithoutAWord) {
  Take("b", "first");
  const ReceivedInstance second = Take("c", "compressed", {{"first", same_}});
  EXPECT_EQ(second.outcome, InstanceOutcome::accepted);
  EXPECT_FALSE(second.change);
  EXPECT_EQ(Take("c", "first", {{"compressed", same_}}).outcome, InstanceOutcome::duplicate);
}

TEST_F(ChangedInstances, OfThreeTheGravestDifferenceDecides) {
  Take("b", "first");
  Take("c", "second", {{"first", changed_}});
  const ReceivedInstance third = Take("d", "third", {{"first", other_}, {"second", changed_}});
  EXPECT_EQ(third.outcome, InstanceOutcome::conflict);
  EXPECT_THAT(third.change->difference, HasSubstr("the pixels differ: I1 came from b"));
  const ReceivedInstance fourth = Take("d", "fourth", {{"first", same_}, {"second", changed_}});
  EXPECT_EQ(fourth.outcome, InstanceOutcome::accepted);
  EXPECT_THAT(fourth.change->difference, HasSubstr("I2 came from c"));
}

TEST_F(ChangedInstances, WithoutARouteItWaitsAndTheDifferenceIsKnown) {
  Take("b", "first");
  const ReceivedInstance second = Must(Open("c", "second", {{"first", changed_}}, {})).instances.at(0);
  EXPECT_EQ(second.outcome, InstanceOutcome::undeliverable);
  EXPECT_TRUE(second.change);
}

TEST_F(ChangedInstances, WhatWeSentCountsAsOurOwn) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1"), {To("b")}));
  const auto earlier = Earlier("first");
  ASSERT_EQ(earlier.size(), 1);
  EXPECT_EQ(earlier[0].partner, "");
  EXPECT_EQ(earlier[0].spool_key, "key-of-1");
  EXPECT_EQ(earlier[0].digest, "");
  const ReceivedInstance first = Take("b", "first", {{"hash-of-1", changed_}});
  EXPECT_EQ(first.outcome, InstanceOutcome::accepted);
  EXPECT_THAT(first.change->difference, HasSubstr("came from our own PACS, this one from b"));
}

TEST_F(ChangedInstances, DigestsOutliveTheFiles) {
  const ReceivedInstance first = Take("b", "first");
  const auto deliveries = Must(ledger->deliveries.Claim("main", 9, At(101), kLease));
  ASSERT_EQ(deliveries.size(), 1);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(deliveries[0].id, 0, At(102)));
  EXPECT_THAT(Must(ledger->file_retention.ForgetStored(At(200), 9)), ElementsAre("file-1-first"));
  const auto earlier = Earlier("second");
  ASSERT_EQ(earlier.size(), 1);
  EXPECT_EQ(earlier[0].digest, "digest-of-first");
  EXPECT_EQ(earlier[0].spool_key, "");
}

TEST_F(ChangedInstances, AtMostFourAreComparedTheLatestFirst) {
  ComparedWith compared;
  for (const char* hash : {"1", "2", "3", "4", "5"}) {
    Take("b", hash, compared);
    compared[hash] = changed_;
  }
  EXPECT_THAT(HashesBefore("6"), ElementsAre("5", "4", "3", "2"));
  EXPECT_THAT(HashesBefore("5"), ElementsAre("4", "3", "2", "1"));
}

}  // namespace
}  // namespace gateway::ledger
