// What the quarantine knows of an instance, so that the rules can be asked about it once more.
#include "ledger/quarantine_ledger.h"
#include "reception_fixture.h"

namespace gateway::ledger {
namespace {

using testing::Optional;

class QuarantinedInstancesTest : public ReceptionTest {
 protected:
  QuarantineItem Only() { return Must(QuarantineLedger(*database).Items()).at(0); }
};

TEST_F(QuarantinedInstancesTest, KnowTheSetAndThePriorityOfTheirMail) {
  Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1", {})};
    opened.facts.set = TelemedicineSet{"set", 1, 2};
  });
  EXPECT_THAT(Only().set, Optional(std::string("set")));
  EXPECT_THAT(Only().mail_priority, Optional(Priority::normal));
}

TEST_F(QuarantinedInstancesTest, KnowThatTheirMailWasInNoSet) {
  Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1", {})}; });
  EXPECT_THAT(Only().set, Optional(std::string()));
}

TEST_F(QuarantinedInstancesTest, ThatCameByCStoreHaveNeither) {
  Must(ledger->intake.AddInstance(MakeInstance("1"), {}));
  EXPECT_EQ(Only().set, std::nullopt);
  EXPECT_EQ(Only().mail_priority, std::nullopt);
}

}  // namespace
}  // namespace gateway::ledger
