#include "cli/refusal_text.h"

#include <optional>
#include <variant>

#include "base/error_codes.h"
#include "base/printable.h"
#include "ledger/error_codes.h"
#include "ledger/states.h"
#include "operations/error_codes.h"

namespace gateway::cli {
namespace {

using ledger::DeliveryState;
using ledger::DocumentState;
using ledger::InstanceState;
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

std::string HintForCancelledDelivery(const Refusal& refusal) {
  if (!refusal.instead || !refusal.destination) {
    return "its image is not here any more, and its partner can send it again";
  }
  return "redeliver " + Format(*refusal.instead) + " --to " + Printable(refusal.destination->name) + " stores it";
}

// Says what helps instead of a retry.
std::string HintForRetry(const Refusal& refusal) {
  using S = ShipmentState;
  using M = MessageState;
  const KindState& state = *refusal.state;
  if (IsIn(state, S::open)) return "it still takes instances";
  // Messages that wait would be tried again, so those that are not sent yet are held.
  if (IsIn(state, S::closed)) return "its messages are held, and release lets them go";
  if (IsIn(state, M::held, DeliveryState::held)) return "release lets it go";
  if (IsIn(state, ReceiptState::held)) {
    return "release --partner " + (refusal.destination ? Printable(refusal.destination->name) : "NAME") + " lets it go";
  }
  if (IsIn(state, MailState::quarantined, DocumentState::quarantined, DocumentState::kept)) {
    return "quarantine release tries it again";
  }
  if (IsIn(state, DeliveryState::cancelled)) return HintForCancelledDelivery(refusal);
  const bool is_resent = IsIn(state, S::sent, S::overdue, S::refused, S::bounced, S::cancelled, M::sent, M::overdue,
                              M::refused, M::bounced, M::cancelled);
  return is_resent ? "resend sends it again" : "there is nothing to try again";
}

std::string HintForResend(const KindState& state) {
  if (IsIn(state, MessageState::held)) return "release lets it go";
  if (IsIn(state, MessageState::waiting, MessageState::sealed)) return "it is still to be sent, and retry sends it now";
  return "its messages are still to be sent; retry sends those that wait now, and release lets those go that are held";
}

// Says what helps if a mail brought no image. Empty if nothing does.
std::string HintForMail(const Refusal& refusal) {
  const KindState& state = *refusal.state;
  if (IsIn(state, MailState::fetched)) return "the gateway has yet to open it, and then stores its images";
  if (IsIn(state, MailState::fragment)) return "its other parts are missing; have the partner resend the message";
  if (IsIn(state, MailState::joined) && refusal.instead) {
    const std::string whole = Format(*refusal.instead);
    return "it is a part of " + whole + ", and redeliver " + whole + " stores that";
  }
  if (IsIn(state, MailState::report)) return "it is a receipt or a bounce";
  if (IsIn(state, MailState::quarantined)) return "quarantine release tries it again";
  if (IsIn(state, MailState::dropped)) return "it was given up, and its sender can send it again";
  return {};
}

// The instance goes to partners.
std::string HintForOutbound(const Refusal& refusal) {
  const std::string item = Format(refusal.item);
  if (IsIn(*refusal.state, InstanceState::held)) return "quarantine release " + item + " sends it";
  if (IsIn(*refusal.state, InstanceState::dropped)) return "it was given up";
  if (refusal.instead) return "resend " + Format(*refusal.instead) + " sends it again";
  return "show " + item + " names its messages, and resend sends them again";
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

std::string HintFor(Asked asked, const Refusal& refusal) {
  switch (asked) {
    case Asked::retry:
      return HintForRetry(refusal);
    case Asked::cancel:
      return std::string(HintForCancel(*refusal.state));
    case Asked::hold:
      return std::string(HintForHold(*refusal.state));
    case Asked::resend:
      return HintForResend(*refusal.state);
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

std::string NothingToRedeliver(const Refusal& refusal) {
  const std::string item = Format(refusal.item);
  if (refusal.state->kind == ItemKind::instance) {
    return item + " was not received by mail: " + HintForOutbound(refusal);
  }
  const std::string hint = HintForMail(refusal);
  return item + " (" + std::string(refusal.state->name) + ") brought no image" + (hint.empty() ? "" : ": " + hint);
}

std::string WrongState(const Refusal& refusal, Asked asked) {
  if (!refusal.state) return InState(refusal, {});
  return asked == Asked::redeliver ? NothingToRedeliver(refusal) : InState(refusal, HintFor(asked, refusal));
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

std::string NotConfigured(const Refusal& refusal) {
  if (!refusal.destination) return {};
  return TextOf(*refusal.destination) + ": redirect " + std::string(NameOf(refusal.destination->kind)) + " --from " +
         Printable(refusal.destination->name) + " --to NAME";
}

}  // namespace

std::string WordsOf(const Refusal& refusal, Asked asked) {
  switch (refusal.why) {
    case WhyRefused::no_such_item:
      return "there is no " + Format(refusal.item);
    case WhyRefused::other_kind:
      return OtherKind(refusal, asked);
    case WhyRefused::nothing_received:
      return "nothing of this study was received";
    case WhyRefused::wrong_state:
      return WrongState(refusal, asked);
    case WhyRefused::still_open:
      return Format(refusal.item) + " still takes instances";
    case WhyRefused::held_already:
      return Format(refusal.item) + " is held already";
    case WhyRefused::not_held:
      return NotHeld(refusal);
    case WhyRefused::held_by_another:
      return HeldByAnother(refusal);
    case WhyRefused::files_gone:
      return Format(refusal.item) + ": its files are over their retention time";
    case WhyRefused::cannot_join:
      return "that is no instance of the same partner whose file is here";
    case WhyRefused::not_configured:
      return NotConfigured(refusal);
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
