#include "cli/refusal_text.h"

#include <gtest/gtest.h>

namespace gateway::cli {
namespace {

using ledger::DeliveryState;
using ledger::DestinationKind;
using ledger::DestinationName;
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
  EXPECT_EQ(InState(ReceiptState::sent, Asked::retry), "A1 is sent: resend sends it again");
  EXPECT_EQ(InState(ShipmentState::open, Asked::retry), "S1 is open: it still takes instances");
  EXPECT_EQ(InState(DeliveryState::held, Asked::retry), "D1 is held: release lets it go");
  EXPECT_EQ(InState(MailState::quarantined, Asked::retry), "R1 is quarantined: quarantine release tries it again");
  EXPECT_EQ(InState(DeliveryState::stored, Asked::retry), "D1 is stored: there is nothing to try again");
}

TEST(RefusalTextTest, ARefusedCancelSaysWhatWasSent) {
  EXPECT_EQ(InState(MessageState::sent, Asked::cancel), "M1 is sent: what was sent cannot be called back");
  EXPECT_EQ(InState(ShipmentState::cancelled, Asked::cancel), "S1 is cancelled: there is nothing to cancel");
}

TEST(RefusalTextTest, ARefusedHoldOrReleaseSaysWhoHolds) {
  EXPECT_EQ(InState(ShipmentState::sent, Asked::hold), "S1 is sent: nothing of it is to be sent");
  EXPECT_EQ(InState(MessageState::sent, Asked::hold), "M1 is sent: only what is still to be sent is held");
  EXPECT_EQ(InState(DeliveryState::stored, Asked::hold), "D1 is stored: only what is still to be stored is held");
  EXPECT_EQ(For(WhyRefused::held_already, Asked::hold), "M1 is held: already");
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
  EXPECT_EQ(For(WhyRefused::no_such_item, Asked::resend), "M1 is no shipment or message");
  const ItemId set{ItemKind::set, 2};
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::retry, set),
            "T2 is no shipment, message, delivery, receipt, mail or document");
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::hold, set), "T2 is no shipment, message or delivery");
  EXPECT_EQ(For(WhyRefused::other_kind, Asked::redeliver), "M1 is no received instance, mail or set");
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
