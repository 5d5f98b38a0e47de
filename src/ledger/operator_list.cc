// `status` and `list`.
#include <algorithm>

#include "ledger/database_impl.h"
#include "ledger/operator_ledger.h"
#include "ledger/operator_text.h"

namespace gateway::ledger {
namespace {

struct Selection {
  ItemKind kind = ItemKind::instance;
  std::optional<std::string> state;  // nullopt: any
};

// `select` ends before its WHERE; its table is called t.
template <typename... Columns>
std::vector<std::tuple<Columns...>> Select(Session& session, const std::string& select, const Selection& selection,
                                           std::size_t limit) {
  if (!selection.state) return session.Rows<Columns...>(select + " ORDER BY t.id DESC LIMIT :limit", limit);
  return session.Rows<Columns...>(select + " WHERE t.state = :state ORDER BY t.id DESC LIMIT :limit", *selection.state,
                                  limit);
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
  for (const auto& [id, state, partner, created, instances, documents, total, sent, receipted, overdue, refused,
                    bounced, failed, cancelled, held, code, detail] :
       Select<std::int64_t, std::string, std::string, Time, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
              std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool, std::string,
              std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.created, instance_count, document_count, message_total, messages_sent, "
           "messages_delivered + messages_warned, messages_overdue, messages_refused, messages_bounced, "
           "messages_failed, messages_cancelled, t.held, error_code, error_detail FROM shipment AS t LEFT JOIN message "
           "ON message.id = "
           "CASE WHEN t.state IN ('closed', 'failed', 'overdue', 'refused', 'bounced') THEN (SELECT MAX(m.id) FROM "
           "message AS m WHERE m.shipment = t.id AND m.error_code <> '') END",
           selection, limit)) {
    const ShipmentCounts counts{instances, documents, total,  sent,      receipted, overdue,
                                refused,   bounced,   failed, cancelled, held};
    rows.push_back({{ItemKind::shipment, id}, state, partner, created, counts.Text(), Reason(code, detail)});
  }
}

void ListMessages(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, shipment, part, total, code, detail] :
       Select<std::int64_t, std::string, std::string, Time, std::int64_t, std::int64_t, std::int64_t, std::string,
              std::string>(session,
                           "SELECT t.id, t.state, t.partner, t.created, shipment, part, message_total, error_code, "
                           "error_detail FROM message AS t JOIN shipment ON shipment.id = shipment",
                           selection, limit)) {
    rows.push_back({{ItemKind::message, id},
                    state,
                    partner,
                    created,
                    "part " + std::to_string(part) + " of " + std::to_string(total) + " of " +
                        Format(ItemKind::shipment, shipment),
                    Reason(code, detail)});
  }
}

void ListMails(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, sender, fetched, mailbox, size, joined, instances, code, detail] :
       Select<std::int64_t, std::string, std::string, std::string, Time, std::string, std::int64_t, bool, std::int64_t,
              std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.sender, t.fetched, t.mailbox, t.size, t.joined, "
           "(SELECT COUNT(*) FROM instance WHERE instance.mail = t.id), t.error_code, t.error_detail FROM mail AS t",
           selection, limit)) {
    std::string about = Printable(mailbox) + ", " + CountOf(size, "byte");
    if (joined) about += ", joined from fragments";
    if (instances > 0) about += ", " + CountOf(instances, "new instance");
    rows.push_back({{ItemKind::mail, id},
                    state,
                    partner.empty() ? Printable(sender) : partner,
                    fetched,
                    about,
                    Reason(code, detail)});
  }
}

void ListInstances(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, received, direction, size, calling, called, mail] :
       Select<std::int64_t, std::string, std::string, Time, std::string, std::int64_t, std::string, std::string,
              std::int64_t>(session,
                            "SELECT t.id, t.state, t.partner, t.received, t.direction, t.file_size, t.calling_ae, "
                            "t.called_ae, t.mail FROM instance AS t",
                            selection, limit)) {
    const std::string source = direction == "out" ? "from " + Printable(calling) + " to " + Printable(called)
                                                  : "from " + Format(ItemKind::mail, mail);
    rows.push_back({{ItemKind::instance, id},
                    state,
                    partner,
                    received,
                    source + ", " + CountOf(size, "byte"),
                    WhyInstance(state).first});
  }
}

void ListDeliveries(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, pacs, instance, code, detail] :
       Select<std::int64_t, std::string, std::string, Time, std::string, std::int64_t, std::string, std::string>(
           session,
           "SELECT t.id, t.state, instance.partner, t.created, t.pacs, t.instance, t.error_code, t.error_detail "
           "FROM delivery AS t JOIN instance ON instance.id = t.instance",
           selection, limit)) {
    rows.push_back({{ItemKind::delivery, id},
                    state,
                    partner,
                    created,
                    pacs + ", " + Format(ItemKind::instance, instance),
                    Reason(code, detail)});
  }
}

void ListReceipts(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, mail, disposition, code, detail] :
       Select<std::int64_t, std::string, std::string, Time, std::int64_t, std::string, std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.created, t.mail, t.disposition, t.error_code, t.error_detail "
           "FROM receipt AS t",
           selection, limit)) {
    std::string about = disposition.empty() ? "for " : disposition + ", for ";
    about += Format(ItemKind::mail, mail);
    rows.push_back({{ItemKind::receipt, id}, state, partner, created, about, Reason(code, detail)});
  }
}

void ListSets(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, parts, total] :
       Select<std::int64_t, std::string, std::string, Time, std::int64_t, std::int64_t>(
           session, "SELECT t.id, t.state, t.partner, t.created, t.parts, t.total FROM received_set AS t", selection,
           limit)) {
    rows.push_back({{ItemKind::set, id},
                    state,
                    partner,
                    created,
                    std::to_string(parts) + " of " + CountOf(total, "part") + " received",
                    state == "overdue" ? "set-overdue" : ""});
  }
}

void ListDocuments(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, received, type, size, mail, shipment, code, detail] :
       Select<std::int64_t, std::string, std::string, Time, std::string, std::int64_t, std::optional<std::int64_t>,
              std::int64_t, std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.received, t.content_type, t.size, t.mail, t.shipment, t.error_code, "
           "t.error_detail FROM document AS t",
           selection, limit)) {
    rows.push_back({{ItemKind::document, id},
                    state,
                    partner,
                    received,
                    Printable(type) + ", " + CountOf(size, "byte") + ", " +
                        (mail ? "from " + Format(ItemKind::mail, *mail) : "in " + Format(ItemKind::shipment, shipment)),
                    Reason(code, detail)});
  }
}

void ListKind(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
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

std::vector<Selection> SelectionsOf(const ListFilter& filter) {
  if (filter.kind) return {{*filter.kind, filter.state}};
  std::vector<Selection> selections;
  if (filter.state) {
    for (const ItemKind kind : {ItemKind::instance, ItemKind::shipment, ItemKind::message, ItemKind::mail,
                                ItemKind::delivery, ItemKind::receipt, ItemKind::set, ItemKind::document}) {
      selections.push_back({kind, filter.state});
    }
    return selections;
  }
  return {{ItemKind::shipment, {}},         {ItemKind::mail, {}},
          {ItemKind::message, "failed"},    {ItemKind::message, "overdue"},
          {ItemKind::message, "refused"},   {ItemKind::message, "bounced"},
          {ItemKind::message, "held"},      {ItemKind::delivery, "failed"},
          {ItemKind::delivery, "held"},     {ItemKind::receipt, "failed"},
          {ItemKind::receipt, "held"},      {ItemKind::set, "overdue"},
          {ItemKind::instance, "held"},     {ItemKind::instance, "undeliverable"},
          {ItemKind::instance, "conflict"}, {ItemKind::document, "quarantined"},
          {ItemKind::document, "kept"}};
}

// Of the two the older; either may be missing.
std::optional<Time> Older(const std::optional<Time>& a, const std::optional<Time>& b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Result<Status> OperatorLedger::GetStatus() {
  return database_.impl().Read([&](Session& session) -> Result<Status> {
    Status status;
    for (const auto& [kind, state, n] :
         session.Rows<std::string, std::string, std::int64_t>("SELECT kind, state, n FROM state_count")) {
      status.counts[kind][state] = n;
    }
    // Ids rise with time: by id the oldest is found in the index of states, however many wait.
    status.oldest_unsent =
        Older(session.First<Time>("SELECT created FROM message WHERE state = 'waiting' ORDER BY id LIMIT 1"),
              session.First<Time>("SELECT created FROM message WHERE state = 'sealed' ORDER BY id LIMIT 1"));
    status.oldest_undelivered =
        session.First<Time>("SELECT created FROM delivery WHERE state = 'waiting' ORDER BY id LIMIT 1");
    status.oldest_unreceipted =
        Older(session.First<Time>("SELECT finished FROM message WHERE state = 'sent' AND receipt_asked <> '' "
                                  "ORDER BY finished LIMIT 1"),
              session.First<Time>("SELECT finished FROM message WHERE state = 'overdue' ORDER BY finished LIMIT 1"));
    status.held_shipments = *session.First<std::int64_t>("SELECT COUNT(*) FROM shipment WHERE held = 1");
    for (auto& [kind, name] :
         session.Rows<std::string, std::string>("SELECT kind, name FROM held_destination ORDER BY kind, name")) {
      status.held_destinations.push_back(kind + " " + Printable(name));
    }
    status.quarantined = status.counts["mails"]["quarantined"] + status.counts["instances_out"]["held"] +
                         status.counts["instances_in"]["undeliverable"] + status.counts["instances_in"]["conflict"] +
                         status.counts["documents_in"]["quarantined"] + status.counts["documents_in"]["kept"];
    return status;
  });
}

Result<std::vector<Row>> OperatorLedger::List(const ListFilter& filter) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<Row>> {
    std::vector<Row> rows;
    for (const Selection& selection : SelectionsOf(filter)) ListKind(session, selection, filter.limit, rows);
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.since, a.id.kind, a.id.number) > std::tie(b.since, b.id.kind, b.id.number);
    });
    if (rows.size() > filter.limit) rows.resize(filter.limit);
    return rows;
  });
}

}  // namespace gateway::ledger
