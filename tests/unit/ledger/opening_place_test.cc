// Within one priority the senders of mails take turns.
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OpeningPlaceTest : public LedgerTest {
 protected:
  OpeningPlaceTest() : LedgerTest(FastDirectory()) {}

  std::int64_t Add(const std::string& partner, Priority priority = Priority::normal) {
    NewMail mail = MakeMail(++uid_);
    mail.in_name_of = partner;
    mail.priority = priority;
    const std::int64_t id = Must(ledger->fetched_mails.Add(mail)).mail;
    senders_[id] = partner.empty() ? "-" : partner;
    return id;
  }
  void Add(const std::string& partner, int mails) {
    for (int i = 0; i < mails; ++i) Add(partner);
  }
  // Claims one mail after the other, and opens each. Their senders.
  std::vector<std::string> Open(int mails, bool slow = false) {
    std::vector<std::string> senders;
    for (int i = 0; i < mails; ++i) {
      for (const MailToOpen& mail : Must(ledger->open_queue.Claim(1, At(50), kLease, slow))) {
        senders.push_back(senders_[mail.id]);
        Finish(mail.id);
      }
    }
    return senders;
  }
  void Finish(std::int64_t mail) {
    EXPECT_TRUE(ledger->open_queue.RecordQuarantined(mail, {}, Corrupt("stranger"), At(20)));
  }

  std::map<std::int64_t, std::string> senders_;
  std::uint32_t uid_ = 0;
};

TEST_F(OpeningPlaceTest, OneOfThreeWithThousandsIsOneOfThree) {
  Add("a", 3000);
  Add("b", 2);
  Add("c", 3);
  EXPECT_THAT(Open(8), ElementsAre("a", "b", "c", "a", "b", "c", "a", "c"));
  EXPECT_THAT(Open(2), ElementsAre("a", "a"));
}

TEST_F(OpeningPlaceTest, WhoComesLateIsNextAndTakesTurnsFromThenOn) {
  Add("a", 1000);
  Open(500);
  Add("b", 3);
  EXPECT_THAT(Open(7), ElementsAre("a", "b", "a", "b", "a", "b", "a"));
  // Nor is one before all others who has the next ready whenever one was opened.
  std::vector<std::string> senders;
  for (int i = 0; i < 4; ++i) {
    Add("b", 1);
    for (const std::string& sender : Open(2)) senders.push_back(sender);
  }
  EXPECT_THAT(senders, testing::Contains("a").Times(4));
}

TEST_F(OpeningPlaceTest, StrangersAreOneSenderWhateverTheirAddresses) {
  Add("", 200);  // whose addresses are no partner's, each another one
  Add("a", 2);
  EXPECT_THAT(Open(5), ElementsAre("-", "a", "-", "a", "-"));
}

TEST_F(OpeningPlaceTest, PriorityGoesFirstAndHasTurnsOfItsOwn) {
  for (int i = 0; i < 50; ++i) Add("a", Priority::emergency);
  Add("b", 1);
  Add("b", Priority::emergency);
  Add("c", Priority::emergency);
  EXPECT_THAT(Open(4), ElementsAre("a", "b", "c", "a"));
  Open(48);
  EXPECT_THAT(Open(1), ElementsAre("b"));
}

TEST_F(OpeningPlaceTest, WhatIsPutBackWaitsBehindItsSendersOthers) {
  const std::int64_t not_urgent = Add("a", Priority::emergency);
  Add("a", 20);
  Add("b", 2);
  ASSERT_THAT(Must(ledger->open_queue.Claim(1, At(10), kLease)), testing::SizeIs(1));
  ASSERT_TRUE(ledger->open_queue.RecordTurn(not_urgent, Turn::normal));
  EXPECT_THAT(Open(4), ElementsAre("a", "b", "a", "b"));
  Open(18);
  const auto last = Must(ledger->open_queue.Claim(9, At(10), kLease));
  ASSERT_THAT(last, testing::SizeIs(1));
  EXPECT_EQ(last[0].id, not_urgent);
}

TEST_F(OpeningPlaceTest, TheSlowLaneGoesRoundAsWell) {
  for (const std::string partner : {"a", "a", "a", "b"}) {
    ASSERT_TRUE(ledger->open_queue.RecordTurn(Add(partner), Turn::slow));
  }
  EXPECT_THAT(Open(3, true), ElementsAre("a", "b", "a"));
}

TEST_F(OpeningPlaceTest, TheOrderOutlivesAStart) {
  Add("a", 100);
  Open(50);
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  Reopen();
  Add("b", 100);
  EXPECT_THAT(Open(6), ElementsAre("a", "b", "a", "b", "a", "b"));
}

// Thousands that a person releases at once are not all before what comes meanwhile.
TEST_F(OpeningPlaceTest, WhatIsReleasedFromQuarantineTakesTurnsToo) {
  std::vector<std::int64_t> quarantined;
  for (int i = 0; i < 30; ++i) quarantined.push_back(Add("a"));
  ASSERT_THAT(Open(30), testing::SizeIs(30));
  for (const std::int64_t mail : quarantined) ASSERT_TRUE(Must(operators->ReleaseMail(mail, At(30))));
  Add("b", 2);
  EXPECT_THAT(Open(4), ElementsAre("a", "b", "a", "b"));
}

TEST_F(OpeningPlaceTest, AJoinedMailIsItsSenders) {
  Add("b", 10);
  MailFacts facts = MakeFacts();
  facts.partner = "a";
  for (const unsigned number : {1U, 2U}) {
    const std::int64_t fragment = Add("a");
    senders_[Must(ledger->fragments.Record(fragment, facts, {"x", number, 2}, At(5))).joined.value_or(0)] = "a";
  }
  EXPECT_THAT(Open(3), ElementsAre("b", "a", "b"));
}

}  // namespace
}  // namespace gateway::ledger
