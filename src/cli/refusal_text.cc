#include "cli/refusal_text.h"

#include <optional>
#include <variant>

#include "base/error_codes.h"
#include "ledger/error_codes.h"
#include "ledger/states.h"
#include "operations/error_codes.h"

namespace gateway::cli {
namespace {

using ledger::DeliveryState;
using ledger::DocumentState;
using ledger::KindState;
using ledger::MailState;
using ledger::MessageState;
using ledger::ReceiptState;
using ledger::Refusal;
using ledger::ShipmentState;
using ledger::WhyRefused;

template <typename... States>
bool IsIn(const KindState& state, States... states) {
  return ((state == KindState(states)) || ...);
}

// Says what helps instead of a retry.
std::string_view HintForRetry(const KindState& state) {
  using S = ShipmentState;
  using M = MessageState;
  if (IsIn(state, S::open)) return "it still takes instances";
  if (IsIn(state, M::held, DeliveryState::held, ReceiptState::held)) return "release lets it go";
  if (IsIn(state, MailState::quarantined, DocumentState::quarantined)) return "quarantine release tries it again";
  const bool is_resent = IsIn(state, S::sent, S::overdue, S::refused, S::bounced, S::cancelled, M::sent, M::overdue,
                              M::refused, M::bounced, M::cancelled, DeliveryState::cancelled, ReceiptState::sent);
  return is_resent ? "resend sends it again" : "there is nothing to try again";
}

std::string_view HintForCancel(const KindState& state) {
  return IsIn(state, ShipmentState::sent, MessageState::sent) ? "what was sent cannot be called back"
                                                              : "there is nothing to cancel";
}

std::string_view HintForHold(const KindState& state) {
  switch (state.kind) {
    case ItemKind::shipment:
      return "nothing of it is to be sent";
    case ItemKind::message:
      return "only what is still to be sent is held";
    default:
      return "only what is still to be stored is held";
  }
}

std::string_view HintFor(Asked asked, const KindState& state) {
  switch (asked) {
    case Asked::retry:
      return HintForRetry(state);
    case Asked::cancel:
      return HintForCancel(state);
    case Asked::hold:
      return HintForHold(state);
    default:
      return {};
  }
}

std::string InState(const Refusal& refusal, std::string_view hint) {
  std::string text = Format(refusal.item);
  if (refusal.state) text.append(" is ").append(refusal.state->name);
  if (!hint.empty()) text.append(": ").append(hint);
  return text;
}

// The kinds of items that a command takes.
std::string_view KindsFor(Asked asked) {
  switch (asked) {
    case Asked::retry:
      return "shipment, message, delivery, receipt, mail or document";
    case Asked::redeliver:
      return "received instance, mail or set";
    case Asked::resend:
      return "shipment or message";
    default:
      return "shipment, message or delivery";
  }
}

std::string OtherKind(const Refusal& refusal, Asked asked) {
  return Format(refusal.item) + " is no " + std::string(KindsFor(asked));
}

std::string NotHeld(const Refusal& refusal) {
  return refusal.destination ? TextOf(*refusal.destination) + " is not held" : InState(refusal, "it is not held");
}

std::string HeldByAnother(const Refusal& refusal) {
  const auto* item = std::get_if<ItemId>(&refusal.holder);
  const auto* kind = std::get_if<ledger::DestinationKind>(&refusal.holder);
  const bool to_pacs = kind != nullptr && *kind == ledger::DestinationKind::pacs;
  const std::string holder = item != nullptr ? Format(*item) : to_pacs ? "its PACS" : "its partner";
  return Format(refusal.item) + " is held: " + holder + " is held as well: release that";
}

}  // namespace

std::string WordsOf(const Refusal& refusal, Asked asked) {
  switch (refusal.why) {
    case WhyRefused::no_such_item:
      return asked == Asked::resend ? OtherKind(refusal, asked) : "there is no " + Format(refusal.item);
    case WhyRefused::other_kind:
      return OtherKind(refusal, asked);
    case WhyRefused::nothing_received:
      return "nothing of this study was received";
    case WhyRefused::wrong_state:
      return InState(refusal, refusal.state ? HintFor(asked, *refusal.state) : std::string_view());
    case WhyRefused::still_open:
      return Format(refusal.item) + " still takes instances";
    case WhyRefused::held_already:
      return Format(refusal.item) + " is held: already";
    case WhyRefused::not_held:
      return NotHeld(refusal);
    case WhyRefused::held_by_another:
      return HeldByAnother(refusal);
    case WhyRefused::files_gone:
      return Format(refusal.item) + ": its files are over their retention time";
    case WhyRefused::cannot_join:
      return "that is no instance of the same partner whose file is here";
  }
  return {};
}

RefusalWords WordsOf(operations::Released released) {
  switch (released) {
    case operations::Released::no_outbound_rule:
      return {codes::kNoRoute, "still no outbound rule matches it"};
    case operations::Released::no_inbound_rule:
      return {codes::kNoInboundRoute, "still no inbound rule matches it"};
    default:
      return FileGone();
  }
}

RefusalWords FileGone() {
  return {codes::kFileError, "its file is gone"};
}

RefusalWords NotKept() {
  return {codes::kNotKept, "only a document that is kept can be done; release or drop this"};
}

}  // namespace gateway::cli
