// Mails that nobody vouched for do not pile up; what a partner signed stays, whatever it waits for.
#include "ledger/care/junk.h"

#include "inbound/junk_reasons.h"
#include "ledger/care/consistency.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class JunkTest : public LedgerTest {
 protected:
  JunkTest() : LedgerTest(FastDirectory()), junk(*database, {inbound::kOurFailures, inbound::kUnvouched}) {}
  ~JunkTest() override {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }
  // In quarantine since then; its file is named "mail-UID".
  void Quarantine(std::uint32_t uid, const std::string& sender, const std::string& partner, const std::string& reason,
                  const std::string& signer = "") {
    MailFacts facts;
    facts.sender = sender;
    facts.partner = partner;
    facts.signer = signer;
    const std::int64_t mail = Must(ledger->fetched_mails.Add(MakeMail(uid))).mail;
    ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, facts, Corrupt(reason), At(uid)));
  }
  std::vector<std::string> Bound(const std::string& partner, const QuarantineLimits& limits, Time now = At(1000)) {
    return Must(junk.Bound(partner, limits, true, 99, now)).mail_keys;
  }
  static QuarantineLimits Limits(unsigned mails, std::uint64_t bytes = 1'000'000, std::int64_t seconds = 0) {
    return {mails, bytes, Milliseconds(seconds * 1000)};
  }
  Junk junk;
};

TEST_F(JunkTest, TheOldestMailsOfStrangersGoFirst) {
  for (std::uint32_t uid : {1U, 2U, 3U}) Quarantine(uid, "x@x.example", "", "stranger");
  EXPECT_THAT(Bound("", Limits(2)), ElementsAre("mail-1"));
  EXPECT_THAT(Bound("", Limits(2)), IsEmpty());
  EXPECT_THAT(Bound("", Limits(9, 5000)), ElementsAre("mail-2"));      // 5000 bytes each
  EXPECT_THAT(Bound("", Limits(9, 99'999, 100), At(103)), IsEmpty());  // the last is of 3
  EXPECT_THAT(Bound("", Limits(9, 99'999, 100), At(104)), ElementsAre("mail-3"));
  EXPECT_EQ(Count("mails", "dropped"), 3);
}

TEST_F(JunkTest, WhatAPartnerSignedStays) {
  Quarantine(1, "tele@b.example", "b", "replayed", "FINGERPRINT");
  Quarantine(2, "tele@b.example", "b", "signature-expired");
  Quarantine(3, "tele@b.example", "b", "weak-key");
  Quarantine(4, "tele@b.example", "b", "bad-signature");
  EXPECT_THAT(Bound("b", Limits(0, 0, 1)), ElementsAre("mail-4"));
  // With a leftover, beside what was taken.
  OpenedMail opened = MakeOpened(Must(ledger->fetched_mails.Add(MakeMail(5))).mail, {MakeReceived("1")});
  opened.leftover = Corrupt("not-dicom");
  ASSERT_TRUE(ledger->opened_mails.Record(opened, At(5)));
  EXPECT_THAT(Bound("b", Limits(0, 0, 1)), IsEmpty());
}

TEST_F(JunkTest, WhatOurOwnSideFailedAtIsNobodysJunk) {
  Quarantine(1, "", "", "disk-error");
  Quarantine(2, "x@x.example", "", "out-of-resources");
  EXPECT_THAT(Bound("", Limits(0, 0, 1)), IsEmpty());
}

TEST_F(JunkTest, OnePartnersBoundIsNotTheOthers) {
  Quarantine(1, "tele@b.example", "b", "unsigned");
  Quarantine(2, "tele@c.example", "c", "unsigned");
  EXPECT_THAT(Must(junk.Partners()), ElementsAre("b", "c"));
  EXPECT_THAT(Bound("c", Limits(0)), ElementsAre("mail-2"));
  EXPECT_EQ(Count("mails", "quarantined"), 1);
}

TEST_F(JunkTest, AReleaseOrADropInBetweenCounts) {
  for (std::uint32_t uid : {1U, 2U, 3U}) Quarantine(uid, "x@x.example", "", "stranger");
  ASSERT_TRUE(Must(operators->ReleaseMail(1, At(10))));
  EXPECT_THAT(Bound("", Limits(2)), IsEmpty());
  EXPECT_EQ(Must(junk.StrangersSince(At(2))).since, 1u);
  EXPECT_EQ(Must(junk.StrangersSince(At(2))).waiting, 2u);
}

TEST_F(JunkTest, NobodyIsToldOfAutomaticAnswers) {
  Quarantine(1, "x@x.example", "", "automatic-answer");
  Quarantine(2, "y@x.example", "", "stranger");
  EXPECT_EQ(Must(junk.StrangersSince(At(0))).since, 1u);
  EXPECT_EQ(Must(junk.StrangersSince(At(0))).waiting, 1u);
  EXPECT_THAT(Bound("", Limits(0)), ElementsAre("mail-1", "mail-2"));
}

TEST_F(JunkTest, ManyAreDroppedAsOneAct) {
  std::vector<ItemId> ids;
  for (std::uint32_t uid = 1; uid <= 450; ++uid) {
    Quarantine(uid, "x@x.example", "", "stranger");
    ids.push_back({ItemKind::mail, uid});
  }
  ids.push_back({ItemKind::mail, 999});
  const auto dropped = Must(operators->DropAll(ids, "all with reason=stranger", At(1000)));
  EXPECT_EQ(dropped.items, 450u);
  EXPECT_EQ(dropped.keys.size(), 450u);
}

}  // namespace
}  // namespace gateway::ledger
