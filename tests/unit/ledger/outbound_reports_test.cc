#include "reports_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OutboundReportsTest : public ReportsTest {
 protected:
  MessageDetails Message(std::int64_t id) {
    return std::get<MessageDetails>(Must(operators->Show({ItemKind::message, id})).value());
  }
};

TEST_F(OutboundReportsTest, ShipmentIsDeliveredWithItsLastReceipt) {
  const std::int64_t shipment = SendOne(2);
  const ReportOutcome first = Receive(Answer::delivered, 1);
  EXPECT_TRUE(first.known && first.changed);
  EXPECT_EQ(first.message, 1);
  EXPECT_EQ(first.shipment, shipment);
  EXPECT_EQ(first.partner, "b");
  EXPECT_EQ(first.shipment_state, ShipmentState::sent);
  EXPECT_FALSE(first.shipment_changed);
  const ReportOutcome second = Receive(Answer::delivered, 2);
  EXPECT_EQ(second.shipment_state, ShipmentState::delivered);
  EXPECT_TRUE(second.shipment_changed);
  EXPECT_EQ(Count("messages", "delivered"), 2);
  EXPECT_EQ(Count("shipments", "delivered"), 1);
}

TEST_F(OutboundReportsTest, OneWarningMakesTheShipmentOne) {
  SendOne(2);
  EXPECT_EQ(Receive(Answer::warning, 2).shipment_state, ShipmentState::sent);
  EXPECT_EQ(Receive(Answer::delivered, 1).shipment_state, ShipmentState::warning);
  // A better answer of the same message is news.
  EXPECT_EQ(Receive(Answer::delivered, 2).shipment_state, ShipmentState::delivered);
}

TEST_F(OutboundReportsTest, ShipmentIsAsItsWorstMessage) {
  const std::int64_t shipment = SendOne(4);
  Receive(Answer::delivered, 1);
  EXPECT_EQ(Must(ledger->reports.RecordOverdue(At(61), 1, At(61))).size(), 1u);
  EXPECT_EQ(ShipmentState(shipment), "overdue");
  EXPECT_EQ(Receive(Answer::refused, 2).shipment_state, ShipmentState::refused);
  EXPECT_EQ(Receive(Answer::bounced, 3).shipment_state, ShipmentState::bounced);
  EXPECT_EQ(Receive(Answer::delivered, 3).shipment_state, ShipmentState::refused);
  EXPECT_EQ(Receive(Answer::warning, 2).shipment_state, ShipmentState::sent);
}

TEST_F(OutboundReportsTest, RefusedStandsBeforeUnsent) {
  const std::int64_t shipment = CloseOne(2);
  SealAll(ReceiptMode::mdn);
  ASSERT_FALSE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)).value());
  EXPECT_EQ(Receive(Answer::refused, 1).shipment_state, ShipmentState::refused);
  EXPECT_TRUE(ledger->send_queue.RecordSent(2, IdOf(2), "250", At(61)).value());
  EXPECT_EQ(ShipmentState(shipment), "refused");
  EXPECT_EQ(Receive(Answer::delivered, 1).shipment_state, ShipmentState::sent);
}

TEST_F(OutboundReportsTest, RepetitionIsNotNews) {
  for (const Answer answer : {Answer::delivered, Answer::warning, Answer::refused, Answer::bounced}) {
    const std::int64_t shipment = SendOne(1, ReceiptMode::mdn, "1." + std::to_string(static_cast<int>(answer)));
    EXPECT_TRUE(Receive(answer, shipment).changed);
    const ReportOutcome again = Receive(answer, shipment);
    EXPECT_TRUE(again.known);
    EXPECT_FALSE(again.changed || again.shipment_changed) << static_cast<int>(answer);
  }
  EXPECT_EQ(Count("mails", "report"), 8);
}

TEST_F(OutboundReportsTest, NothingUndoesADelivery) {
  const std::int64_t shipment = SendOne(1);
  Receive(Answer::delivered, 1);
  for (const Answer answer : {Answer::warning, Answer::resend, Answer::refused, Answer::bounced, Answer::delayed}) {
    EXPECT_FALSE(Receive(answer, 1).changed) << static_cast<int>(answer);
  }
  EXPECT_EQ(ShipmentState(shipment), "delivered");
}

TEST_F(OutboundReportsTest, ABounceDoesNotOutdoThePartnersWord) {
  SendOne(2);
  Receive(Answer::warning, 1);
  Receive(Answer::refused, 2);
  EXPECT_FALSE(Receive(Answer::bounced, 1).changed);
  EXPECT_FALSE(Receive(Answer::bounced, 2).changed);
  EXPECT_EQ(MessageState(1) + MessageState(2), "warningrefused");
}

TEST_F(OutboundReportsTest, OverdueAndBouncedGiveWayToAReceipt) {
  SendOne(2);
  ASSERT_THAT(ledger->reports.RecordOverdue(At(61), 10, At(61)).value(), SizeIs(1));
  EXPECT_TRUE(Receive(Answer::bounced, 1).changed);
  EXPECT_TRUE(Receive(Answer::delivered, 1).changed);
  EXPECT_TRUE(Receive(Answer::delivered, 2).changed);
  EXPECT_EQ(Count("messages", "delivered"), 2);
}

TEST_F(OutboundReportsTest, DelayedChangesNothingButTheWords) {
  const std::int64_t shipment = SendOne(1);
  const ReportOutcome outcome = Record(MakeReport(Answer::delayed, IdOf(1), ""));
  EXPECT_TRUE(outcome.known);
  EXPECT_FALSE(outcome.changed);
  EXPECT_EQ(ShipmentState(shipment), "sent");
  EXPECT_EQ(StateOf(ItemKind::mail, mail_), "report");
  EXPECT_EQ(Message(1).answer, "words of ");
}

TEST_F(OutboundReportsTest, UnknownReportsLeaveTheMailAlone) {
  SendOne(1);
  const ReportOutcome outcome = Record(MakeReport(Answer::delivered, "stranger@x.example"));
  EXPECT_FALSE(outcome.known || outcome.changed || outcome.foreign);
  EXPECT_THAT(outcome.mail_keys, IsEmpty());
  EXPECT_EQ(StateOf(ItemKind::mail, mail_), "fetched");
  EXPECT_TRUE(operators->HasMail("mail-" + std::to_string(uid_)).value());
}

TEST_F(OutboundReportsTest, PartnersAnswerForTheirOwnMessagesOnly) {
  SendOne(1);
  const ReportOutcome outcome = Record(MakeReport(Answer::delivered, IdOf(1), "c"));
  EXPECT_TRUE(outcome.foreign);
  EXPECT_FALSE(outcome.changed);
  EXPECT_EQ(MessageState(1), "sent");
  EXPECT_EQ(StateOf(ItemKind::mail, mail_), "fetched");
}

TEST_F(OutboundReportsTest, MailServersAnswerForAnybody) {
  SendOne(1);
  const ReportOutcome outcome = Record(MakeReport(Answer::bounced, IdOf(1), ""));
  EXPECT_TRUE(outcome.changed);
  EXPECT_EQ(outcome.partner, "b");
  EXPECT_EQ(outcome.shipment_state, ShipmentState::bounced);
}

TEST_F(OutboundReportsTest, TheMailIsDoneAndItsFileMayGo) {
  SendOne(1);
  const ReportOutcome outcome = Receive(Answer::delivered, 1);
  EXPECT_THAT(outcome.mail_keys, ElementsAre("mail-" + std::to_string(uid_)));
  EXPECT_EQ(StateOf(ItemKind::mail, mail_), "report");
  EXPECT_FALSE(operators->HasMail("mail-" + std::to_string(uid_)).value());
  const auto mail = std::get<MailDetails>(Must(operators->Show({ItemKind::mail, mail_})).value());
  EXPECT_EQ(mail.reports_on, 1);
  EXPECT_EQ(mail.partner, "b");
}

TEST_F(OutboundReportsTest, TheSameMailMayBeRecordedTwice) {
  SendOne(1);
  const Report report = MakeReport(Answer::delivered, IdOf(1));
  Record(report);
  const ReportOutcome again = Must(ledger->reports.Record(report, mail_, 3, At(80), At(80)));
  EXPECT_TRUE(again.known);
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(ledger->reports.Record(report, 4711, 3, At(80), At(80)).error().code, "ledger-error");
}

TEST_F(OutboundReportsTest, FirstKnownIdCounts) {
  SendOne(2);
  Report report = MakeReport(Answer::delivered, "");
  report.message_ids = {"", "unknown@x.example", IdOf(2), IdOf(1)};
  EXPECT_EQ(Record(report).message, 2);
}

TEST_F(OutboundReportsTest, AFragmentsIdIsTheMessages) {
  CloseOne(1);
  const std::int64_t id = ledger->seal_queue.Claim(1, At(50), kLease).value()[0].id;
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(id, MakeSealed("eml", 3)));
  ASSERT_TRUE(ledger->send_queue.RecordFragmentSent(id, "eml.1@a.example", "250", At(60)));
  // The server bounces the first while the others are still being sent.
  const ReportOutcome outcome = Record(MakeReport(Answer::bounced, "eml.1@a.example", ""));
  EXPECT_TRUE(outcome.changed);
  EXPECT_EQ(outcome.message, id);
  EXPECT_THAT(outcome.message_keys, ElementsAre("eml"));
  EXPECT_THAT(ledger->send_queue.Claim("main", 9, At(500), kLease).value(), IsEmpty());
}

TEST_F(OutboundReportsTest, SetAndPartCountWhereNoIdIsKnown) {
  SendOne(3);
  Report report = MakeReport(Answer::delivered, "lost@x.example");
  report.set = TelemedicineSet{"set-of-b", 2, 3};
  EXPECT_EQ(Record(report).message, 2);
  report.set->part = 4;
  EXPECT_FALSE(Record(report).known);
  report.set = TelemedicineSet{"set-of-c", 1, 3};
  EXPECT_FALSE(Record(report).known);
}

TEST_F(OutboundReportsTest, TheSetCountsForThatPartnerOnly) {
  SendOne(1);
  Report report = MakeReport(Answer::delivered, "", "c");
  report.set = TelemedicineSet{"set-of-b", 1, 1};
  EXPECT_FALSE(Record(report).known);
  report.partner = "";
  EXPECT_FALSE(Record(report).known);
}

TEST_F(OutboundReportsTest, AnAnswerToOnePartIsNoneToAnother) {
  SendOne(2);
  Report report = MakeReport(Answer::delivered, IdOf(2));
  for (const TelemedicineSet& other : {TelemedicineSet{"set-of-b", 1, 2}, {"set-of-c", 2, 2}}) {
    report.set = other;
    EXPECT_FALSE(Record(report).known);
  }
  EXPECT_EQ(Count("messages", "sent"), 2);
  report.set = TelemedicineSet{"set-of-b", 2, 2};
  EXPECT_EQ(Record(report).message, 2);
}

TEST_F(OutboundReportsTest, ASetThatNobodySignedMatchesNothing) {
  SendOne(1);
  Report report = MakeReport(Answer::delivered, "lost@x.example");
  report.set = TelemedicineSet{"set-of-b", 1, 1};
  report.trusted_set = false;
  EXPECT_FALSE(Record(report).known);
  report.message_ids = {IdOf(1)};
  EXPECT_TRUE(Record(report).changed);
}

TEST_F(OutboundReportsTest, TheSameBadNewsBySetDoesNotCountForTheNextCopy) {
  SendOne(1);
  Report report = MakeReport(Answer::resend, "");
  report.set = TelemedicineSet{"set-of-b", 1, 1};
  const auto receive = [&](const std::string& sha256) {
    NewMail mail = MakeMail(++uid_);
    mail.sha256 = sha256;
    return Must(ledger->reports.Record(report, Must(ledger->fetched_mails.Add(mail)).mail, 3, At(70), At(70)));
  };
  EXPECT_TRUE(receive("one").resent);
  SealAll(ReceiptMode::mdn, At(70));
  SendAll(At(71));
  for (const Answer answer : {Answer::resend, Answer::refused}) {
    report.answer = answer;
    EXPECT_TRUE(receive("one").known);
    EXPECT_EQ(MessageState(1), "sent");
  }
  EXPECT_TRUE(receive("two").changed);
  report.answer = Answer::delivered;
  EXPECT_TRUE(receive("one").changed);
}

TEST_F(OutboundReportsTest, WhatWasNeverSealedCannotHaveArrived) {
  CloseOne(1);
  Report report = MakeReport(Answer::delivered, "");
  report.set = TelemedicineSet{"set-of-b", 1, 1};
  EXPECT_FALSE(Record(report).known);
  EXPECT_EQ(MessageState(1), "waiting");
}

TEST_F(OutboundReportsTest, ResendWaitsAgainUnderAnotherId) {
  const std::int64_t shipment = SendOne(1);
  const ReportOutcome outcome = Receive(Answer::resend, 1);
  EXPECT_TRUE(outcome.changed && outcome.resent && outcome.shipment_changed);
  EXPECT_FALSE(outcome.given_up);
  EXPECT_EQ(outcome.shipment_state, ShipmentState::closed);
  EXPECT_THAT(ledger->seal_queue.Claim(9, At(69), kLease).value(), IsEmpty());
  SealAll(ReceiptMode::mdn, At(70));
  const auto message = ledger->send_queue.Claim("main", 9, At(70), kLease).value().at(0);
  EXPECT_EQ(message.sealed.message_id, IdOf(1, 1));
  EXPECT_EQ(message.created, At(70));  // the time to give up begins anew
  EXPECT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1, 1), "250", At(71)).value());
  EXPECT_EQ(ShipmentState(shipment), "sent");
  EXPECT_EQ(Receive(Answer::delivered, 1, 1).shipment_state, ShipmentState::delivered);
}

TEST_F(OutboundReportsTest, ARepeatedResendDoesNotCountForTheNextCopy) {
  SendOne(1);
  EXPECT_TRUE(Receive(Answer::resend, 1).resent);
  EXPECT_FALSE(Receive(Answer::resend, 1).changed);
  SealAll(ReceiptMode::mdn, At(70));
  EXPECT_FALSE(Receive(Answer::resend, 1).changed);
  SendAll(At(71));
  EXPECT_FALSE(Receive(Answer::resend, 1).changed);
  EXPECT_FALSE(Receive(Answer::bounced, 1).changed);
  EXPECT_TRUE(Receive(Answer::resend, 1, 1).resent);
}

TEST_F(OutboundReportsTest, ResendingHasALimit) {
  SendOne(1);
  for (unsigned copy = 0; copy < 2; ++copy) {
    EXPECT_TRUE(Record(MakeReport(Answer::resend, IdOf(1, copy)), At(70), 2).resent);
    SealAll(ReceiptMode::mdn, At(70));
    SendAll(At(71));
  }
  const ReportOutcome last = Record(MakeReport(Answer::resend, IdOf(1, 2)), At(72), 2);
  EXPECT_TRUE(last.changed && last.given_up);
  EXPECT_FALSE(last.resent);
  EXPECT_EQ(last.shipment_state, ShipmentState::refused);
  EXPECT_FALSE(Record(MakeReport(Answer::resend, IdOf(1, 2)), At(73), 2).changed);
}

TEST_F(OutboundReportsTest, ResendingNeedsTheFiles) {
  SendOne(1, ReceiptMode::none);
  ASSERT_THAT(ForgottenInstances(), SizeIs(1));
  const ReportOutcome outcome = Receive(Answer::resend, 1);
  EXPECT_TRUE(outcome.given_up);
  EXPECT_EQ(MessageState(1), "refused");
}

TEST_F(OutboundReportsTest, FragmentsOfTheOldCopyAreGoneButKnown) {
  CloseOne(1);
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(1, MakeSealed("old", 3)));
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, "old@a.example", "250", At(60)));
  EXPECT_TRUE(Record(MakeReport(Answer::resend, "old@a.example")).resent);
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(1, MakeSealed("new", 2)));
  const auto message = ledger->send_queue.Claim("main", 9, At(70), kLease).value().at(0);
  EXPECT_THAT(message.sealed.fragments, SizeIs(2));
  EXPECT_FALSE(Record(MakeReport(Answer::bounced, "old.2@a.example", "")).changed);
  EXPECT_TRUE(Record(MakeReport(Answer::bounced, "new.2@a.example", "")).changed);
}

TEST_F(OutboundReportsTest, ALateReceiptSparesTheNextCopy) {
  const std::int64_t shipment = SendOne(2);
  Receive(Answer::resend, 1);
  Receive(Answer::resend, 2);
  EXPECT_THAT(Receive(Answer::delivered, 1).message_keys, IsEmpty());  // waits
  SealAll(ReceiptMode::mdn, At(70));
  const ReportOutcome sealed = Receive(Answer::warning, 2);
  EXPECT_THAT(sealed.message_keys, ElementsAre("eml-2+"));
  EXPECT_FALSE(operators->HasMessage("eml-2+").value());
  EXPECT_TRUE(sealed.shipment_changed);
  EXPECT_EQ(ShipmentState(shipment), "warning");
  EXPECT_THAT(ledger->send_queue.Claim("main", 9, At(80), kLease).value(), IsEmpty());
}

TEST_F(OutboundReportsTest, TheMailServersWordAfterThePartnersChangesNothing) {
  const std::int64_t shipment = CloseOne(1);
  SealAll(ReceiptMode::mdn);
  ASSERT_THAT(ledger->send_queue.Claim("main", 9, At(60), kLease).value(), SizeIs(1));
  EXPECT_EQ(Receive(Answer::delivered, 1).shipment_state, ShipmentState::delivered);
  EXPECT_FALSE(ledger->send_queue.RecordSent(1, IdOf(1), "250 late", At(61)).value());
  ASSERT_TRUE(ledger->send_queue.RecordFailure(1, IdOf(1), Permanent("smtp-refused"), std::nullopt));
  EXPECT_EQ(ShipmentState(shipment), "delivered");
  EXPECT_EQ(Message(1).reply, "250 late");
}

TEST_F(OutboundReportsTest, ASenderOfTheOldCopyDoesNotEndTheNewOne) {
  CloseOne(1);
  SealAll(ReceiptMode::mdn);
  ASSERT_THAT(ledger->send_queue.Claim("main", 9, At(60), kLease).value(), SizeIs(1));
  EXPECT_TRUE(Receive(Answer::resend, 1).resent);
  EXPECT_FALSE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(71)).value());
  EXPECT_EQ(MessageState(1), "waiting");
}

TEST_F(OutboundReportsTest, ASenderOfTheOldCopyLeavesASealedOneAlone) {
  CloseOne(1);
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(1, MakeSealed("old", 2)));
  ASSERT_THAT(ledger->send_queue.Claim("main", 9, At(60), kLease).value(), SizeIs(1));
  EXPECT_TRUE(Record(MakeReport(Answer::resend, "old@a.example")).resent);
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(1, MakeSealed("new", 2)).value());
  ASSERT_TRUE(ledger->send_queue.RecordFragmentSent(1, "old.1@a.example", "250", At(71)));
  EXPECT_FALSE(ledger->send_queue.RecordFailure(1, "old@a.example", Permanent("smtp-refused"), std::nullopt).value());
  EXPECT_FALSE(ledger->send_queue.RecordSent(1, "old@a.example", "250", At(71)).value());
  EXPECT_EQ(MessageState(1), "sealed");
  EXPECT_TRUE(operators->HasMessage("new").value());
  const auto message = ledger->send_queue.Claim("main", 9, At(80), kLease).value().at(0);
  EXPECT_THAT(message.sealed.fragments, SizeIs(2));
  EXPECT_EQ(message.tries, 0u);
  EXPECT_TRUE(ledger->send_queue.RecordSent(1, "new@a.example", "250", At(81)).value());
}

TEST_F(OutboundReportsTest, WhatIsReceiptedNeedsNoSealing) {
  SendOne(1);
  Receive(Answer::resend, 1);
  Receive(Answer::delivered, 1);
  EXPECT_FALSE(ledger->seal_queue.RecordSealed(1, MakeSealed("late")).value());
  EXPECT_EQ(MessageState(1), "delivered");
  EXPECT_FALSE(operators->HasMessage("late").value());
}

TEST_F(OutboundReportsTest, AReceiptMendsAFailedMessage) {
  const std::int64_t shipment = CloseOne(1);
  SealAll(ReceiptMode::mdn);
  ASSERT_TRUE(ledger->send_queue.RecordFailure(1, IdOf(1), Permanent("smtp-refused"), std::nullopt));
  EXPECT_FALSE(Record(MakeReport(Answer::bounced, IdOf(1), "")).changed);
  const ReportOutcome outcome = Receive(Answer::delivered, 1);
  EXPECT_THAT(outcome.message_keys, ElementsAre("eml-1"));
  EXPECT_EQ(ShipmentState(shipment), "delivered");
}

TEST_F(OutboundReportsTest, FilesStayUntilTheLastReceipt) {
  SendOne(2);
  Receive(Answer::delivered, 1);
  Record(MakeReport(Answer::refused, IdOf(2)), At(75));
  EXPECT_THAT(ForgottenInstances(), ElementsAre("key-of-1.2.3.0"));
  Record(MakeReport(Answer::warning, IdOf(2)), At(80));
  EXPECT_THAT(ForgottenInstances(At(80)), IsEmpty());
  EXPECT_THAT(ForgottenInstances(At(81)), ElementsAre("key-of-1.2.3.1"));
}

TEST_F(OutboundReportsTest, FilesStayUntilEveryPartnerHasThem) {
  ASSERT_TRUE(
      ledger->intake.AddInstance(MakeInstance("1"), {To("b", Bundling::instance), To("c", Bundling::instance)}));
  SealAll(ReceiptMode::mdn);
  SendAll();
  Receive(Answer::delivered, 1);
  EXPECT_THAT(ForgottenInstances(), IsEmpty());
  EXPECT_TRUE(Record(MakeReport(Answer::delivered, IdOf(2), "c")).changed);
  EXPECT_THAT(ForgottenInstances(), ElementsAre("key-of-1"));
}

TEST_F(OutboundReportsTest, ABounceWithoutReceiptsKeepsTheFiles) {
  SendOne(1, ReceiptMode::none);
  Record(MakeReport(Answer::bounced, IdOf(1), ""));
  EXPECT_THAT(ForgottenInstances(), IsEmpty());
}

TEST_F(OutboundReportsTest, OnlyWhatAskedForAReceiptIsOverdue) {
  SendOne(1, ReceiptMode::none);
  const std::int64_t asked = SendOne(2, ReceiptMode::pgp, "1.9");
  EXPECT_THAT(ledger->reports.RecordOverdue(At(60), 10, At(90)).value(), IsEmpty());
  const auto overdue = ledger->reports.RecordOverdue(At(61), 10, At(61)).value();
  ASSERT_THAT(overdue, SizeIs(1));
  EXPECT_EQ(overdue[0].shipment, asked);
  EXPECT_EQ(overdue[0].partner, "b");
  EXPECT_EQ(overdue[0].messages, 2u);
  EXPECT_THAT(ledger->reports.RecordOverdue(At(61), 10, At(61)).value(), IsEmpty());
  EXPECT_EQ(Count("shipments", "overdue"), 1);
}

TEST_F(OutboundReportsTest, OverdueHasALimit) {
  SendOne(3);
  EXPECT_EQ(ledger->reports.RecordOverdue(At(61), 2, At(61)).value().at(0).messages, 2u);
  EXPECT_EQ(ledger->reports.RecordOverdue(At(61), 2, At(61)).value().at(0).messages, 1u);
}

TEST_F(OutboundReportsTest, WordsAreCut) {
  SendOne(1);
  Report report = MakeReport(Answer::bounced, IdOf(1), "");
  report.words = std::string(5000, 'x');
  Record(report);
  const Reason reason = operators->List({.state = "bounced", .kind = ItemKind::message}).value().at(0).reason;
  EXPECT_EQ(reason.code, "message-bounced");
  EXPECT_EQ(reason.detail, std::string(500, 'x'));
}

}  // namespace
}  // namespace gateway::ledger
