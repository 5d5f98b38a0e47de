// The outcome of what a person asks the ledger to do. A refusal consists of facts. Each interface
// puts them into its own words (cli/refusal_text.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/destination_name.h"
#include "ledger/states.h"

namespace gateway::ledger {

struct Acted {
  // The number of messages, deliveries, receipts and so on that were changed.
  std::size_t items = 0;
  // The keys of message files that are no longer needed. The caller removes the files.
  std::vector<std::string> message_keys;
  std::vector<std::string> instance_keys;
  std::size_t in_hand = 0;  // redirect: items left alone because a worker has them in hand
  bool held = false;        // redirect: the hold of the old name is now a hold of the new name
  // Retry of one delivery: it replaces another content, which the PACS was given last.
  bool replacing = false;
};

enum class WhyRefused {
  no_such_item,      // `item` does not exist
  other_kind,        // the act does not exist for the kind of `item`
  nothing_received,  // nothing of the study was received
  wrong_state,       // the `state` of `item` does not allow the act
  still_open,        // the shipment still takes instances
  held_already,      // a person holds `item` already
  not_held,          // nobody holds `item`, which is in `state`, or `destination`
  held_by_another,   // the own hold of `item` has ended, but `holder` is held as well
  files_gone,        // the retention time of the files of `item` is over
  cannot_join,       // `item` is no instance of the same partner whose file is still here
  not_configured     // the item goes to `destination`, which the configuration does not have
};

struct Refusal {
  WhyRefused why = WhyRefused::no_such_item;
  ItemId item{};
  std::optional<KindState> state{};
  std::optional<DestinationName> destination{};
  // A shipment, or the kind of the destination that `item` goes to.
  std::variant<DestinationKind, ItemId> holder{};
  // The item that another command takes, which does what the person wants. For a cancelled delivery
  // it is the instance, and `destination` the PACS. For a part of a mail it is the joined mail, and
  // for an instance that goes out it is its message or shipment.
  std::optional<ItemId> instead{};
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Says why an act was not done: it was refused, or the ledger failed. Nothing turns it into an
// Error by itself, because the facts would be lost.
class NotDone {
 public:
  NotDone(Error failure);    // NOLINT(google-explicit-constructor)
  NotDone(Refusal refusal);  // NOLINT(google-explicit-constructor)

  // The name of an ErrorCode, by which programs know both.
  std::string code;
  // One of the two is nullptr.
  [[nodiscard]] const Refusal* refusal() const { return std::get_if<Refusal>(&why_); }
  [[nodiscard]] const Error* failure() const { return std::get_if<Error>(&why_); }

 private:
  std::variant<Error, Refusal> why_;
};

inline bool Is(const NotDone& not_done, const ErrorCode& code) {
  return not_done.code == code.name;
}

// Carries what was done, or why it was not done. It is used like a Result.
template <typename T>
class [[nodiscard]] Decided {
 public:
  Decided(T value) : state_(std::in_place_index<0>, std::move(value)) {}              // NOLINT(*-explicit-*)
  Decided(NotDone not_done) : state_(std::in_place_index<1>, std::move(not_done)) {}  // NOLINT(*-explicit-*)
  Decided(Error failure) : Decided(NotDone(std::move(failure))) {}                    // NOLINT(*-explicit-*)
  Decided(Refusal refusal) : Decided(NotDone(std::move(refusal))) {}                  // NOLINT(*-explicit-*)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return std::get<0>(state_); }
  T value() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const NotDone& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, NotDone> state_;
};

}  // namespace gateway::ledger
