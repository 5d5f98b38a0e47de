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

void ListShipments(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows) {
  for (const auto& [id, state, partner, created, instances, total, sent, failed, code, detail] :
       Select<std::int64_t, std::string, std::string, Time, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
              std::string, std::string>(
           session,
           "SELECT t.id, t.state, t.partner, t.created, instance_count, message_total, messages_sent, messages_failed, "
           "error_code, error_detail FROM shipment AS t LEFT JOIN message ON message.id = "
           "CASE WHEN t.state IN ('closed', 'failed') THEN (SELECT MAX(m.id) FROM message AS m WHERE m.shipment = t.id "
           "AND m.error_code <> '') END",
           selection, limit)) {
    std::string about = CountOf(instances, "instance");
    if (total > 0) about += ", " + std::to_string(sent) + " of " + CountOf(total, "message") + " sent";
    if (failed > 0) about += ", " + std::to_string(failed) + " failed";
    rows.push_back({{ItemKind::shipment, id}, state, partner, created, about, Reason(code, detail)});
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
  }
}

std::vector<Selection> SelectionsOf(const ListFilter& filter) {
  if (filter.kind) return {{*filter.kind, filter.state}};
  if (filter.state) {
    return {{ItemKind::instance, filter.state},
            {ItemKind::shipment, filter.state},
            {ItemKind::message, filter.state},
            {ItemKind::mail, filter.state},
            {ItemKind::delivery, filter.state}};
  }
  return {{ItemKind::shipment, {}},        {ItemKind::mail, {}},         {ItemKind::message, "failed"},
          {ItemKind::delivery, "failed"},  {ItemKind::instance, "held"}, {ItemKind::instance, "undeliverable"},
          {ItemKind::instance, "conflict"}};
}

}  // namespace

Result<Status> OperatorLedger::GetStatus() {
  return database_.impl().Read([&](Session& session) -> Result<Status> {
    Status status;
    for (const auto& [kind, state, n] :
         session.Rows<std::string, std::string, std::int64_t>("SELECT kind, state, n FROM state_count")) {
      status.counts[kind][state] = n;
    }
    status.oldest_unsent = session.First<Time>(
        "SELECT created FROM message WHERE state IN ('waiting', 'sealed') ORDER BY created LIMIT 1");
    status.oldest_undelivered =
        session.First<Time>("SELECT created FROM delivery WHERE state = 'waiting' ORDER BY created LIMIT 1");
    status.quarantined = status.counts["mails"]["quarantined"] + status.counts["instances_out"]["held"] +
                         status.counts["instances_in"]["undeliverable"] + status.counts["instances_in"]["conflict"];
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
