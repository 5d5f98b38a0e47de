#include "cli/refusal_text.h"

#include <gtest/gtest.h>

namespace gateway::cli {
namespace {

using ledger::DeliveryState;
using ledger::DestinationKind;
using ledger::DestinationName;
using ledger::DocumentState;
using ledger::InstanceState;
using ledger::KindState;
using ledger::MailState;
using ledger::MessageState;
using ledger::ReceiptState;
using ledger::Refusal;
using ledger::ShipmentState;
using ledger::WhyRefused;

std::string InState(KindState state, Asked asked) {
  return WordsOf(Refusal{.why = WhyRefused::wrong_state, .item = {state.kind, 1}, .state = state}, asked);
}

std::string For(WhyRefused why, Asked asked, ItemId item = {ItemKind::message, 1}) {
  return WordsOf(Refusal{.why = why, .item = item}, asked);
}

TEST(RefusalTextTest, ARefusedRetryNamesTheCommandThatHelps) {
  EXPECT_EQ(InState(MessageState::sent, Asked::retry), "M1 is sent: resend sends it again");
  EXPECT_EQ(InState(ShipmentState::cancelled, Asked::retry), "S1 is cancelled: resend sends it again");
  EXPECT_EQ(InState(ReceiptState::sent, Asked::retry), "A1 is sent: there is nothing to try again");
  EXPECT_EQ(InState(ShipmentState::open, Asked::retry), "S1 is open: it still takes instances");
  EXPECT_EQ(InState(DeliveryState::held, Asked::retry), "D1 is held: release lets it go");
  EXPECT_EQ(InState(MailState::quarantined, Asked::retry), "R1 is quarantined: quarantine release tries it again");
  EXPECT_EQ(InState(DeliveryState::stored, Asked::retry), "D1 is stored: there is nothing to try again");
  EXPECT_EQ(InState(ShipmentState::closed, Asked::retry),
            "S1 is closed: its messages are held, and release lets them go");
  EXPECT_EQ(InState(DocumentState::kept, Asked::retry), "N1 is kept: quarantine release tries it again");
}

TEST(RefusalTextTest, ARefusedRetryNamesWhatTheOtherCommandTakes) {
  Refusal refusal{.why = WhyRefused::wrong_state, .item = {ItemKind::delivery, 1}, .state = DeliveryState::cancelled};
  refusal.destination = DestinationName{DestinationKind::pacs, "main"};
  EXPECT_EQ(WordsOf(refusal, Asked::retry),
            "D1 is cancelled: its image is not here any more, and its partner can send it again");
  refusal.instead = ItemId{ItemKind::instance, 5};
  EXPECT_EQ(WordsOf(refusal, Asked::retry), "D1 is cancelled: redeliver I5 --to main stores it");
  refusal = {.why = WhyRefused::wrong_state, .item = {ItemKind::receipt, 1}, .state = ReceiptState::held};
  refusal.destination = DestinationName{DestinationKind::partner, "b"};
  EXPECT_EQ(WordsOf(refusal, Asked::retry), "A1 is held: release --partner b lets it go");
}

TEST(RefusalTextTest, ARefusedResendSaysWhatSendsTheRest) {
  EXPECT_EQ(InState(MessageState::waiting, Asked::resend),
            "M1 is waiting: it is still to be sent, and retry sends it now");
  EXPECT_EQ(InState(MessageState::held, Asked::resend), "M1 is held: release lets it go");
  EXPECT_EQ(InState(ShipmentState::closed, Asked::resend),
            "S1 is closed: its messages are still to be sent; retry sends those that wait now, and release lets those "
            "go that are held");
}

TEST(RefusalTextTest, ARefusedRedeliverSaysWhatDoesIt) {
  EXPECT_EQ(InState(InstanceState::routed, Asked::redeliver),
            "I1 was not received by mail: show I1 names its messages, and resend sends them again");
  EXPECT_EQ(InState(InstanceState::held, Asked::redeliver),
            "I1 was not received by mail: quarantine release I1 sends it");
  EXPECT_EQ(InState(MailState::fragment, Asked::redeliver),
            "R1 (fragment) brought no image: its other parts are missing; have the partner resend the message");
  EXPECT_EQ(InState(MailState::quarantined, Asked::redeliver),
            "R1 (quarantined) brought no image: quarantine release tries it again");
  EXPECT_EQ(InState(MailState::opened, Asked::redeliver), "R1 (opened) brought no image");
  EXPECT_EQ(InState(ledger::SetState::incomplete, Asked::redeliver), "T1 (incomplete) brought no image");
  Refusal refusal{.why = WhyRefused::wrong_state, .item = {ItemKind::mail, 1}, .state = MailState::joined};
  refusal.instead = ItemId{ItemKind::mail, 3};
  EXPECT_EQ(WordsOf(refusal, Asked::redeliver),
            "R1 (joined) brought no image: it is a part of R3, and redeliver R3 stores that");
  refusal = {.why = WhyRefused::wrong_state, .item = {ItemKind::instance, 1}, .state = InstanceState::routed};
  refusal.instead = ItemId{ItemKind::message, 7};
  EXPECT_EQ(WordsOf(refusal, Asked::redeliver), "I1 was not received by mail: resend M7 sends it again");
}

TEST(RefusalTextTest, ARefusedCancelSaysWhatWasSent) {
  EXPECT_EQ(InState(MessageState::sent, Asked::cancel), "M1 is sent: what was sent cannot be called back");
  EXPECT_EQ(InState(ShipmentState::cancelled, Asked::cancel), "S1 is cancelled: there is nothing to cancel");
}

TEST(RefusalTextTest, ARefusedHoldOrReleaseSaysWhoHolds) {
  EXPECT_EQ(InState(ShipmentState::sent, Asked::hold), "S1 is sent: nothing of it is to be sent");
  EXPECT_EQ(InState(MessageState::sent, Asked::hold), "M1 is sent: only what is still to be sent is held");
  EXPECT_EQ(InState(DeliveryState::stored, Asked::hold), "D1 is stored: only what is still to be stored is held");
  EXPECT_EQ(For(WhyRefused::held_already, Asked::hold), "M1 is held already");
  Refusal refusal{.why = WhyRefused::not_held, .item = {ItemKind::message, 1}, .state = MessageState::sealed};
  EXPECT_EQ(WordsOf(refusal, Asked::release), "M1 is sealed: it is not held");
  refusal = {.why = WhyRefused::not_held, .destination = DestinationName{DestinationKind::partner, "b"}};
  EXPECT_EQ(WordsOf(refusal, Asked::release), "partner b is not held");
  refusal = {.why = WhyRefused::held_by_another, .item = {ItemKind::message, 1}};
  refusal.holder = ItemId{ItemKind::shipment, 1};
  EXPECT_EQ(WordsOf(refusal, Asked::release), "M1 is held: S1 is held as well: release that");
  refusal.holder = DestinationKind::partner;
  EXPECT_EQ(WordsOf(refusal, Asked::release), "M1 is held: its partner is held as well: release that");
  refusal.holder = DestinationKind::pacs;
  EXPECT_EQ(WordsOf(refusal, Asked::release), "M1 is held: its PACS is held as well: release that");
}

TEST(RefusalTextTest, AnItemThatDoesNotExistOrHasNoSuchAct) {
  EXPECT_EQ(For(WhyRefused::no_such_item, Asked::cancel), "there is no M1");
  EXPECT_EQ(For(WhyRefused::no_such_item, Asked::resend), "there is no M1");
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::resend, {ItemKind::delivery, 1}), "D1 is no shipment or message");
  const ItemId set{ItemKind::set, 2};
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::retry, set),
            "T2 is no shipment, message, delivery, receipt, mail or document");
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::hold, set), "T2 is no shipment, message or delivery");
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::redeliver), "M1 is no received instance, mail or set");
}

TEST(RefusalTextTest, ADestinationThatIsNotConfiguredNamesTheCommandThatHelps) {
  const Refusal refusal{.why = WhyRefused::not_configured,
                        .destination = DestinationName{DestinationKind::mailbox, "main"}};
  EXPECT_EQ(WordsOf(refusal, Asked::quarantine_release), "mailbox main: redirect mailbox --from main --to NAME");
}

TEST(RefusalTextTest, WhatCannotBeSentOrStoredAgain) {
  EXPECT_EQ(For(WhyRefused::nothing_received, Asked::redeliver), "nothing of this study was received");
  EXPECT_EQ(For(WhyRefused::still_open, Asked::resend, {ItemKind::shipment, 3}), "S3 still takes instances");
  EXPECT_EQ(For(WhyRefused::files_gone, Asked::resend), "M1: its files are over their retention time");
  EXPECT_EQ(For(WhyRefused::cannot_join, Asked::quarantine_release),
            "that is no instance of the same partner whose file is here");
  EXPECT_EQ(WordsOf(operations::Released::no_outbound_rule).text, "still no outbound rule matches it");
  EXPECT_EQ(WordsOf(operations::Released::no_inbound_rule).code.name, "no-inbound-route");
  EXPECT_EQ(WordsOf(operations::Released::file_gone).text, "its file is gone");
  EXPECT_EQ(NotKept().code.name, "not-kept");
}

}  // namespace
}  // namespace gateway::cli
