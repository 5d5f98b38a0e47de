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
#include "ledger/destinations.h"
#include "ledger/item_details.h"
#include "ledger/states.h"

namespace gateway::ledger {

// What is particular to each kind of items.
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
  std::int64_t messages = 0;  // how many of them are:
  std::int64_t sent = 0;
  std::int64_t receipted = 0;
  std::int64_t overdue = 0;
  std::int64_t refused = 0;
  std::int64_t bounced = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  bool held = false;
};

struct MessageSummary {
  std::int64_t shipment = 0;
  std::int64_t part = 0;
  std::int64_t total = 0;
};

struct MailSummary {
  std::string sender;
  std::string mailbox;
  std::int64_t size = 0;
  bool joined = false;             // from fragments
  std::int64_t new_instances = 0;  // that it brought
};

struct DeliverySummary {
  std::string pacs;
  std::int64_t instance = 0;
};

struct ReceiptSummary {
  std::int64_t mail = 0;
  std::string disposition;
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
  Time since;     // of its creation
  Reason reason;  // of its state, or of its last try
  std::vector<DestinationName> waits_for{};
  // Of `waits_for`: one that is in no configuration, so that no worker claims the item; and why
  // another one keeps the item waiting, unless the item has a reason of its own.
  std::optional<DestinationName> not_configured{};
  std::optional<Away> away{};
  std::variant<InstanceSummary, ShipmentSummary, MessageSummary, MailSummary, DeliverySummary, ReceiptSummary,
               SetSummary, DocumentSummary>
      about{};
};

// What `list` calls the state of an item that waits for a destination in no configuration.
inline constexpr std::string_view kStranded = "stranded";

struct ListFilter {
  std::optional<std::string> state;  // one of StatesOf(kind)
  std::optional<ItemKind> kind;      // default: shipments, mails, and what failed or waits for a person of any kind
  std::size_t limit = 1000;          // what failed or waits for a person is shown besides, and first
  // If set, items that wait for any other destination are stranded.
  std::optional<KnownDestinations> known{};
};

// The states of a kind, or of all kinds, that ListFilter takes. "stranded" is one for kinds that go
// to a destination.
std::vector<std::string_view> StatesOf(const std::optional<ItemKind>& kind);

}  // namespace gateway::ledger
