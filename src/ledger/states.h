// All kinds of items and their states. The names stand here once: SQL, lists, counts and what
// operators read come from these tables. docs/ledger.md draws what the states mean and which one
// follows which.
//
// Migrations keep names as literal text, since they are history.
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <string_view>
#include <vector>

#include "gateway/item_id.h"
#include "ledger/word_table.h"

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

// The words of states are their names. `kKind` says whose states they are.
template <>
struct WordTable<InstanceState> {
  static constexpr ItemKind kKind = ItemKind::instance;
  static constexpr std::array<std::string_view, 7> kWords{"routed",        "held",     "accepted", "stored",
                                                          "undeliverable", "conflict", "dropped"};
};
template <>
struct WordTable<ShipmentState> {
  static constexpr ItemKind kKind = ItemKind::shipment;
  static constexpr std::array<std::string_view, 10> kWords{"open",    "closed",  "sent",    "overdue", "delivered",
                                                           "warning", "refused", "bounced", "failed",  "cancelled"};
};
template <>
struct WordTable<MessageState> {
  static constexpr ItemKind kKind = ItemKind::message;
  static constexpr std::array<std::string_view, 11> kWords{"waiting", "sealed",    "held",     "sent",
                                                           "overdue", "delivered", "warning",  "refused",
                                                           "bounced", "failed",    "cancelled"};
};
// A fragment of a message that was cut is not an item by itself.
template <>
struct WordTable<FragmentState> {
  static constexpr std::array<std::string_view, 2> kWords{"waiting", "sent"};
};
template <>
struct WordTable<MailState> {
  static constexpr ItemKind kKind = ItemKind::mail;
  static constexpr std::array<std::string_view, 7> kWords{"fetched", "opened",      "fragment", "joined",
                                                          "report",  "quarantined", "dropped"};
};
template <>
struct WordTable<DeliveryState> {
  static constexpr ItemKind kKind = ItemKind::delivery;
  static constexpr std::array<std::string_view, 5> kWords{"waiting", "held", "stored", "failed", "cancelled"};
};
template <>
struct WordTable<ReceiptState> {
  static constexpr ItemKind kKind = ItemKind::receipt;
  static constexpr std::array<std::string_view, 5> kWords{"waiting", "due", "held", "sent", "failed"};
};
template <>
struct WordTable<SetState> {
  static constexpr ItemKind kKind = ItemKind::set;
  static constexpr std::array<std::string_view, 3> kWords{"incomplete", "overdue", "complete"};
};
template <>
struct WordTable<DocumentState> {
  static constexpr ItemKind kKind = ItemKind::document;
  static constexpr std::array<std::string_view, 7> kWords{"routed", "waiting",     "converted", "filed",
                                                          "kept",   "quarantined", "dropped"};
};

static_assert(HasAllWords(InstanceState::dropped) && HasAllWords(ShipmentState::cancelled) &&
              HasAllWords(MessageState::cancelled) && HasAllWords(FragmentState::sent) &&
              HasAllWords(MailState::dropped) && HasAllWords(DeliveryState::cancelled) &&
              HasAllWords(ReceiptState::failed) && HasAllWords(SetState::complete) &&
              HasAllWords(DocumentState::dropped));

template <typename T>
concept ItemState = std::same_as<T, FragmentState> || requires {
  WordTable<T>::kKind;
};

// Operators read a state by the same word as the rows hold.
template <ItemState State>
constexpr std::string_view NameOf(State state) {
  return WordOf(state);
}

template <ItemState State, typename... Others>
constexpr bool IsOneOf(State state, Others... others) {
  return ((state == others) || ...);
}

// A state of any kind of item, for lists that hold several kinds.
struct KindState {
  template <ItemState State>
  requires requires { WordTable<State>::kKind; }
  constexpr KindState(State state)  // NOLINT(google-explicit-constructor): a state is one without further words
      : kind(WordTable<State>::kKind), name(NameOf(state)) {}
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
