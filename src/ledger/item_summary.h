// The facts about one item that a line of `list` needs. They hold no words for people. Text that
// came from outside stands here as it came: whoever shows it makes it printable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/time.h"
#include "ledger/destination_name.h"
#include "ledger/item_details.h"
#include "ledger/message_counts.h"
#include "ledger/states.h"

namespace gateway::ledger {

// The facts that are particular to each kind of items.
struct InstanceSummary {
  Direction direction{};
  std::string calling_ae;
  std::string called_ae;
  std::int64_t mail = 0;  // inbound: the mail that brought it
  std::int64_t size = 0;
};

struct ShipmentSummary {
  std::int64_t instances = 0;
  std::int64_t documents = 0;
  MessageCounts messages;
  bool held = false;
  std::optional<std::int64_t> fallback_of{};  // the shipment in whose place this one goes
  std::optional<Time> window_opens{};         // messages of it wait for the time window of its rule
  std::optional<std::int64_t> fallback{};     // the last one that goes in place of this one
};

struct MessageSummary {
  std::int64_t shipment = 0;
  std::int64_t part = 0;
  std::int64_t total = 0;
  std::optional<Time> window_opens{};  // it waits for the time window of its rule
};

struct MailSummary {
  std::string sender;
  std::string mailbox;
  std::int64_t size = 0;
  bool joined = false;             // it was joined from fragments
  std::int64_t new_instances = 0;  // the number of instances that it brought
};

struct DeliverySummary {
  std::string pacs;
  std::int64_t instance = 0;
};

struct ReceiptSummary {
  std::int64_t mail = 0;
  std::optional<Disposition> disposition;  // nullopt while it waits
};

struct SetSummary {
  std::int64_t parts_received = 0;
  std::int64_t total = 0;
};

struct DocumentSummary {
  std::string content_type;
  std::int64_t size = 0;
  std::optional<std::int64_t> mail;  // inbound: the mail that brought it
  std::int64_t shipment = 0;         // outbound
};

struct ItemSummary {
  ItemId id;
  KindState state;
  std::string partner;
  Time since;     // when it was created
  Reason reason;  // the reason for its state, or the error of its last try
  std::vector<DestinationName> waits_for{};
  // Both concern `waits_for`. `not_configured` is a destination that the configuration does not
  // have, so that no worker claims the item. `away` is another destination that keeps the item
  // waiting, unless the item has a reason of its own.
  std::optional<DestinationName> not_configured{};
  std::optional<Away> away{};
  std::variant<InstanceSummary, ShipmentSummary, MessageSummary, MailSummary, DeliverySummary, ReceiptSummary,
               SetSummary, DocumentSummary>
      about{};
};

// `list` shows this state for an item that waits for a destination that the configuration does not
// have.
inline constexpr std::string_view kStranded = "stranded";

struct ListFilter {
  std::optional<std::string> state;  // one of StatesOf(kind)
  // Default: shipments, mails, and items of any kind that failed or wait for a person.
  std::optional<ItemKind> kind;
  std::size_t limit = 1000;  // items that failed or wait for a person come first, and do not count
  // If set, items that wait for any other destination are stranded.
  std::optional<KnownDestinations> known{};
};

// Returns the states of one kind, or of all kinds, that ListFilter takes. "stranded" is one of them
// for kinds that go to a destination.
std::vector<std::string_view> StatesOf(const std::optional<ItemKind>& kind);

}  // namespace gateway::ledger
