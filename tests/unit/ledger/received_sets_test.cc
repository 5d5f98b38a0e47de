// Tests how far a received set is here.
#include "reception_fixture.h"

namespace gateway::ledger {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ReceivedSetsTest : public ReceptionTest {};

TEST_F(ReceivedSetsTest, AreCompleteWithTheirLastPart) {
  const SetProgress one = *OpenPart(3, 3).set;
  EXPECT_EQ(one.parts, 1u);
  EXPECT_EQ(one.total, 3u);
  EXPECT_FALSE(one.completed);
  EXPECT_FALSE(OpenPart(1, 3).set->completed);
  const SetProgress last_part = *OpenPart(2, 3).set;
  EXPECT_EQ(last_part.set, one.set);
  EXPECT_EQ(last_part.parts, 3u);
  EXPECT_TRUE(last_part.completed);
  EXPECT_EQ(Count("sets", "complete"), 1);
}

TEST_F(ReceivedSetsTest, MailsWithoutSetHaveNone) {
  EXPECT_FALSE(Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; }).set);
}

TEST_F(ReceivedSetsTest, AResentPartCountsOnce) {
  OpenPart(1, 2);
  EXPECT_EQ(OpenPart(1, 2).set->parts, 1u);
  EXPECT_TRUE(OpenPart(2, 2).set->completed);
  const SetProgress again = *OpenPart(2, 2).set;
  EXPECT_FALSE(again.completed);
  EXPECT_EQ(again.parts, 2u);
}

TEST_F(ReceivedSetsTest, OpenedTwiceIsOnePart) {
  OpenedMail opened = MakeOpened(AddMail(), {MakeReceived("1")});
  opened.facts.set = TelemedicineSet{"set", 1, 1};
  EXPECT_TRUE(Must(ledger->opened_mails.Record(opened, At(100))).set->completed);
  const RecordedMail again = Must(ledger->opened_mails.Record(opened, At(101)));
  EXPECT_EQ(again.set->parts, 1u);
  EXPECT_FALSE(again.set->completed);
}

TEST_F(ReceivedSetsTest, SendersAreToldApart) {
  OpenPart(1, 2);
  const RecordedMail other = Open([](OpenedMail& opened) {
    opened.facts.partner = "c";
    opened.facts.set = TelemedicineSet{"set", 2, 2};
  });
  EXPECT_EQ(other.set->parts, 1u);
  EXPECT_EQ(Count("sets", "incomplete"), 2);
}

TEST_F(ReceivedSetsTest, TheLargestTotalCounts) {
  OpenPart(1, 3);
  const SetProgress smaller = *OpenPart(2, 2).set;
  EXPECT_EQ(smaller.total, 3u);
  EXPECT_FALSE(smaller.completed);
  EXPECT_TRUE(OpenPart(3, 1).set->completed);
}

TEST_F(ReceivedSetsTest, ALargerTotalOpensACompleteSetAgain) {
  EXPECT_TRUE(OpenPart(1, 1).set->completed);
  EXPECT_FALSE(OpenPart(2, 3).set->completed);
  EXPECT_EQ(Count("sets", "incomplete"), 1);
  EXPECT_TRUE(OpenPart(3, 3).set->completed);
}

TEST_F(ReceivedSetsTest, PartsNumberedFromZeroCount) {
  OpenPart(0, 2);
  EXPECT_TRUE(OpenPart(1, 2).set->completed);
}

TEST_F(ReceivedSetsTest, WithGapsTheyAreNotComplete) {
  OpenPart(1, 3);
  OpenPart(2, 3);
  const SetProgress beyond = *OpenPart(5, 3).set;
  EXPECT_FALSE(beyond.completed);
  EXPECT_EQ(beyond.total, 5u);
  const auto details = std::get<SetDetails>(Must(operators->Show({ItemKind::set, beyond.set})).value());
  EXPECT_EQ(details.parts_received, 3);
  EXPECT_EQ(details.total, 5);
  EXPECT_THAT(details.missing_parts, testing::ElementsAre(NumberRange{3, 4}));
  OpenPart(4, 3);
  EXPECT_TRUE(OpenPart(3, 3).set->completed);
}

TEST_F(ReceivedSetsTest, WithGapsTheyAreNotCompleteFromZeroEither) {
  OpenPart(3, 0);
  OpenPart(0, 3);
  EXPECT_FALSE(OpenPart(2, 3).set->completed);
  EXPECT_TRUE(OpenPart(1, 3).set->completed);
}

TEST_F(ReceivedSetsTest, APartBeyondTheTotalOpensACompleteSetAgain) {
  EXPECT_TRUE(OpenPart(1, 1).set->completed);
  EXPECT_FALSE(OpenPart(3, 1).set->completed);
  EXPECT_EQ(Count("sets", "incomplete"), 1);
}

TEST_F(ReceivedSetsTest, AbsurdNumbersAreBounded) {
  EXPECT_EQ(OpenPart(4'000'000'000, 4'294'967'295).set->total, 1'000'000u);
  EXPECT_EQ(OpenPart(4'000'000'001, 4'294'967'295).set->parts, 1u);
  EXPECT_EQ(OpenPart(7, 0).set->parts, 2u);
}

TEST_F(ReceivedSetsTest, WithoutATotalTheyAreNeverComplete) {
  EXPECT_FALSE(OpenPart(1, 0).set->completed);
}

TEST_F(ReceivedSetsTest, AreOverdueWithoutNews) {
  const std::int64_t set = OpenPart(1, 3, At(100)).set->set;
  OpenPart(2, 3, At(130));
  OpenPart(2, 3, At(140));  // no news
  EXPECT_THAT(Must(ledger->received_sets.RecordOverdue(At(129), 9)), IsEmpty());
  const auto overdue = Must(ledger->received_sets.RecordOverdue(At(130), 9));
  ASSERT_THAT(overdue, SizeIs(1));
  EXPECT_EQ(overdue[0].set, set);
  EXPECT_EQ(overdue[0].partner, "b");
  EXPECT_EQ(overdue[0].parts, 2u);
  EXPECT_EQ(overdue[0].total, 3u);
  EXPECT_THAT(Must(ledger->received_sets.RecordOverdue(At(999), 9)), IsEmpty());
  EXPECT_EQ(Count("sets", "overdue"), 1);
}

TEST_F(ReceivedSetsTest, LatePartsCompleteAnOverdueSet) {
  OpenPart(1, 3);
  ASSERT_THAT(Must(ledger->received_sets.RecordOverdue(At(999), 9)), SizeIs(1));
  EXPECT_FALSE(OpenPart(2, 3).set->completed);
  EXPECT_EQ(Count("sets", "overdue"), 1);
  EXPECT_TRUE(OpenPart(3, 3).set->completed);
  EXPECT_EQ(Count("sets", "complete"), 1);
}

TEST_F(ReceivedSetsTest, CompleteOnesAreNeverOverdue) {
  OpenPart(1, 1);
  EXPECT_THAT(Must(ledger->received_sets.RecordOverdue(At(9999), 9)), IsEmpty());
}

TEST_F(ReceivedSetsTest, AreFoundByTheStudyOfTheirFirstInstance) {
  const RecordedMail document = Open([](OpenedMail& opened) {
    opened.documents = {MakeDocument("a")};
    opened.facts.set = TelemedicineSet{"set", 1, 2};
  });
  EXPECT_THAT(Must(operators->ItemsOfStudy("1.2.3")), IsEmpty());
  OpenPart(2, 2);
  EXPECT_THAT(Must(operators->ItemsOfStudy("1.2.3")), testing::ElementsAre(ItemId{ItemKind::set, document.set->set}));
}

}  // namespace
}  // namespace gateway::ledger
