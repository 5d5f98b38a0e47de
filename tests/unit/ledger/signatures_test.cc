#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

constexpr Milliseconds kWindow{5000};

class SignaturesTest : public ReceptionTest {
 protected:
  bool Claim(std::int64_t mail, const std::string& message_id, Time now, std::vector<std::string> ids = {"id"}) {
    return Must(ledger->signatures.Take({mail, std::move(ids), At(1), message_id}, kWindow, now));
  }
};

TEST_F(SignaturesTest, TheSameAgainInAnotherMailIsAReplay) {
  EXPECT_TRUE(Claim(AddMail(), "1@b.example", At(10)));
  EXPECT_FALSE(Claim(AddMail(), "2@b.example", At(10)));
  EXPECT_TRUE(Claim(AddMail(), "2@b.example", At(10), {"other"}));
}

TEST_F(SignaturesTest, TheSameMailMayBeOpenedAgain) {
  const std::int64_t mail = AddMail();
  EXPECT_TRUE(Claim(mail, "1@b.example", At(10)));
  EXPECT_TRUE(Claim(mail, "1@b.example", At(1'000'000)));
}

TEST_F(SignaturesTest, AMailServersRepetitionIsNoneWithinTheWindow) {
  EXPECT_TRUE(Claim(AddMail(), "1@b.example", At(10)));
  EXPECT_TRUE(Claim(AddMail(), "1@b.example", At(15)));
  EXPECT_FALSE(Claim(AddMail(), "1@b.example", At(16)));
}

TEST_F(SignaturesTest, TheSameBytesAreTheSameMailWhenever) {
  NewMail bytes = MakeMail(100);
  bytes.sha256 = "of the bytes";
  EXPECT_TRUE(Claim(Must(ledger->fetched_mails.Add(bytes)).mail, "1@b.example", At(10)));
  bytes.identity = "8:100";  // the mailbox' UIDs began anew
  EXPECT_TRUE(Claim(Must(ledger->fetched_mails.Add(bytes)).mail, "1@b.example", At(1'000'000)));
}

TEST_F(SignaturesTest, OneReplayedSignatureAmongSeveralIsEnoughAndClaimsNoOther) {
  EXPECT_TRUE(Claim(AddMail(), "1@b.example", At(10), {"1", "2"}));
  EXPECT_FALSE(Claim(AddMail(), "2@b.example", At(10), {"3", "2"}));
  EXPECT_TRUE(Claim(AddMail(), "3@b.example", At(10), {"3"}));
}

TEST_F(SignaturesTest, AreForgottenByTheirAge) {
  EXPECT_TRUE(Claim(AddMail(), "1@b.example", At(10)));
  EXPECT_EQ(Must(ledger->signatures.Forget(At(1), 9)), 0U);
  EXPECT_EQ(Must(ledger->signatures.Forget(At(2), 9)), 1U);
  EXPECT_TRUE(Claim(AddMail(), "2@b.example", At(10)));
}

TEST_F(SignaturesTest, AReleaseOverrulesEachReasonThatAPersonSaw) {
  const std::int64_t mail = AddMail();
  for (const char* reason : {"replayed", "not-for-us"}) {
    ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, {}, Corrupt(reason), At(10)));
    ASSERT_TRUE(Must(operators->ReleaseMail(mail, At(11))));
  }
  const auto claimed = Must(ledger->open_queue.Claim(9, At(12), kLease));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].overruled.contains("replayed"));
  EXPECT_TRUE(claimed[0].overruled.contains("not-for-us"));
}

}  // namespace
}  // namespace gateway::ledger
