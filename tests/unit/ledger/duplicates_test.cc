// What a rule does with an instance that its partner sends again: `duplicates` of an inbound rule.
#include "reception_fixture.h"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace gateway::ledger {
namespace {

class Duplicates : public ReceptionTest {
 protected:
  // In a mail of its own. Its signatures are new, but with the same `message_id` a mail server has
  // merely repeated it.
  ReceivedInstance Take(const std::map<std::string, OnDuplicate>& on_duplicate, const std::string& message_id) {
    const RecordedMail recorded = Open([&](OpenedMail& opened) {
      NewReceivedInstance instance = MakeReceived("1");
      instance.pacs.clear();
      for (const auto& [pacs, on] : on_duplicate) instance.pacs.push_back(pacs);
      instance.spool_key += "-" + std::to_string(opened.mail);
      instance.on_duplicate = on_duplicate;
      instance.compared.emplace();
      opened.facts.message_id = message_id;
      opened.instances = {std::move(instance)};
    });
    return recorded.instances.at(0);
  }
  std::vector<std::int64_t> StoreAt(const std::string& pacs) {
    std::vector<std::int64_t> instances;
    for (const DeliveryToMake& delivery : Must(ledger->deliveries.Claim(pacs, 99, At(150), Milliseconds(-1)))) {
      instances.push_back(delivery.instance);
      EXPECT_TRUE(ledger->deliveries.RecordDelivered(delivery.id, 0, At(200)));
    }
    return instances;
  }

  const std::map<std::string, OnDuplicate> ignore_{{"main", OnDuplicate::ignore}};
  const std::map<std::string, OnDuplicate> forward_{{"main", OnDuplicate::forward}};
  const std::map<std::string, OnDuplicate> quarantine_{{"main", OnDuplicate::quarantine}};
};

TEST_F(Duplicates, IgnoreStoresOnceMoreOnlyWhatWasSentAnew) {
  Take(ignore_, "first");
  EXPECT_THAT(StoreAt("main"), ElementsAre(1));
  EXPECT_EQ(Take(ignore_, "first").outcome, InstanceOutcome::duplicate);
  EXPECT_THAT(StoreAt("main"), IsEmpty());
  EXPECT_EQ(Take(ignore_, "second").outcome, InstanceOutcome::again);
  EXPECT_THAT(StoreAt("main"), ElementsAre(1));
}

TEST_F(Duplicates, ForwardStoresOnceMoreWhateverMailBringsIt) {
  Take(forward_, "first");
  StoreAt("main");
  EXPECT_EQ(Take(forward_, "first").outcome, InstanceOutcome::again);
  EXPECT_THAT(StoreAt("main"), ElementsAre(1));
  EXPECT_EQ(Dispositions().size(), 2U);
}

TEST_F(Duplicates, ForwardOpensNoMailTwice) {
  Take(forward_, "first");
  StoreAt("main");
  OpenedMail opened = MakeOpened(mail, {MakeReceived("1")});
  opened.instances[0].on_duplicate = forward_;
  EXPECT_EQ(Must(ledger->opened_mails.Record(opened, At(300))).instances[0].outcome, InstanceOutcome::duplicate);
  EXPECT_THAT(StoreAt("main"), IsEmpty());
}

TEST_F(Duplicates, QuarantineLetsAPersonDecideAboutWhatWasSentAnew) {
  Take(quarantine_, "first");
  StoreAt("main");
  EXPECT_EQ(Take(quarantine_, "first").outcome, InstanceOutcome::duplicate);
  const ReceivedInstance waits = Take(quarantine_, "second");
  EXPECT_EQ(waits.outcome, InstanceOutcome::conflict);
  EXPECT_THAT(StoreAt("main"), IsEmpty());
  const auto items = Must(operators->Items());
  ASSERT_EQ(items.size(), 1U);
  EXPECT_THAT(items[0].detail, HasSubstr("the rule quarantines duplicates: I1 came from b"));
  EXPECT_EQ(Dispositions()[mail], "displayed/warning");
  // The third copy is the one that waits.
  EXPECT_EQ(Take(quarantine_, "third").outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Must(operators->Items()).size(), 1U);
  ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(waits.instance, {"main"}, At(150))));
  EXPECT_THAT(StoreAt("main"), ElementsAre(waits.instance));
}

TEST_F(Duplicates, QuarantineDoesNotWaitForTheFirstToBeStored) {
  Take(quarantine_, "first");
  EXPECT_EQ(Take(quarantine_, "second").outcome, InstanceOutcome::conflict);
}

TEST_F(Duplicates, EachPacsHasItsOwnRule) {
  const std::map<std::string, OnDuplicate> both{{"main", OnDuplicate::ignore}, {"second", OnDuplicate::forward}};
  Take(both, "first");
  StoreAt("main");
  StoreAt("second");
  EXPECT_EQ(Take(both, "first").outcome, InstanceOutcome::again);
  EXPECT_THAT(StoreAt("main"), IsEmpty());
  EXPECT_THAT(StoreAt("second"), ElementsAre(1));
}

}  // namespace
}  // namespace gateway::ledger
