#include "ledger/operator/operator_rows.h"

#include <tuple>
#include <utility>

#include "ledger/error_codes.h"
#include "ledger/operator/operator_columns.h"
#include "ledger/operator/waits.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// `select` ends before its WHERE and calls its table t.
template <typename... Columns>
std::vector<std::tuple<Columns...>> Select(Session& session, const std::string& select, const Selection& selection,
                                           std::size_t limit) {
  if (!selection.state) return session.Rows<Columns...>(select + " ORDER BY t.id DESC LIMIT :limit", limit);
  const std::string in_state = select + " WHERE t.state = :state";
  if (!selection.destination) {
    return session.Rows<Columns...>(in_state + " ORDER BY t.id DESC LIMIT :limit", *selection.state, limit);
  }
  return session.Rows<Columns...>(in_state + " AND t." + std::string(NameOf(selection.destination->kind)) +
                                      " = :name ORDER BY t.id DESC LIMIT :limit",
                                  *selection.state, selection.destination->name, limit);
}

// Returns why the item is in its state. Instances and sets have no error of their own.
template <ItemState State>
Reason WhyIn(State state, std::string code, std::string detail) {
  if constexpr (std::is_same_v<State, InstanceState>) {
    return ReasonOf(state);
  } else if constexpr (std::is_same_v<State, SetState>) {
    return state == SetState::overdue ? Reason{std::string(codes::kSetOverdue.name), {}} : Reason{};
  } else {
    return {std::move(code), std::move(detail)};
  }
}

// An item that leaves by mail waits for the partner and for the mailbox's SMTP server. A received
// mail waits for the mailbox that can open it.
template <ItemState State, typename About>
std::vector<DestinationName> DestinationsOf(State state, const About& about, const std::string& partner,
                                            const std::string& mailbox) {
  if constexpr (requires { Waits(state); }) {
    if (!Waits(state)) return {};
    if constexpr (std::is_same_v<State, DeliveryState>) return {{DestinationKind::pacs, about.pacs}};
    if constexpr (std::is_same_v<State, MailState>) return {{DestinationKind::mailbox, about.mailbox}};
    return {{DestinationKind::partner, partner}, {DestinationKind::mailbox, mailbox}};
  }
  return {};
}

// Makes an About from its columns, which come in the order of its members.
template <typename About>
struct Made {
  template <typename... Columns>
  static About From(Columns&... own) {
    return About{std::move(own)...};
  }
};

// The members of MessageCounts are columns of their own.
template <>
struct Made<ShipmentSummary> {
  using Int = std::int64_t;
  template <typename... Columns>
  static ShipmentSummary From(Int instances, Int documents, Int total, Int sent, Int delivered, Int warned, Int overdue,
                              Int refused, Int bounced, Int failed, Int cancelled, Columns&... own) {
    const MessageCounts messages{total, sent, delivered, warned, overdue, refused, bounced, failed, cancelled};
    return ShipmentSummary{instances, documents, messages, std::move(own)...};
  }
};

// `select` has these columns: id, state, partner, time of creation, mailbox, error code and error
// detail. After them come those of About, in the order of its members.
template <ItemState State, typename About, typename... Columns>
void AddAll(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items,
            const std::string& select) {
  using std::string;
  for (auto& row : Select<std::int64_t, State, string, Time, string, string, string, Columns...>(session, select,
                                                                                                 selection, limit)) {
    std::apply(
        [&items](std::int64_t id, State state, string& partner, Time since, string& mailbox, string& code,
                 string& detail, Columns&... own) {
          About about = Made<About>::From(own...);
          ItemSummary item{{WordTable<State>::kKind, id}, state, partner, since, WhyIn(state, code, detail)};
          item.waits_for = DestinationsOf(state, about, partner, mailbox);
          item.about = std::move(about);
          items.push_back(std::move(item));
        },
        row);
  }
}

// The opening of its time window for which a message named `m` waits.
const std::string kWaitsForWindow = Sql("m.state ", In(MessageState::waiting, MessageState::sealed),
                                        " AND m.window_opens > 0 AND m.next_try = m.window_opens");

void AddShipments(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  using Int = std::int64_t;
  AddAll<ShipmentState, ShipmentSummary, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, bool,
         std::optional<Int>, std::optional<Time>, std::optional<Int>>(
      session, selection, limit, items,
      Sql("SELECT t.id, t.state, t.partner, t.created, t.mailbox, error_code, error_detail, instance_count, "
          "document_count, ",
          kMessageCounts, ", t.held, t.fallback_of, CASE WHEN t.state = ", ShipmentState::closed,
          " THEN (SELECT MIN(m.window_opens) FROM message AS m WHERE m.shipment = t.id AND ", kWaitsForWindow,
          ") END, (SELECT MAX(f.id) FROM shipment AS f WHERE f.fallback_of = t.id) FROM shipment AS t LEFT JOIN "
          "message "
          "ON message.id = CASE WHEN t.state ",
          In(ShipmentState::closed, ShipmentState::failed, ShipmentState::overdue, ShipmentState::refused,
             ShipmentState::bounced),
          " THEN (SELECT MAX(m.id) FROM message AS m WHERE m.shipment = t.id AND m.error_code <> '') END"));
}

void AddMessages(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<MessageState, MessageSummary, std::int64_t, std::int64_t, std::int64_t, std::optional<Time>>(
      session, selection, limit, items,
      Sql("SELECT t.id, t.state, t.partner, t.created, t.mailbox, error_code, error_detail, shipment, part, "
          "message_total, (SELECT m.window_opens FROM message AS m WHERE m.id = t.id AND ",
          kWaitsForWindow, ") FROM message AS t JOIN shipment ON shipment.id = shipment"));
}

void AddMails(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<MailState, MailSummary, std::string, std::string, std::int64_t, bool, std::int64_t>(
      session, selection, limit, items,
      "SELECT t.id, t.state, t.partner, t.fetched, '', t.error_code, t.error_detail, t.sender, t.mailbox, t.size, "
      "t.joined, (SELECT COUNT(*) FROM instance WHERE instance.mail = t.id) FROM mail AS t");
}

void AddInstances(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<InstanceState, InstanceSummary, Direction, std::string, std::string, std::int64_t, std::int64_t>(
      session, selection, limit, items,
      "SELECT t.id, t.state, t.partner, t.received, '', '', '', t.direction, t.calling_ae, t.called_ae, t.mail, "
      "t.file_size FROM instance AS t");
}

void AddDeliveries(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<DeliveryState, DeliverySummary, std::string, std::int64_t>(
      session, selection, limit, items,
      "SELECT t.id, t.state, instance.partner, t.created, '', t.error_code, t.error_detail, t.pacs, t.instance FROM "
      "delivery AS t JOIN instance ON instance.id = t.instance");
}

void AddReceipts(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<ReceiptState, ReceiptSummary, std::int64_t, std::optional<Disposition>>(
      session, selection, limit, items,
      "SELECT t.id, t.state, t.partner, t.created, t.mailbox, t.error_code, t.error_detail, t.mail, "
      "NULLIF(t.disposition, '') FROM receipt AS t");
}

void AddSets(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<SetState, SetSummary, std::int64_t, std::int64_t>(
      session, selection, limit, items,
      "SELECT t.id, t.state, t.partner, t.created, '', '', '', t.parts, t.total FROM received_set AS t");
}

void AddDocuments(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  AddAll<DocumentState, DocumentSummary, std::string, std::int64_t, std::optional<std::int64_t>, std::int64_t>(
      session, selection, limit, items,
      "SELECT t.id, t.state, t.partner, t.received, '', t.error_code, t.error_detail, t.content_type, t.size, t.mail, "
      "t.shipment FROM document AS t");
}

}  // namespace

Reason ReasonOf(InstanceState state) {
  switch (state) {
    case InstanceState::held:
      return {std::string(codes::kNoRoute.name), {}};
    case InstanceState::undeliverable:
      return {std::string(codes::kNoInboundRoute.name), {}};
    case InstanceState::conflict:
      return {std::string(codes::kInstanceConflict.name), {}};
    default:
      return {};
  }
}

void AddSummaries(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items) {
  switch (selection.kind) {
    case ItemKind::instance:
      return AddInstances(session, selection, limit, items);
    case ItemKind::shipment:
      return AddShipments(session, selection, limit, items);
    case ItemKind::message:
      return AddMessages(session, selection, limit, items);
    case ItemKind::mail:
      return AddMails(session, selection, limit, items);
    case ItemKind::delivery:
      return AddDeliveries(session, selection, limit, items);
    case ItemKind::receipt:
      return AddReceipts(session, selection, limit, items);
    case ItemKind::set:
      return AddSets(session, selection, limit, items);
    case ItemKind::document:
      return AddDocuments(session, selection, limit, items);
  }
}

}  // namespace gateway::ledger
