// Requests to services: what answers them, and when a person is told.
#include "ledger/service_requests.h"

#include "ledger/care/row_retention.h"
#include "ledger/derived_files.h"
#include "ledger/operator_acts.h"
#include "ledger/service_figures.h"
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ServiceRequestsTest : public LedgerTest {
 protected:
  ServiceRequestsTest() : LedgerTest(FastDirectory()), requests(*database) {}

  // A shipment to the service `ai` of partner b, closed at 40 s.
  std::int64_t Ask(const std::string& study, ResultMatch match = ResultMatch::study, const std::string& set = "set") {
    Assignment to = To("b");
    to.set_id = set;
    to.service = ServiceSettings{"ai", "b", Milliseconds(60'000), match};
    const AddedInstance added = Must(ledger->intake.AddInstance(MakeInstance(study + ".7", study), {to}));
    EXPECT_TRUE(Must(ledger->shipments.Close(added.shipments.at(0), {{added.instance}}, At(40))));
    instance = added.instance;
    return added.shipments.at(0);
  }
  std::vector<std::int64_t> Found(const ServiceAnswer& answer) { return Must(requests.Find(answer)).shipments; }
  // A result that came at 100 s.
  std::int64_t Answer(const std::string& uid, const std::vector<std::int64_t>& shipments) {
    NewReceivedInstance result = MakeReceived(uid);
    result.service = "ai";
    result.answers = shipments;
    AddOpened(++mails, {result});
    return last.instances.at(0).instance;
  }
  ServiceFigures Figures() { return Must(ServiceLedger(*database).Figures()).at(0); }

  ServiceRequests requests;
  std::int64_t instance = 0;  // of the last Ask()
  std::uint32_t mails = 0;
};

TEST_F(ServiceRequestsTest, AreFoundByStudy) {
  const std::int64_t shipment = Ask("1.2.3");
  Ask("1.2.4");
  EXPECT_EQ(Must(requests.Find({"b", "1.2.3", "", {}})).service, "ai");
  EXPECT_THAT(Found({"b", "1.2.3", "", {}}), ElementsAre(shipment));
  EXPECT_THAT(Found({"c", "1.2.3", "", {}}), IsEmpty());
  EXPECT_THAT(Found({"b", "1.2.5", "set", {"1.2.3.7"}}), IsEmpty());
}

TEST_F(ServiceRequestsTest, AreFoundByTheUidThatWentOut) {
  const std::int64_t shipment = Ask("1.2.3");
  const MessageToSeal message = Must(ledger->seal_queue.Claim(9, At(50), kLease)).at(0);
  DerivedFile copy{"copy", 900, "sha", "1.2.840.10008.5.1.4.1.1.2", "2.25.7", "1.2.840.10008.1.2.1", "2.25.3", 300};
  ASSERT_TRUE(DerivedFiles(*database).Record({ItemKind::message, message.id}, instance, copy, At(50),
                                             {"b", {{"uid", "1.2.3", "2.25.3"}, {"uid", "1.2.3.7", "2.25.7"}}}));
  EXPECT_THAT(Found({"b", "2.25.3", "", {}}), ElementsAre(shipment));
  EXPECT_THAT(Found({"c", "2.25.3", "", {}}), IsEmpty());
}

TEST_F(ServiceRequestsTest, AreFoundBySet) {
  const std::int64_t shipment = Ask("1.2.3", ResultMatch::set, "set-7");
  EXPECT_THAT(Found({"b", "9.9", "set-7", {}}), ElementsAre(shipment));
  EXPECT_THAT(Found({"b", "1.2.3", "set-8", {}}), IsEmpty());
  EXPECT_THAT(Found({"b", "1.2.3", "", {}}), IsEmpty());
}

TEST_F(ServiceRequestsTest, AreFoundByReferencedInstances) {
  const std::int64_t shipment = Ask("1.2.3", ResultMatch::reference);
  EXPECT_THAT(Found({"b", "9.9", "", {"5.5", "1.2.3.7"}}), ElementsAre(shipment));
  EXPECT_THAT(Found({"b", "1.2.3", "", {"5.5"}}), IsEmpty());
}

TEST_F(ServiceRequestsTest, AreFoundWhileTheyWaitAndThenTheLatest) {
  const std::int64_t first = Ask("1.2.3");
  const std::int64_t second = Ask("1.2.3");
  EXPECT_THAT(Found({"b", "1.2.3", "", {}}), ElementsAre(first, second));
  Answer("5.1", {first});
  EXPECT_THAT(Found({"b", "1.2.3", "", {}}), ElementsAre(second));
  const std::int64_t result = Answer("5.2", {second});
  EXPECT_THAT(Found({"b", "1.2.3", "", {}}), ElementsAre(second));
  EXPECT_EQ(Must(requests.ServiceOf(result)), "ai");
  EXPECT_EQ(Must(requests.ServiceOf(instance)), "");
}

TEST_F(ServiceRequestsTest, AreLateOnce) {
  const std::int64_t shipment = Ask("1.2.3");
  EXPECT_THAT(Must(requests.RecordLate(9, At(99))), IsEmpty());
  const std::vector<TroubledRequest> late = Must(requests.RecordLate(9, At(100)));
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late.at(0).shipment, shipment);
  EXPECT_EQ(late.at(0).service, "ai");
  EXPECT_EQ(late.at(0).partner, "b");
  EXPECT_EQ(late.at(0).within, Milliseconds(60'000));
  EXPECT_THAT(Must(requests.RecordLate(9, At(500))), IsEmpty());
  EXPECT_EQ(Figures().late, 1);
}

TEST_F(ServiceRequestsTest, AreNotLateWhenAResultCame) {
  Answer("5.1", {Ask("1.2.3")});
  EXPECT_THAT(Must(requests.RecordLate(9, At(500))), IsEmpty());
}

TEST_F(ServiceRequestsTest, FailWithTheirShipmentOnce) {
  const std::int64_t shipment = Ask("1.2.3");
  const MessageToSeal message = Must(ledger->seal_queue.Claim(9, At(50), kLease)).at(0);
  ASSERT_TRUE(ledger->seal_queue.RecordFailure(message.id, Permanent("bad"), std::nullopt));
  const std::vector<TroubledRequest> failed = Must(requests.RecordFailed(9, At(60)));
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed.at(0).shipment, shipment);
  EXPECT_THAT(Must(requests.RecordFailed(9, At(61))), IsEmpty());
  EXPECT_THAT(Must(requests.RecordLate(9, At(500))), IsEmpty());
  EXPECT_EQ(Figures().failed, 1);
  EXPECT_EQ(Figures().open, 0);
}

TEST_F(ServiceRequestsTest, AreCounted) {
  EXPECT_THAT(Must(ServiceLedger(*database).Figures()), IsEmpty());
  Ask("1.2.4");
  const std::int64_t shipment = Ask("1.2.3");
  Answer("5.1", {shipment});
  Answer("5.2", {shipment});
  const ServiceFigures figures = Figures();
  EXPECT_EQ(figures.service, "ai");
  EXPECT_EQ(figures.requests, 2);
  EXPECT_EQ(figures.open, 1);
  EXPECT_EQ(figures.late, 0);
  EXPECT_EQ(figures.answered, 1);
  EXPECT_EQ(figures.results, 2);
  EXPECT_EQ(figures.median_turnaround, Milliseconds(60'000));
  EXPECT_EQ(figures.last_result, At(100));
}

TEST_F(ServiceRequestsTest, StayWithTheInstancesThatCameLate) {
  Assignment to = To("b");
  to.service = ServiceSettings{"ai", "b", Milliseconds(60'000), ResultMatch::study};
  const AddedInstance first = Must(ledger->intake.AddInstance(MakeInstance("1.2.3.1"), {to}));
  Must(ledger->intake.AddInstance(MakeInstance("1.2.3.2"), {to}));
  ASSERT_TRUE(Must(ledger->shipments.Close(first.shipments.at(0), {{first.instance}}, At(40), "rest")));
  EXPECT_EQ(Figures().requests, 2);
}

TEST_F(ServiceRequestsTest, AreGoneBeforeTheirResult) {
  const std::int64_t result = Answer("5.1", {4711});
  EXPECT_EQ(Must(requests.ServiceOf(result)), "");
}

}  // namespace
}  // namespace gateway::ledger
