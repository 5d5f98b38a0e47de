// `show` of shipments and messages: where is this study?
#include "ledger/operator/operator_show.h"
#include "ledger/operator/operator_text.h"
#include "ledger/rules/message_moves.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

void AddFragments(Session& session, std::int64_t message, Record& record) {
  for (const auto& [number, total, state, sent, length, message_id, reply] :
       session
           .Rows<std::int64_t, std::int64_t, std::string, std::optional<Time>, std::int64_t, std::string, std::string>(
               "SELECT number, total, state, sent, range_length, message_id, reply "
               "FROM message_fragment WHERE message = :id ORDER BY number LIMIT :limit",
               message, kMaxChildren)) {
    Record fragment{"fragment " + std::to_string(number) + " of " + std::to_string(total), {}, {}};
    Add(fragment, "state", state);
    Add(fragment, "bytes", length);
    Add(fragment, "message_id", message_id);
    Add(fragment, "sent", sent);
    Add(fragment, "reply", reply);
    record.children.push_back(std::move(fragment));
  }
}

// What the partner said of it.
void AddAnswer(Session& session, std::int64_t message, Record& record) {
  const auto [asked, words, at, resends] = *session.Row<std::string, std::string, std::optional<Time>, std::int64_t>(
      "SELECT receipt_asked, receipt_words, receipt_at, resends FROM message WHERE id = :id", message);
  Add(record, "receipt_asked", asked);
  Add(record, "answered", at);
  Add(record, "answer", words);
  if (resends > 0) Add(record, "resends", resends);
}

// Files of the shipment whose message is in a state of `which`, an SQL condition of a row named message.
std::int64_t CountFiles(Session& session, std::int64_t shipment, std::string_view which) {
  const std::string condition(which);
  return *session.First<std::int64_t>(
             "SELECT COUNT(*) FROM shipment_instance JOIN message ON message.id = shipment_instance.message WHERE "
             "shipment_instance.shipment = :id AND " +
                 condition,
             shipment) +
         *session.First<std::int64_t>(
             "SELECT COUNT(*) FROM message JOIN document ON document.message = message.id WHERE message.shipment = :id "
             "AND " +
                 condition,
             shipment);
}

void AddWhereabouts(Session& session, std::int64_t shipment, std::int64_t files, Record& record) {
  Add(record, "files_received", files);
  Add(record, "files_mailed", CountFiles(session, shipment, kMessageMailed));
  Add(record, "files_receipted",
      CountFiles(session, shipment,
                 Sql("message.state ", In(MessageState::delivered, MessageState::warning, MessageState::refused))));
  // By the partner's word.
  Add(record, "files_stored",
      CountFiles(session, shipment, Sql("message.state ", In(MessageState::delivered, MessageState::warning))));
  Add(record, "missing_parts",
      RangesOf(session.Column1<std::int64_t>(
          "SELECT part FROM message WHERE shipment = :id AND NOT " + std::string(kMessageDone) + " ORDER BY part",
          shipment)));
}

void AddCounts(Session& session, std::int64_t shipment, Record& record) {
  const auto [instances, documents, total, sent, failed, overdue, delivered, warned, refused, bounced, cancelled] =
      *session.Row<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                   std::int64_t, std::int64_t, std::int64_t, std::int64_t>(
          "SELECT instance_count, document_count, message_total, messages_sent, messages_failed, messages_overdue, "
          "messages_delivered, messages_warned, messages_refused, messages_bounced, messages_cancelled FROM shipment "
          "WHERE id = :id",
          shipment);
  Add(record, "instances", instances);
  if (documents > 0) Add(record, "documents", documents);
  Add(record, "messages", total);
  Add(record, "messages_sent", sent);
  Add(record, "messages_delivered", delivered);
  for (const auto& [name, count] : {std::pair("messages_warning", warned), std::pair("messages_overdue", overdue),
                                    std::pair("messages_refused", refused), std::pair("messages_bounced", bounced),
                                    std::pair("messages_cancelled", cancelled)}) {
    if (count > 0) Add(record, name, count);
  }
  Add(record, "messages_failed", failed);
  AddWhereabouts(session, shipment, instances + documents, record);
}

}  // namespace

std::optional<Record> ShowMessage(Session& session, std::int64_t id) {
  const auto row = session.Row<MessageState, std::int64_t, std::string, std::string, Priority, std::int64_t,
                               std::int64_t, Time, std::int64_t, Time, std::string, std::string>(
      "SELECT message.state, shipment, message.partner, message.mailbox, message.priority, part, message_total, "
      "message.created, tries, next_try, error_code, error_detail FROM message JOIN shipment ON shipment.id = shipment "
      "WHERE message.id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, shipment, partner, mailbox, priority, part, total, created, tries, next_try, code, detail] = *row;
  Record record{"message " + Format(ItemKind::message, id), {}, {}};
  Add(record, "state", NameOf(state));
  Add(record, "shipment", Format(ItemKind::shipment, shipment));
  Add(record, "part", std::to_string(part) + " of " + std::to_string(total));
  Add(record, "partner", partner);
  Add(record, "mailbox", mailbox);
  Add(record, "priority", NameOf(priority));
  Add(record, "created", std::optional(created));
  const auto [size, message_id, date, partial_id, sent, reply] =
      *session.Row<std::int64_t, std::string, std::optional<Time>, std::string, std::optional<Time>, std::string>(
          "SELECT size, message_id, date, partial_id, finished, reply FROM message WHERE id = :id", id);
  Add(record, "sealed", date);
  if (size > 0) Add(record, "bytes", size);
  Add(record, "message_id", message_id);
  Add(record, "partial_id", partial_id);
  Add(record, std::string(NameOf(state == MessageState::cancelled ? state : MessageState::sent)), sent);
  Add(record, "reply", reply);
  if (state == MessageState::held) {
    AddHolds(session,
             "SELECT CASE WHEN message.held = 1 THEN 'operator' WHEN shipment.held = 1 THEN 'shipment' END, "
             "message.partner FROM message JOIN shipment ON shipment.id = message.shipment WHERE message.id = :id",
             id, record);
  }
  AddAnswer(session, id, record);
  AddTrouble(record, tries, next_try, code, detail);
  record.waits = IsUnsent(state);
  if (IsOneOf(state, MessageState::waiting, MessageState::sealed)) AddWaits(session, {ItemKind::message, id}, record);
  AddIds(record, "instances", ItemKind::instance,
         session.Column1<std::int64_t>(
             "SELECT instance FROM shipment_instance WHERE message = :id ORDER BY position LIMIT :limit", id,
             kMaxChildren));
  AddIds(record, "documents", ItemKind::document,
         session.Column1<std::int64_t>("SELECT id FROM document WHERE message = :id ORDER BY id LIMIT :limit", id,
                                       kMaxChildren));
  AddFragments(session, id, record);
  return record;
}

std::optional<Record> ShowShipment(Session& session, std::int64_t id) {
  const auto row = session.Row<ShipmentState, std::string, std::string, std::string, Priority, std::string, std::string,
                               std::string, Time, Time, std::optional<Time>, std::optional<Time>>(
      "SELECT state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, created, "
      "last_instance, closed, finished "
      "FROM shipment WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, partner, mailbox, rule, priority, release, set_id, study, created, last, closed, finished] = *row;
  Record record{"shipment " + Format(ItemKind::shipment, id), {}, {}};
  Add(record, "state", NameOf(state));
  Add(record, "partner", partner);
  Add(record, "mailbox", mailbox);
  Add(record, "rule", rule);
  Add(record, "priority", NameOf(priority));
  Add(record, "release", release);
  Add(record, "set_id", set_id);
  Add(record, "study_instance_uid", study);
  Add(record, "created", std::optional(created));
  Add(record, "last_instance", std::optional(last));
  Add(record, "closed", closed);
  AddHolds(session, "SELECT CASE held WHEN 1 THEN 'operator' END, partner FROM shipment WHERE id = :id", id, record);
  const bool is_receipted = IsOneOf(state, ShipmentState::delivered, ShipmentState::warning);
  const ShipmentState end = state == ShipmentState::cancelled ? state
                            : is_receipted                    ? ShipmentState::delivered
                                                              : ShipmentState::sent;
  Add(record, std::string(NameOf(end)), finished);
  record.waits = IsOneOf(state, ShipmentState::open, ShipmentState::closed);
  if (record.waits) AddWaits(session, {ItemKind::shipment, id}, record);
  AddCounts(session, id, record);
  const auto messages = session.Column1<std::int64_t>(
      "SELECT id FROM message WHERE shipment = :id ORDER BY part LIMIT :limit", id, kMaxChildren);
  for (const std::int64_t message : messages) record.children.push_back(*ShowMessage(session, message));
  return record;
}

}  // namespace gateway::ledger
