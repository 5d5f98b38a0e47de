// `show` for shipments and messages. It says where a study is.
#include <tuple>

#include "ledger/operator/operator_columns.h"
#include "ledger/operator/operator_show.h"
#include "ledger/rules/message_moves.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

std::vector<MessageDetails::Fragment> LoadFragments(Session& session, std::int64_t message) {
  std::vector<MessageDetails::Fragment> fragments;
  for (auto& row : session.Rows<std::int64_t, std::int64_t, FragmentState, std::int64_t, std::string,
                                std::optional<Time>, std::string>(
           "SELECT number, total, state, range_length, message_id, sent, reply FROM message_fragment WHERE message = "
           ":id ORDER BY number LIMIT :limit",
           message, kMaxChildren)) {
    MessageDetails::Fragment& fragment = fragments.emplace_back();
    std::tie(fragment.number, fragment.total, fragment.state, fragment.size, fragment.message_id, fragment.sent,
             fragment.reply) = std::move(row);
  }
  return fragments;
}

// Counts the files of the shipment whose message fits `which`, an SQL condition about a row named
// message.
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

// Finds where the files of the shipment are, as far as the partner has told.
void LoadWhereabouts(Session& session, ShipmentDetails& shipment) {
  shipment.files_mailed = CountFiles(session, shipment.id, kMessageMailed);
  shipment.files_receipted =
      CountFiles(session, shipment.id,
                 Sql("message.state ", In(MessageState::delivered, MessageState::warning, MessageState::refused)));
  shipment.files_stored =
      CountFiles(session, shipment.id, Sql("message.state ", In(MessageState::delivered, MessageState::warning)));
  shipment.missing_parts = RangesOf(session.FirstColumn<std::int64_t>(
      "SELECT part FROM message WHERE shipment = :id AND NOT " + std::string(kMessageDone) + " ORDER BY part",
      shipment.id));
}

void LoadCounts(Session& session, ShipmentDetails& shipment) {
  using Int = std::int64_t;
  MessageCounts& counts = shipment.messages_by_state;
  std::tie(shipment.instances, shipment.documents, counts.total, counts.sent, counts.delivered, counts.warned,
           counts.overdue, counts.refused, counts.bounced, counts.failed, counts.cancelled) =
      *session.Row<Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int>(
          Sql("SELECT instance_count, document_count, ", kMessageCounts, " FROM shipment WHERE id = :id"), shipment.id);
}

void HoldWithPartner(Session& session, const std::string& partner, Holds& holds) {
  const DestinationName destination{DestinationKind::partner, partner};
  if (IsHeldDestination(session, destination)) holds.destination = destination;
}

Holds HoldsOf(Session& session, const MessageDetails& message) {
  Holds holds;
  std::tie(holds.item, holds.shipment) = *session.Row<bool, bool>(
      "SELECT message.held, shipment.held FROM message JOIN shipment ON shipment.id = message.shipment WHERE "
      "message.id = :id",
      message.id);
  HoldWithPartner(session, message.partner, holds);
  return holds;
}

Holds HoldsOf(Session& session, const ShipmentDetails& shipment) {
  Holds holds;
  holds.item = *session.First<bool>("SELECT held FROM shipment WHERE id = :id", shipment.id);
  HoldWithPartner(session, shipment.partner, holds);
  return holds;
}

// Loads what was sealed and sent, and what the partner answered.
void LoadMailing(Session& session, MessageDetails& message) {
  std::tie(message.size, message.message_id, message.sealed, message.partial_id, message.finished, message.reply) =
      *session.Row<std::int64_t, std::string, std::optional<Time>, std::string, std::optional<Time>, std::string>(
          "SELECT size, message_id, date, partial_id, finished, reply FROM message WHERE id = :id", message.id);
  std::tie(message.receipt_asked, message.answer, message.answered, message.resends) =
      *session.Row<ReceiptMode, std::string, std::optional<Time>, std::int64_t>(
          "SELECT receipt_asked, receipt_words, receipt_at, resends FROM message WHERE id = :id", message.id);
}

}  // namespace

std::optional<MessageDetails> LoadMessage(Session& session, std::int64_t id) {
  const auto row =
      session.Row<MessageState, std::int64_t, std::string, std::string, Priority, std::int64_t, std::int64_t, Time>(
          "SELECT message.state, shipment, message.partner, message.mailbox, message.priority, part, message_total, "
          "message.created FROM message JOIN shipment ON shipment.id = shipment WHERE message.id = :id",
          id);
  if (!row) return std::nullopt;
  MessageDetails message;
  message.id = id;
  std::tie(message.state, message.shipment, message.partner, message.mailbox, message.priority, message.part,
           message.total, message.created) = *row;
  LoadMailing(session, message);
  if (message.state == MessageState::held) message.holds = HoldsOf(session, message);
  message.attempts = LoadAttempts(session, {ItemKind::message, id});
  if (IsOneOf(message.state, MessageState::waiting, MessageState::sealed)) {
    message.window_opens = session.First<Time>(
        "SELECT window_opens FROM message WHERE id = :id AND window_opens > 0 AND next_try = window_opens", id);
    message.waits_for = LoadWaits(session, {ItemKind::message, id});
  }
  message.instances = session.FirstColumn<std::int64_t>(
      "SELECT instance FROM shipment_instance WHERE message = :id ORDER BY position LIMIT :limit", id, kMaxChildren);
  message.documents = session.FirstColumn<std::int64_t>(
      "SELECT id FROM document WHERE message = :id ORDER BY id LIMIT :limit", id, kMaxChildren);
  message.fragments = LoadFragments(session, id);
  return message;
}

std::optional<ShipmentDetails> LoadShipment(Session& session, std::int64_t id) {
  const auto row = session.Row<ShipmentState, std::string, std::string, std::string, Priority, Bundling, std::string,
                               std::string, Time, Time, std::optional<Time>, std::optional<Time>>(
      "SELECT state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, created, "
      "last_instance, closed, finished FROM shipment WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  ShipmentDetails shipment;
  shipment.id = id;
  std::tie(shipment.state, shipment.partner, shipment.mailbox, shipment.rule, shipment.priority, shipment.bundling,
           shipment.set_id, shipment.study_instance_uid, shipment.created, shipment.last_instance, shipment.closed,
           shipment.finished) = *row;
  shipment.fallback_of =
      *session.First<std::optional<std::int64_t>>("SELECT fallback_of FROM shipment WHERE id = :id", id);
  shipment.fallbacks =
      session.FirstColumn<std::int64_t>("SELECT id FROM shipment WHERE fallback_of = :id ORDER BY id", id);
  shipment.holds = HoldsOf(session, shipment);
  if (WaitsForDestination(shipment)) shipment.waits_for = LoadWaits(session, {ItemKind::shipment, id});
  LoadCounts(session, shipment);
  LoadWhereabouts(session, shipment);
  const auto messages = session.FirstColumn<std::int64_t>(
      "SELECT id FROM message WHERE shipment = :id ORDER BY part LIMIT :limit", id, kMaxChildren);
  for (const std::int64_t message : messages) {
    const auto& loaded = shipment.messages.emplace_back(*LoadMessage(session, message));
    if (!shipment.window_opens) shipment.window_opens = loaded.window_opens;
  }
  return shipment;
}

}  // namespace gateway::ledger
