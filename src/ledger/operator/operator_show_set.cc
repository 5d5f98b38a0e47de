// `show` for received sets, receipts and documents. It says where a study is.
#include <tuple>

#include "ledger/operator/operator_columns.h"
#include "ledger/operator/operator_show.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Counts the parts in which nothing is left to be done. Every instance, also one that came before,
// is stored. Every document is filed, or is in the PACS as an instance.
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

void LoadContents(Session& session, SetDetails& set) {
  for (const auto& [state, count] : session.Rows<InstanceState, std::int64_t>(
           "SELECT i.state, COUNT(*) FROM received_part AS p JOIN instance AS i ON i.mail = p.mail WHERE "
           "p.received_set = :id GROUP BY i.state ORDER BY i.state",
           set.id)) {
    set.instances.emplace_back(state, count);
  }
  for (const auto& [state, count] : session.Rows<DocumentState, std::int64_t>(
           "SELECT n.state, COUNT(*) FROM received_part AS p JOIN document AS n ON n.mail = p.mail WHERE "
           "p.received_set = :id GROUP BY n.state ORDER BY n.state",
           set.id)) {
    set.documents.emplace_back(state, count);
  }
}

void LoadParts(Session& session, SetDetails& set) {
  set.missing_parts = GapsOf(session.FirstColumn<std::int64_t>(
                                 "SELECT part FROM received_part WHERE received_set = :id ORDER BY part", set.id),
                             set.total);
  for (const auto& [part, mail, state, fetched] : session.Rows<std::int64_t, std::int64_t, MailState, Time>(
           "SELECT p.part, mail.id, mail.state, mail.fetched FROM received_part AS p JOIN mail ON mail.id = p.mail "
           "WHERE p.received_set = :id ORDER BY p.part LIMIT :limit",
           set.id, kMaxChildren)) {
    set.parts.push_back({part, mail, state, fetched});
  }
}

}  // namespace

std::optional<SetDetails> LoadSet(Session& session, std::int64_t id) {
  const auto row = session.Row<SetState, std::string, std::string, std::string, std::int64_t, std::int64_t, Time, Time,
                               std::optional<Time>>(
      "SELECT state, partner, set_id, study_instance_uid, total, parts, created, last_part, finished FROM received_set "
      "WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  SetDetails set;
  set.id = id;
  std::tie(set.state, set.partner, set.set_id, set.study_instance_uid, set.total, set.parts_received, set.created,
           set.last_part, set.finished) = *row;
  set.parts_stored = CountStoredParts(session, id);
  LoadContents(session, set);
  LoadParts(session, set);
  return set;
}

std::optional<ReceiptDetails> LoadReceipt(Session& session, std::int64_t id) {
  const auto row = session.Row<ReceiptState, std::int64_t, std::string, std::string, ReceiptKind,
                               std::optional<Disposition>, Time, std::optional<Time>>(
      "SELECT state, mail, partner, mailbox, kind, NULLIF(disposition, ''), created, finished FROM receipt WHERE id = "
      ":id",
      id);
  if (!row) return std::nullopt;
  ReceiptDetails receipt;
  receipt.id = id;
  std::tie(receipt.state, receipt.mail, receipt.partner, receipt.mailbox, receipt.kind, receipt.disposition,
           receipt.created, receipt.finished) = *row;
  std::tie(receipt.message_id, receipt.original_message_id, receipt.reply) =
      *session.Row<std::string, std::string, std::string>(
          "SELECT message_id, original_message_id, reply FROM receipt WHERE id = :id", id);
  receipt.set = LoadSetPart(session, {ItemKind::receipt, id});
  receipt.attempts = LoadAttempts(session, {ItemKind::receipt, id});
  if (receipt.state == ReceiptState::due) receipt.waits_for = LoadWaits(session, {ItemKind::receipt, id});
  return receipt;
}

std::optional<DocumentDetails> LoadDocument(Session& session, std::int64_t id) {
  using OptionalId = std::optional<std::int64_t>;
  const auto row = session.Row<Direction, DocumentState, std::string, OptionalId, OptionalId, OptionalId, OptionalId>(
      "SELECT direction, state, partner, mail, shipment, message, instance FROM document WHERE id = :id", id);
  if (!row) return std::nullopt;
  DocumentDetails document;
  document.id = id;
  std::tie(document.direction, document.state, document.partner, document.mail, document.shipment, document.message,
           document.instance) = *row;
  Time deadline;
  std::tie(document.set_id, document.content_type, document.size, document.sha256, document.spool_key,
           document.received, document.finished, deadline) =
      *session.Row<std::string, std::string, std::int64_t, std::string, std::string, Time, std::optional<Time>, Time>(
          "SELECT set_id, content_type, size, sha256, spool_key, received, finished, deadline FROM document WHERE id = "
          ":id",
          id);
  if (document.state == DocumentState::waiting && deadline > Time{}) document.waits_until = deadline;
  document.attempts = LoadAttempts(session, {ItemKind::document, id});
  return document;
}

}  // namespace gateway::ledger
