#include "ledger/operator/operator_rows.h"

#include "ledger/error_codes.h"
#include "ledger/operator/operator_text.h"
#include "ledger/rules/message_moves.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

template <ItemState State>
std::string Text(State state) {
  return std::string(NameOf(state));
}

// `select` ends before its WHERE; its table is called t.
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

// What leaves by mail waits for the partner and for the mailbox's SMTP server.
std::vector<DestinationName> ByMail(const std::string& partner, const std::string& mailbox) {
  return {{DestinationKind::partner, partner}, {DestinationKind::mailbox, mailbox}};
}

// "2 instances, 3 of 12 messages sent, 1 overdue".
struct ShipmentCounts {
  std::int64_t instances = 0;
  std::int64_t documents = 0;
  std::int64_t total = 0;
  std::int64_t sent = 0;
  std::int64_t receipted = 0;
  std::int64_t overdue = 0;
  std::int64_t refused = 0;
  std::int64_t bounced = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  bool held = false;

  [[nodiscard]] std::string Text() const {
    std::string text = instances > 0 || documents == 0 ? CountOf(instances, "instance") : std::string();
    if (documents > 0) text.append(text.empty() ? "" : ", ").append(CountOf(documents, "document"));
    if (total > 0) text += ", " + std::to_string(sent) + " of " + CountOf(total, "message") + " sent";
    for (const auto& [count, word] :
         {std::pair(receipted, " receipted"), std::pair(overdue, " overdue"), std::pair(refused, " refused"),
          std::pair(bounced, " bounced"), std::pair(failed, " failed"), std::pair(cancelled, " cancelled")}) {
      if (count > 0) text.append(", ").append(std::to_string(count)).append(word);
    }
    if (held) text += ", held";
    return text;
  }
};

void ListShipments(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, mailbox, created, instances, documents, total, sent, receipted, overdue,
                    refused, bounced, failed, cancelled, held, code, detail] :
       Select<std::int64_t, ShipmentState, std::string, std::string, Time, std::int64_t, std::int64_t, std::int64_t,
              std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool,
              std::string, std::string>(
           session,
           Sql("SELECT t.id, t.state, t.partner, t.mailbox, t.created, instance_count, document_count, message_total, "
               "messages_sent, messages_delivered + messages_warned, messages_overdue, messages_refused, "
               "messages_bounced, messages_failed, messages_cancelled, t.held, error_code, error_detail FROM shipment "
               "AS t LEFT JOIN message ON message.id = CASE WHEN t.state ",
               In(ShipmentState::closed, ShipmentState::failed, ShipmentState::overdue, ShipmentState::refused,
                  ShipmentState::bounced),
               " THEN (SELECT MAX(m.id) FROM message AS m WHERE m.shipment = t.id AND m.error_code <> '') END"),
           selection, limit)) {
    const ShipmentCounts counts{instances, documents, total,  sent,      receipted, overdue,
                                refused,   bounced,   failed, cancelled, held};
    rows.push_back({{ItemKind::shipment, id}, Text(state), partner, created, counts.Text(), Reason(code, detail), {}});
    if (IsOneOf(state, ShipmentState::open, ShipmentState::closed)) rows.back().waits_for = ByMail(partner, mailbox);
  }
}

void ListMessages(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, mailbox, created, shipment, part, total, code, detail] :
       Select<std::int64_t, MessageState, std::string, std::string, Time, std::int64_t, std::int64_t, std::int64_t,
              std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.mailbox, t.created, shipment, part, message_total, error_code, "
           "error_detail FROM message AS t JOIN shipment ON shipment.id = shipment",
           selection, limit)) {
    rows.push_back({{ItemKind::message, id},
                    Text(state),
                    partner,
                    created,
                    "part " + std::to_string(part) + " of " + std::to_string(total) + " of " +
                        Format(ItemKind::shipment, shipment),
                    Reason(code, detail),
                    {}});
    if (IsUnsent(state)) rows.back().waits_for = ByMail(partner, mailbox);
  }
}

void ListMails(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, sender, fetched, mailbox, size, joined, instances, code, detail] :
       Select<std::int64_t, MailState, std::string, std::string, Time, std::string, std::int64_t, bool, std::int64_t,
              std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.sender, t.fetched, t.mailbox, t.size, t.joined, "
           "(SELECT COUNT(*) FROM instance WHERE instance.mail = t.id), t.error_code, t.error_detail FROM mail AS t",
           selection, limit)) {
    std::string about = Printable(mailbox) + ", " + CountOf(size, "byte");
    if (joined) about += ", joined from fragments";
    if (instances > 0) about += ", " + CountOf(instances, "new instance");
    rows.push_back({{ItemKind::mail, id},
                    Text(state),
                    partner.empty() ? Printable(sender) : partner,
                    fetched,
                    about,
                    Reason(code, detail),
                    {}});
  }
}

void ListInstances(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, received, direction, size, calling, called, mail] :
       Select<std::int64_t, InstanceState, std::string, Time, std::string, std::int64_t, std::string, std::string,
              std::int64_t>(session,
                            "SELECT t.id, t.state, t.partner, t.received, t.direction, t.file_size, t.calling_ae, "
                            "t.called_ae, t.mail FROM instance AS t",
                            selection, limit)) {
    const std::string source = direction == "out" ? "from " + Printable(calling) + " to " + Printable(called)
                                                  : "from " + Format(ItemKind::mail, mail);
    rows.push_back({{ItemKind::instance, id},
                    Text(state),
                    partner,
                    received,
                    source + ", " + CountOf(size, "byte"),
                    WhyInstance(state).first,
                    {}});
  }
}

void ListDeliveries(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, pacs, instance, code, detail] :
       Select<std::int64_t, DeliveryState, std::string, Time, std::string, std::int64_t, std::string, std::string>(
           session,
           "SELECT t.id, t.state, instance.partner, t.created, t.pacs, t.instance, t.error_code, t.error_detail "
           "FROM delivery AS t JOIN instance ON instance.id = t.instance",
           selection, limit)) {
    rows.push_back({{ItemKind::delivery, id},
                    Text(state),
                    partner,
                    created,
                    Printable(pacs) + ", " + Format(ItemKind::instance, instance),
                    Reason(code, detail),
                    {}});
    if (IsOneOf(state, DeliveryState::waiting, DeliveryState::held)) {
      rows.back().waits_for = {{DestinationKind::pacs, pacs}};
    }
  }
}

void ListReceipts(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, mailbox, created, mail, disposition, code, detail] :
       Select<std::int64_t, ReceiptState, std::string, std::string, Time, std::int64_t, std::string, std::string,
              std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.mailbox, t.created, t.mail, t.disposition, t.error_code, t.error_detail "
           "FROM receipt AS t",
           selection, limit)) {
    std::string about = disposition.empty() ? "for " : disposition + ", for ";
    about += Format(ItemKind::mail, mail);
    rows.push_back({{ItemKind::receipt, id}, Text(state), partner, created, about, Reason(code, detail), {}});
    if (IsOneOf(state, ReceiptState::waiting, ReceiptState::due, ReceiptState::held)) {
      rows.back().waits_for = ByMail(partner, mailbox);
    }
  }
}

void ListSets(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, parts, total] :
       Select<std::int64_t, SetState, std::string, Time, std::int64_t, std::int64_t>(
           session, "SELECT t.id, t.state, t.partner, t.created, t.parts, t.total FROM received_set AS t", selection,
           limit)) {
    rows.push_back({{ItemKind::set, id},
                    Text(state),
                    partner,
                    created,
                    std::to_string(parts) + " of " + CountOf(total, "part") + " received",
                    state == SetState::overdue ? std::string(codes::kSetOverdue.name) : std::string(),
                    {}});
  }
}

void ListDocuments(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, received, type, size, mail, shipment, code, detail] :
       Select<std::int64_t, DocumentState, std::string, Time, std::string, std::int64_t, std::optional<std::int64_t>,
              std::int64_t, std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.received, t.content_type, t.size, t.mail, t.shipment, t.error_code, "
           "t.error_detail FROM document AS t",
           selection, limit)) {
    rows.push_back({{ItemKind::document, id},
                    Text(state),
                    partner,
                    received,
                    Printable(type) + ", " + CountOf(size, "byte") + ", " +
                        (mail ? "from " + Format(ItemKind::mail, *mail) : "in " + Format(ItemKind::shipment, shipment)),
                    Reason(code, detail),
                    {}});
  }
}

}  // namespace

void AddRows(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  switch (selection.kind) {
    case ItemKind::instance:
      return ListInstances(session, selection, limit, rows);
    case ItemKind::shipment:
      return ListShipments(session, selection, limit, rows);
    case ItemKind::message:
      return ListMessages(session, selection, limit, rows);
    case ItemKind::mail:
      return ListMails(session, selection, limit, rows);
    case ItemKind::delivery:
      return ListDeliveries(session, selection, limit, rows);
    case ItemKind::receipt:
      return ListReceipts(session, selection, limit, rows);
    case ItemKind::set:
      return ListSets(session, selection, limit, rows);
    case ItemKind::document:
      return ListDocuments(session, selection, limit, rows);
  }
}

}  // namespace gateway::ledger
