// Bounces for reasons that pass: a full mailbox, a message that is too large for a server behind
// ours.
#include "reports_fixture.h"

namespace gateway::ledger {
namespace {

class ReturnedMessagesTest : public ReportsTest {
 protected:
  void Send(unsigned messages, Priority priority = Priority::normal) {
    CloseOne(messages, "1.2.3", priority);
    Seal();
    SendAll();
  }
  void Seal(Time at = At(50)) {
    for (const MessageToSeal& message : Must(ledger->seal_queue.Claim(1000, at, kLease))) {
      SealedMessage sealed = MakeSealed("eml-" + std::to_string(message.id) + std::string(copies[message.id]++, '+'));
      sealed.size = 5'000'000;
      sealed.receipt_asked = ReceiptMode::mdn;
      sealed.partner_key = "KEY-OF-B";
      ASSERT_TRUE(ledger->seal_queue.RecordSealed(message.id, sealed));
    }
  }
  // Sent again 100 s later, for 1000 s.
  ReportOutcome Return(std::int64_t message, Time now, unsigned copy = 0, Answer answer = Answer::returned) {
    Report report = MakeReport(answer, IdOf(message, copy), "");
    report.again = [now](unsigned returns, Time since, bool) -> std::optional<Time> {
      returns_ = returns;
      if (now - since >= Milliseconds(1'000'000)) return std::nullopt;
      return now + Milliseconds(100'000);
    };
    return Record(report, now);
  }
  std::size_t Waiting(Time now) { return Must(ledger->seal_queue.Claim(100, now, Milliseconds(-1))).size(); }

  static inline unsigned returns_ = 0;
};

TEST_F(ReturnedMessagesTest, AreSentAgainAfterAWhile) {
  Send(1);
  const ReportOutcome outcome = Return(1, At(70));
  EXPECT_TRUE(outcome.changed && outcome.resent);
  EXPECT_EQ(outcome.returned, 1);
  EXPECT_EQ(outcome.next_try, At(170));
  EXPECT_EQ(Waiting(At(169)), 0U);
  EXPECT_EQ(Waiting(At(170)), 1U);
}

TEST_F(ReturnedMessagesTest, AreBouncedWhenItLastsTooLong) {
  Send(1);
  EXPECT_TRUE(Return(1, At(70)).resent);
  Seal(At(200));
  SendAll(At(200));
  EXPECT_TRUE(Return(1, At(210), 1).resent);
  EXPECT_EQ(returns_, 1U);
  Seal(At(400));
  SendAll(At(400));
  const ReportOutcome last = Return(1, At(1070), 2);
  EXPECT_FALSE(last.resent);
  EXPECT_EQ(last.bounced, 1);
  EXPECT_EQ(MessageState(1), "bounced");
}

TEST_F(ReturnedMessagesTest, OfOnePartnerOneIsTriedAtATimeAndAReceiptLetsTheOthersGo) {
  Send(3);
  CloseOne(2, "4.5.6");
  EXPECT_EQ(Waiting(At(71)), 2U);
  EXPECT_EQ(Return(1, At(71)).returned, 1);
  EXPECT_EQ(Return(2, At(71)).returned, 2);
  EXPECT_EQ(Waiting(At(170)), 0U);
  EXPECT_EQ(Waiting(At(171)), 1U);  // the one that is tried
  Report receipt = MakeReport(Answer::delivered, IdOf(3));
  receipt.partner_key = "KEY-OF-B";
  EXPECT_TRUE(Record(receipt, At(180)).takes_again);
  EXPECT_EQ(Waiting(At(180)), 4U);
  EXPECT_FALSE(Record(receipt, At(181)).takes_again);
}

TEST_F(ReturnedMessagesTest, OfAPartnerThatIsSilentTheOthersAreTriedLater) {
  Send(2);
  EXPECT_TRUE(Return(1, At(71)).resent);
  EXPECT_TRUE(Return(2, At(71)).resent);
  EXPECT_EQ(Waiting(At(171)), 1U);
  EXPECT_EQ(Waiting(At(271)), 2U);
}

TEST_F(ReturnedMessagesTest, AnEmergencyDoesNotWaitForTheOthers) {
  Send(1);
  CloseOne(1, "4.5.6", Priority::emergency);
  EXPECT_TRUE(Return(1, At(70)).resent);
  EXPECT_EQ(Waiting(At(71)), 1U);
}

TEST_F(ReturnedMessagesTest, WhatIsTooLargeIsCutSmallerForThisPartner) {
  Send(1);
  EXPECT_EQ(Must(ledger->seal_queue.SizeLimitOf("KEY-OF-B", At(70))), 0U);
  EXPECT_TRUE(Return(1, At(70), 0, Answer::too_large).resent);
  EXPECT_EQ(Must(ledger->seal_queue.SizeLimitOf("KEY-OF-B", At(70))), 2'500'000U);
  EXPECT_EQ(Must(ledger->seal_queue.SizeLimitOf("KEY-OF-C", At(70))), 0U);
  EXPECT_EQ(Must(ledger->seal_queue.SizeLimitOf("KEY-OF-B", At(31LL * 86'400))), 0U);
  EXPECT_EQ(Waiting(At(70)), 1U);
}

TEST_F(ReturnedMessagesTest, ACopyCutAnewHasNewFragmentsOnly) {
  CloseOne(1);
  Seal();
  SealedMessage cut = MakeSealed("eml-1", 3);
  EXPECT_TRUE(Must(ledger->send_queue.RecordCut(1, cut)));
  cut = MakeSealed("eml-1", 5);
  for (Fragment& fragment : cut.fragments) fragment.message_id = "again-" + fragment.message_id;
  EXPECT_TRUE(Must(ledger->send_queue.RecordCut(1, cut)));
  const auto to_send = Must(ledger->send_queue.Claim("main", 1, At(60), kLease));
  EXPECT_EQ(to_send.at(0).sealed.fragments.size(), 5U);
  EXPECT_EQ(to_send.at(0).sealed.partial_id, "partial-eml-1");
  // A receipt or bounce may speak of any of them.
  EXPECT_TRUE(Record(MakeReport(Answer::delivered, "eml-1.2@a.example")).changed);
  EXPECT_FALSE(Must(ledger->send_queue.RecordCut(1, cut)));
}

TEST_F(ReturnedMessagesTest, BouncesOfAShipmentAreCounted) {
  Send(3);
  for (std::int64_t message = 1; message <= 3; ++message) {
    EXPECT_EQ(Record(MakeReport(Answer::bounced, IdOf(message), "")).bounced, message);
  }
}

TEST_F(ReturnedMessagesTest, ABounceOfAReceiptIsNoRiddle) {
  OpenedMail opened = MakeOpened(Must(ledger->fetched_mails.Add(MakeMail(1))).mail, {MakeReceived("9.9", {})});
  opened.receipt = ReceiptRequest{};
  opened.receipt->original_message_id = "theirs@b.example";
  opened.receipt->message_id = "receipt@a.example";
  Must(ledger->opened_mails.Record(opened, At(100)));
  const ReportOutcome outcome = Record(MakeReport(Answer::bounced, "receipt@a.example", ""));
  EXPECT_EQ(outcome.receipt, 1);
  EXPECT_EQ(outcome.partner, "b");
  EXPECT_EQ(StateOf(ItemKind::mail, mail_), "report");
}

}  // namespace
}  // namespace gateway::ledger
