// `show` of received sets: where is this study? And of receipts and documents.
#include "ledger/operator/operator_show.h"
#include "ledger/operator/operator_text.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Parts of which nothing is left to be done: every instance, one that came before included, is stored, every document
// is filed or stands in the PACS as an instance.
std::int64_t CountStoredParts(Session& session, std::int64_t set) {
  return *session.First<std::int64_t>(
      Sql("SELECT COUNT(*) FROM received_part AS p JOIN mail ON mail.id = p.mail WHERE p.received_set = :id AND "
          "mail.state = ",
          MailState::opened, " AND NOT EXISTS (SELECT 1 FROM instance AS i WHERE i.mail = p.mail AND i.state <> ",
          InstanceState::stored,
          ") AND NOT EXISTS (SELECT 1 FROM mail_duplicate AS d JOIN instance AS i ON i.id = d.instance WHERE d.mail = "
          "p.mail AND i.state <> ",
          InstanceState::stored, ") AND NOT EXISTS (SELECT 1 FROM document AS n WHERE n.mail = p.mail AND n.state ",
          NotIn(DocumentState::converted, DocumentState::filed),
          ") AND NOT EXISTS (SELECT 1 FROM document_duplicate AS d JOIN document AS n ON n.id = d.document WHERE "
          "d.mail = p.mail AND n.state ",
          NotIn(DocumentState::converted, DocumentState::filed), ")"),
      set);
}

void AddInstanceCounts(Session& session, std::int64_t set, Record& record) {
  for (const auto& [state, count] : session.Rows<std::string, std::int64_t>(
           "SELECT i.state, COUNT(*) FROM received_part AS p JOIN instance AS i ON i.mail = p.mail WHERE "
           "p.received_set = :id GROUP BY i.state ORDER BY i.state",
           set)) {
    Add(record, "instances_" + state, count);
  }
  for (const auto& [state, count] : session.Rows<std::string, std::int64_t>(
           "SELECT n.state, COUNT(*) FROM received_part AS p JOIN document AS n ON n.mail = p.mail WHERE "
           "p.received_set = :id GROUP BY n.state ORDER BY n.state",
           set)) {
    Add(record, "documents_" + state, count);
  }
}

void AddParts(Session& session, std::int64_t set, Record& record) {
  for (const auto& [part, mail, state, fetched] : session.Rows<std::int64_t, std::int64_t, std::string, Time>(
           "SELECT p.part, mail.id, mail.state, mail.fetched FROM received_part AS p JOIN mail ON mail.id = p.mail "
           "WHERE p.received_set = :id ORDER BY p.part LIMIT :limit",
           set, kMaxChildren)) {
    Record child{"part " + std::to_string(part), {}, {}};
    Add(child, "mail", Format(ItemKind::mail, mail));
    Add(child, "state", state);
    Add(child, "fetched", std::optional(fetched));
    record.children.push_back(std::move(child));
  }
}

// An id that may not be there.
void AddId(Record& record, std::string name, ItemKind kind, const std::optional<std::int64_t>& id) {
  if (id) Add(record, std::move(name), Format(kind, *id));
}

}  // namespace

std::optional<Record> ShowSet(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::string, std::string, std::string, std::int64_t, std::int64_t, Time,
                               Time, std::optional<Time>>(
      "SELECT state, partner, set_id, study_instance_uid, total, parts, created, last_part, finished FROM received_set "
      "WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, partner, set_id, study, total, parts, created, last_part, finished] = *row;
  Record record{"set " + Format(ItemKind::set, id), {}, {}};
  Add(record, "state", state);
  Add(record, "partner", partner);
  Add(record, "set_id", set_id);
  Add(record, "study_instance_uid", study);
  Add(record, "created", std::optional(created));
  Add(record, "last_part", std::optional(last_part));
  Add(record, "completed", finished);
  Add(record, "parts_received", std::to_string(parts) + " of " + std::to_string(total));
  Add(record, "parts_stored", std::to_string(CountStoredParts(session, id)) + " of " + std::to_string(total));
  Add(record, "missing_parts",
      GapsOf(session.Column1<std::int64_t>("SELECT part FROM received_part WHERE received_set = :id ORDER BY part", id),
             total));
  AddInstanceCounts(session, id, record);
  AddParts(session, id, record);
  return record;
}

std::optional<Record> ShowReceipt(Session& session, std::int64_t id) {
  const auto row = session.Row<ReceiptState, std::int64_t, std::string, std::string, std::string, std::string,
                               std::string, Time, std::optional<Time>>(
      "SELECT state, mail, partner, mailbox, kind, disposition, message_id, created, finished FROM receipt "
      "WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, mail, partner, mailbox, kind, disposition, message_id, created, finished] = *row;
  Record record{"receipt " + Format(ItemKind::receipt, id), {}, {}};
  Add(record, "state", NameOf(state));
  Add(record, "mail", Format(ItemKind::mail, mail));
  Add(record, "partner", partner);
  Add(record, "mailbox", mailbox);
  Add(record, "kind", kind);
  Add(record, "disposition", disposition);
  Add(record, "created", std::optional(created));
  Add(record, "sent", finished);
  Add(record, "message_id", message_id);
  const auto [original, set_id, part, total, reply, tries, next_try, code, detail] =
      *session.Row<std::string, std::optional<std::string>, std::int64_t, std::int64_t, std::string, std::int64_t, Time,
                   std::string, std::string>(
          "SELECT original_message_id, set_id, set_part, set_total, reply, tries, next_try, error_code, error_detail "
          "FROM receipt WHERE id = :id",
          id);
  Add(record, "original_message_id", original);
  AddSet(record, set_id, part, total);
  Add(record, "reply", reply);
  AddTrouble(record, tries, next_try, code, detail);
  record.waits = IsOneOf(state, ReceiptState::waiting, ReceiptState::due, ReceiptState::held);
  if (state == ReceiptState::due) AddWaits(session, {ItemKind::receipt, id}, record);
  return record;
}

// Neither its name nor the study's UID: those are for `show` of an instance, or for nobody.
std::optional<Record> ShowDocument(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, DocumentState, std::string, std::optional<std::int64_t>,
                               std::optional<std::int64_t>, std::optional<std::int64_t>, std::optional<std::int64_t>>(
      "SELECT direction, state, partner, mail, shipment, message, instance FROM document WHERE id = :id", id);
  if (!row) return std::nullopt;
  const auto& [direction, state, partner, mail, shipment, message, instance] = *row;
  Record record{"document " + Format(ItemKind::document, id), {}, {}};
  Add(record, "state", NameOf(state));
  Add(record, "direction", direction == "out" ? "outbound" : "inbound");
  Add(record, "partner", partner);
  AddId(record, "mail", ItemKind::mail, mail);
  AddId(record, "shipment", ItemKind::shipment, shipment);
  AddId(record, "message", ItemKind::message, message);
  AddId(record, "instance", ItemKind::instance, instance);
  const auto [set_id, type, size, sha256, key, received, finished, deadline, tries, next_try, code, detail] =
      *session.Row<std::string, std::string, std::int64_t, std::string, std::string, Time, std::optional<Time>, Time,
                   std::int64_t, Time, std::string, std::string>(
          "SELECT set_id, content_type, size, sha256, spool_key, received, finished, deadline, tries, next_try, "
          "error_code, error_detail FROM document WHERE id = :id",
          id);
  Add(record, "set_id", set_id);
  Add(record, "content_type", type);
  Add(record, "bytes", size);
  Add(record, "file", key);
  Add(record, "sha256", sha256);
  Add(record, "received", std::optional(received));
  if (state == DocumentState::waiting && deadline > Time{}) Add(record, "waits_until", std::optional(deadline));
  Add(record, direction == "out" ? "sent" : "finished", finished);
  AddTrouble(record, tries, next_try, code, detail);
  return record;
}

}  // namespace gateway::ledger
