// `show` of received mails.
#include "ledger/operator/operator_show.h"

namespace gateway::ledger {
namespace {

void AddFacts(Session& session, std::int64_t mail, Record& record) {
  const auto [sender, partner, message_id, signer, set_id, part, total] =
      *session.Row<std::string, std::string, std::string, std::string, std::optional<std::string>, std::int64_t,
                   std::int64_t>(
          "SELECT sender, partner, message_id, signer, set_id, set_part, set_total FROM mail WHERE id = :id", mail);
  Add(record, "sender", sender);
  Add(record, "partner", partner);
  Add(record, "message_id", message_id);
  Add(record, "signer", signer);
  AddSet(record, set_id, part, total);
  if (!set_id) return;
  AddIds(record, "received_set", ItemKind::set,
         session.Column1<std::int64_t>("SELECT id FROM received_set WHERE partner = :partner AND set_id = :set_id",
                                       partner, *set_id));
}

void AddPartial(Session& session, std::int64_t mail, Record& record) {
  const auto [partial_id, number, total, joined_into, duplicate] =
      *session.Row<std::string, std::int64_t, std::int64_t, std::optional<std::int64_t>, bool>(
          "SELECT partial_id, fragment_number, fragment_total, joined_into, duplicate FROM mail WHERE id = :id", mail);
  if (partial_id.empty()) return;
  Add(record, "partial_id", partial_id);
  Add(record, "fragment", std::to_string(number) + (total == 0 ? "" : " of " + std::to_string(total)));
  if (duplicate) Add(record, "duplicate", "yes");
  if (joined_into) Add(record, "joined_into", Format(ItemKind::mail, *joined_into));
}

void AddContents(Session& session, std::int64_t id, Record& record) {
  for (const auto& [instance, instance_state] : session.Rows<std::int64_t, std::string>(
           "SELECT id, state FROM instance WHERE mail = :id ORDER BY id LIMIT :limit", id, kMaxChildren)) {
    Record child{"instance " + Format(ItemKind::instance, instance), {}, {}};
    Add(child, "state", instance_state);
    AddDeliveries(session, instance, child);
    record.children.push_back(std::move(child));
  }
  for (const auto& [document, document_state] : session.Rows<std::int64_t, std::string>(
           "SELECT id, state FROM document WHERE mail = :id ORDER BY id LIMIT :limit", id, kMaxChildren)) {
    Record child{"document " + Format(ItemKind::document, document), {}, {}};
    Add(child, "state", document_state);
    record.children.push_back(std::move(child));
  }
}

void AddJoined(Session& session, std::int64_t id, Record& record) {
  // Fragments can be joined mails themselves, but a fragment's own are not shown: `show` it.
  for (const auto& [fragment, number, fragment_state, fragment_size] :
       session.Rows<std::int64_t, std::int64_t, std::string, std::int64_t>(
           "SELECT id, fragment_number, state, size FROM mail WHERE joined_into = :id AND duplicate = 0 "
           "ORDER BY fragment_number LIMIT :limit",
           id, kMaxChildren)) {
    Record child{"mail " + Format(ItemKind::mail, fragment), {}, {}};
    Add(child, "state", fragment_state);
    Add(child, "fragment", number);
    Add(child, "bytes", fragment_size);
    record.children.push_back(std::move(child));
  }
}

}  // namespace

std::optional<Record> ShowMail(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::string, std::int64_t, Time, std::optional<Time>, std::int64_t, Time,
                               std::string, std::string, std::string, bool>(
      "SELECT state, mailbox, size, fetched, finished, tries, next_try, error_code, error_detail, spool_key, on_server "
      "FROM mail WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, mailbox, size, fetched, finished, tries, next_try, code, detail, key, on_server] = *row;
  Record record{"mail " + Format(ItemKind::mail, id), {}, {}};
  Add(record, "state", state);
  Add(record, "mailbox", mailbox);
  Add(record, "bytes", size);
  Add(record, "file", key);
  Add(record, "fetched", std::optional(fetched));
  Add(record, "finished", finished);
  Add(record, "on_server", on_server ? "yes" : "no");
  AddFacts(session, id, record);
  AddTrouble(record, tries, next_try, code, detail);
  AddPartial(session, id, record);
  AddIds(record, "reports_on", ItemKind::message,
         session.Column1<std::int64_t>("SELECT reports_on FROM mail WHERE id = :id AND reports_on IS NOT NULL", id));
  AddIds(record, "duplicates", ItemKind::instance,
         session.Column1<std::int64_t>(
             "SELECT instance FROM mail_duplicate WHERE mail = :id ORDER BY instance LIMIT :limit", id, kMaxChildren));
  AddIds(record, "receipt", ItemKind::receipt,
         session.Column1<std::int64_t>("SELECT id FROM receipt WHERE mail = :id", id));
  AddContents(session, id, record);
  AddJoined(session, id, record);
  return record;
}

}  // namespace gateway::ledger
