// All kinds of items and their states. The names stand here once: SQL, lists, counts and what
// operators read come from these tables. docs/ledger.md draws what the states mean and which one
// follows which.
//
// The names stand in the rows of every ledger: a name that changes needs a migration. Migrations
// keep names as literal text, since they are history.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/item_id.h"

namespace gateway::ledger {

enum class InstanceState {
  routed,         // outbound: it is on its way to partners
  held,           // outbound: no rule matched
  accepted,       // inbound: it is to be stored
  stored,         // inbound: every PACS has it
  undeliverable,  // inbound: no rule matched
  conflict,       // inbound: another instance has its UID
  dropped
};
enum class ShipmentState { open, closed, sent, overdue, delivered, warning, refused, bounced, failed, cancelled };
enum class MessageState {
  waiting,
  sealed,
  held,
  sent,
  overdue,
  delivered,
  warning,
  refused,
  bounced,
  failed,
  cancelled
};
enum class FragmentState { waiting, sent };
enum class MailState { fetched, opened, fragment, joined, report, quarantined, dropped };
enum class DeliveryState { waiting, held, stored, failed, cancelled };
enum class ReceiptState { waiting, due, held, sent, failed };
enum class SetState { incomplete, overdue, complete };
enum class DocumentState {
  routed,  // outbound; all others are inbound
  waiting,
  converted,
  filed,
  kept,
  quarantined,
  dropped
};

// The names of an enum's states, in its order, and whose states they are.
template <typename State>
struct StateTable;
template <>
struct StateTable<InstanceState> {
  static constexpr ItemKind kKind = ItemKind::instance;
  static constexpr std::array<std::string_view, 7> kNames{"routed",        "held",     "accepted", "stored",
                                                          "undeliverable", "conflict", "dropped"};
};
template <>
struct StateTable<ShipmentState> {
  static constexpr ItemKind kKind = ItemKind::shipment;
  static constexpr std::array<std::string_view, 10> kNames{"open",    "closed",  "sent",    "overdue", "delivered",
                                                           "warning", "refused", "bounced", "failed",  "cancelled"};
};
template <>
struct StateTable<MessageState> {
  static constexpr ItemKind kKind = ItemKind::message;
  static constexpr std::array<std::string_view, 11> kNames{"waiting", "sealed",    "held",     "sent",
                                                           "overdue", "delivered", "warning",  "refused",
                                                           "bounced", "failed",    "cancelled"};
};
// A fragment of a message that was cut is not an item by itself.
template <>
struct StateTable<FragmentState> {
  static constexpr std::array<std::string_view, 2> kNames{"waiting", "sent"};
};
template <>
struct StateTable<MailState> {
  static constexpr ItemKind kKind = ItemKind::mail;
  static constexpr std::array<std::string_view, 7> kNames{"fetched", "opened",      "fragment", "joined",
                                                          "report",  "quarantined", "dropped"};
};
template <>
struct StateTable<DeliveryState> {
  static constexpr ItemKind kKind = ItemKind::delivery;
  static constexpr std::array<std::string_view, 5> kNames{"waiting", "held", "stored", "failed", "cancelled"};
};
template <>
struct StateTable<ReceiptState> {
  static constexpr ItemKind kKind = ItemKind::receipt;
  static constexpr std::array<std::string_view, 5> kNames{"waiting", "due", "held", "sent", "failed"};
};
template <>
struct StateTable<SetState> {
  static constexpr ItemKind kKind = ItemKind::set;
  static constexpr std::array<std::string_view, 3> kNames{"incomplete", "overdue", "complete"};
};
template <>
struct StateTable<DocumentState> {
  static constexpr ItemKind kKind = ItemKind::document;
  static constexpr std::array<std::string_view, 7> kNames{"routed", "waiting",     "converted", "filed",
                                                          "kept",   "quarantined", "dropped"};
};

template <typename T>
concept ItemState = requires {
  StateTable<T>::kNames;
};

template <ItemState State>
constexpr std::string_view NameOf(State state) {
  return StateTable<State>::kNames.at(static_cast<std::size_t>(state));
}

// `last` is the last state of its enum. It checks that there are as many names as states.
template <ItemState State>
constexpr bool HasAllNames(State last) {
  const auto& names = StateTable<State>::kNames;
  return static_cast<std::size_t>(last) + 1 == names.size() && !names.back().empty();
}
static_assert(HasAllNames(InstanceState::dropped) && HasAllNames(ShipmentState::cancelled) &&
              HasAllNames(MessageState::cancelled) && HasAllNames(FragmentState::sent) &&
              HasAllNames(MailState::dropped) && HasAllNames(DeliveryState::cancelled) &&
              HasAllNames(ReceiptState::failed) && HasAllNames(SetState::complete) &&
              HasAllNames(DocumentState::dropped));

// Returns nullopt if no state has this name.
template <ItemState State>
constexpr std::optional<State> StateNamed(std::string_view name) {
  const auto& names = StateTable<State>::kNames;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<State>(found - names.begin());
}

template <ItemState State, typename... Others>
constexpr bool IsOneOf(State state, Others... others) {
  return ((state == others) || ...);
}

// A state of any kind of item, for lists that hold several kinds.
struct KindState {
  template <ItemState State>
  requires requires { StateTable<State>::kKind; }
  constexpr KindState(State state)  // NOLINT(google-explicit-constructor): a state is one without further words
      : kind(StateTable<State>::kKind), name(NameOf(state)) {}
  // States of one kind are sorted by their names.
  friend auto operator<=>(const KindState&, const KindState&) = default;
  ItemKind kind;
  std::string_view name;
};

// Returns the database table that holds the items of a kind.
std::string_view TableOf(ItemKind kind);

// The kinds of items as they are counted: instances and documents apart for each direction. They
// are sorted by their names.
enum class CountedKind {
  deliveries,
  documents_in,
  documents_out,
  instances_in,
  instances_out,
  mails,
  messages,
  receipts,
  sets,
  shipments
};

// Returns the name in `state_count` and in `status --json`.
std::string_view NameOf(CountedKind kind);

// One row of `status`: a kind of items, and the states that are counted.
struct KindStates {
  CountedKind kind;
  ItemKind item;
  std::string_view table;
  std::vector<KindState> states;
  std::string_view direction = {};  // "in", "out", or empty if the kind has none
};

const std::vector<KindStates>& AllStates();

}  // namespace gateway::ledger
