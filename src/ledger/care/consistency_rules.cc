#include "ledger/care/consistency_rules.h"

#include "ledger/rules/holds.h"
#include "ledger/rules/message_moves.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

void AddFileRules(std::vector<Rule>& rules) {
  const auto add = [&rules](ItemKind kind, std::string sql) {
    rules.push_back({DisagreementKind::file_forgotten, kind, std::move(sql)});
  };
  add(ItemKind::message, Sql("SELECT id FROM message WHERE state = ", MessageState::sealed, " AND spool_key IS NULL"));
  // The rule covers waiting messages only. A sent message that asked for no receipt is done, so its
  // files may be forgotten. A bounce that comes afterwards does not bring them back.
  add(ItemKind::message,
      Sql("SELECT id FROM message WHERE state = ", MessageState::waiting,
          " AND (EXISTS (SELECT 1 FROM shipment_instance AS carried JOIN instance ON instance.id = carried.instance "
          "WHERE carried.message = message.id AND instance.spool_key IS NULL) OR EXISTS (SELECT 1 FROM document WHERE "
          "document.message = message.id AND document.spool_key IS NULL))"));
  // If the row is missing, the worker that sends or stores the copy would have another copy made.
  add(ItemKind::message,
      Sql("SELECT message.id FROM message JOIN shipment_instance AS carried ON carried.message = message.id WHERE "
          "message.state = ",
          MessageState::waiting,
          " AND carried.derived IS NOT NULL AND NOT EXISTS (SELECT 1 FROM derived WHERE derived.id = "
          "carried.derived AND forgotten = 0)"));
  add(ItemKind::delivery,
      Sql("SELECT delivery.id FROM delivery WHERE state ", In(DeliveryState::waiting, DeliveryState::held),
          " AND derived IS NOT NULL AND NOT EXISTS (SELECT 1 FROM derived WHERE derived.id = delivery.derived)"));
  add(ItemKind::instance,
      Sql("SELECT id FROM instance WHERE state ",
          In(InstanceState::held, InstanceState::accepted, InstanceState::undeliverable, InstanceState::conflict),
          " AND spool_key IS NULL"));
  add(ItemKind::mail,
      Sql("SELECT id FROM mail WHERE state ", In(MailState::fetched, MailState::fragment, MailState::quarantined),
          " AND spool_key IS NULL AND NOT EXISTS (SELECT 1 FROM mail AS part WHERE part.joined_into = mail.id AND "
          "part.spool_key IS NOT NULL)"));
  add(ItemKind::document, Sql("SELECT id FROM document WHERE state ", In(DocumentState::waiting, DocumentState::kept),
                              " AND spool_key IS NULL"));
}

void AddMessageRules(std::vector<Rule>& rules) {
  rules.push_back({DisagreementKind::message_empty, ItemKind::message,
                   "SELECT id FROM message WHERE NOT EXISTS (SELECT 1 FROM shipment_instance AS carried WHERE "
                   "carried.message = message.id) AND NOT EXISTS (SELECT 1 FROM document WHERE document.message = "
                   "message.id)"});
  rules.push_back({DisagreementKind::message_file_left, ItemKind::message,
                   Sql("SELECT id FROM message WHERE state = ", MessageState::waiting, " AND spool_key IS NOT NULL")});
  rules.push_back({DisagreementKind::finish_wrong, ItemKind::message,
                   Sql("SELECT id FROM message WHERE state ", In(MessageState::sent, MessageState::overdue),
                       " AND finished IS NULL")});
  rules.push_back({DisagreementKind::hold_wrong, ItemKind::message,
                   Sql("SELECT id FROM message WHERE (state = ", MessageState::held, " AND NOT ", kMessageIsHeld,
                       ") OR (state ", In(MessageState::waiting, MessageState::sealed), " AND ", kMessageIsHeld, ")")});
}

// Returns the SQL that counts the rows of a group that fulfil the condition.
std::string CountOf(const std::string& condition) {
  return "SUM(CASE WHEN " + condition + " THEN 1 ELSE 0 END)";
}

// This derives the state of a shipment once more, from its messages and not from the counts of its
// row. A check that asked rules/message_moves would repeat its mistakes.
void AddShipmentRules(std::vector<Rule>& rules) {
  using S = ShipmentState;
  static const std::string kCounted =
      Sql("SELECT shipment.id AS id, shipment.state AS state, message_total AS total, messages_failed AS failed, "
          "messages_bounced AS bounced, messages_refused AS refused, messages_sent AS sent, messages_overdue AS "
          "overdue, messages_delivered AS delivered, messages_warned AS warned, messages_cancelled AS cancelled, "
          "COUNT(message.id) AS n, ",
          CountOf(Sql("message.state = ", MessageState::failed)), " AS f, ",
          CountOf(Sql("message.state = ", MessageState::bounced)), " AS b, ",
          CountOf(Sql("message.state = ", MessageState::refused)), " AS r, ", CountOf(kMessageMailed), " AS s, ",
          CountOf(Sql("message.state = ", MessageState::overdue)), " AS o, ",
          CountOf(Sql("message.state = ", MessageState::delivered)), " AS d, ",
          CountOf(Sql("message.state = ", MessageState::warning)), " AS w, ",
          CountOf(Sql("message.state = ", MessageState::cancelled)),
          " AS c FROM shipment LEFT JOIN message ON message.shipment = shipment.id GROUP BY shipment.id");
  rules.push_back({DisagreementKind::shipment_counts, ItemKind::shipment,
                   "SELECT id FROM (" + kCounted +
                       ") WHERE NOT (n = total AND f = failed AND b = bounced AND r = refused AND s = sent AND "
                       "o = overdue AND d = delivered AND w = warned AND c = cancelled)"});
  rules.push_back(
      {DisagreementKind::shipment_state, ItemKind::shipment,
       Sql("SELECT id FROM (", kCounted, ") WHERE state <> CASE WHEN n = 0 THEN ", S::open, " WHEN f > 0 THEN ",
           S::failed, " WHEN b > 0 THEN ", S::bounced, " WHEN r > 0 THEN ", S::refused, " WHEN s + c < n THEN ",
           S::closed, " WHEN o > 0 THEN ", S::overdue, " WHEN c > 0 THEN ", S::cancelled, " WHEN d = n THEN ",
           S::delivered, " WHEN d + w = n THEN ", S::warning, " ELSE ", S::sent, " END")});
}

// An outbound instance or document is finished when every message that carries it is done.
void AddFinishRules(std::vector<Rule>& rules) {
  rules.push_back({DisagreementKind::finish_wrong, ItemKind::instance,
                   Sql("SELECT id FROM instance WHERE direction = ", Direction::outbound,
                       " AND EXISTS (SELECT 1 FROM shipment_instance AS "
                       "carried WHERE carried.instance = instance.id) AND (finished IS NULL) <> EXISTS (SELECT 1 FROM "
                       "shipment_instance AS carried LEFT JOIN message ON message.id = carried.message WHERE "
                       "carried.instance = instance.id AND NOT coalesce(",
                       kMessageDone, ", 0))")});
  rules.push_back({DisagreementKind::finish_wrong, ItemKind::document,
                   "SELECT document.id FROM document JOIN message ON message.id = document.message WHERE "
                   "(document.finished IS NULL) = " +
                       kMessageDone});
}

void AddReceptionRules(std::vector<Rule>& rules) {
  rules.push_back(
      {DisagreementKind::delivery_missing, ItemKind::instance,
       Sql("SELECT id FROM instance WHERE state = ", InstanceState::accepted,
           " AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.instance = instance.id AND delivery.state ",
           In(DeliveryState::waiting, DeliveryState::held, DeliveryState::failed), ")")});
  rules.push_back(
      {DisagreementKind::delivery_wrong, ItemKind::delivery,
       Sql("SELECT delivery.id FROM delivery JOIN instance ON instance.id = delivery.instance WHERE delivery.state ",
           In(DeliveryState::waiting, DeliveryState::held), " AND instance.state <> ", InstanceState::accepted)});
  rules.push_back({DisagreementKind::hold_wrong, ItemKind::delivery,
                   Sql("SELECT id FROM delivery WHERE (state = ", DeliveryState::held, " AND NOT ", kDeliveryIsHeld,
                       ") OR (state = ", DeliveryState::waiting, " AND ", kDeliveryIsHeld, ")")});
  rules.push_back({DisagreementKind::hold_wrong, ItemKind::receipt,
                   Sql("SELECT id FROM receipt WHERE (state = ", ReceiptState::held, " AND NOT ", kReceiptIsHeld,
                       ") OR (state = ", ReceiptState::due, " AND ", kReceiptIsHeld, ")")});
  rules.push_back({DisagreementKind::receipt_empty, ItemKind::receipt,
                   Sql("SELECT id FROM receipt WHERE state ",
                       In(ReceiptState::due, ReceiptState::held, ReceiptState::sent), " AND disposition = ''")});
  rules.push_back({DisagreementKind::set_wrong, ItemKind::set,
                   Sql("SELECT id FROM received_set WHERE parts <> (SELECT COUNT(*) FROM received_part WHERE "
                       "received_part.received_set = received_set.id) OR (state = ",
                       SetState::complete, ") <> (total > 0 AND parts >= total)")});
}

std::vector<Rule> AllRules() {
  std::vector<Rule> rules;
  AddFileRules(rules);
  AddMessageRules(rules);
  AddShipmentRules(rules);
  AddFinishRules(rules);
  AddReceptionRules(rules);
  return rules;
}

}  // namespace

const std::vector<Rule>& Rules() {
  static const std::vector<Rule> kAll = AllRules();
  return kAll;
}

}  // namespace gateway::ledger
