#include "ledger/care/consistency_rules.h"

#include "ledger/rules/holds.h"
#include "ledger/rules/message_moves.h"

namespace gateway::ledger {
namespace {

std::string Text(std::string_view text) {
  return std::string(text);
}

void AddFileRules(std::vector<Rule>& rules) {
  const auto add = [&rules](ItemKind kind, std::string sql) {
    rules.push_back({"file-forgotten", kind, "is still needed, but the ledger names no file for it", std::move(sql)});
  };
  add(ItemKind::message, "SELECT id FROM message WHERE state = 'sealed' AND spool_key IS NULL");
  // 'sent' is done where no receipt was asked; that a bounce came after all takes no files back.
  add(ItemKind::message,
      "SELECT id FROM message WHERE state = 'waiting' AND (EXISTS (SELECT 1 FROM shipment_instance AS carried JOIN "
      "instance ON instance.id = carried.instance WHERE carried.message = message.id AND instance.spool_key IS NULL) "
      "OR EXISTS (SELECT 1 FROM document WHERE document.message = message.id AND document.spool_key IS NULL))");
  add(ItemKind::instance,
      "SELECT id FROM instance WHERE state IN ('held', 'accepted', 'undeliverable', 'conflict') AND spool_key IS NULL");
  add(ItemKind::mail,
      "SELECT id FROM mail WHERE state IN ('fetched', 'fragment', 'quarantined') AND spool_key IS NULL AND NOT EXISTS "
      "(SELECT 1 FROM mail AS part WHERE part.joined_into = mail.id AND part.spool_key IS NOT NULL)");
  add(ItemKind::document, "SELECT id FROM document WHERE state IN ('waiting', 'kept') AND spool_key IS NULL");
}

void AddMessageRules(std::vector<Rule>& rules) {
  rules.push_back({"message-empty", ItemKind::message, "carries nothing",
                   "SELECT id FROM message WHERE NOT EXISTS (SELECT 1 FROM shipment_instance AS carried WHERE "
                   "carried.message = message.id) AND NOT EXISTS (SELECT 1 FROM document WHERE document.message = "
                   "message.id)"});
  rules.push_back({"message-file-left", ItemKind::message, "waits to be sealed, but has a sealed file",
                   "SELECT id FROM message WHERE state = 'waiting' AND spool_key IS NOT NULL"});
  rules.push_back({"finish-wrong", ItemKind::message, "is sent, but nobody knows when",
                   "SELECT id FROM message WHERE state IN ('sent', 'overdue') AND finished IS NULL"});
  rules.push_back({"hold-wrong", ItemKind::message, "is held without a reason, or goes on in spite of a hold",
                   "SELECT id FROM message WHERE (state = 'held' AND NOT " + Text(kMessageIsHeld) +
                       ") OR (state IN ('waiting', 'sealed') AND " + Text(kMessageIsHeld) + ")"});
}

void AddShipmentRules(std::vector<Rule>& rules) {
  static const std::string kCounted =
      "SELECT shipment.id AS id, shipment.state AS state, message_total AS total, messages_failed AS failed, "
      "messages_bounced AS bounced, messages_refused AS refused, messages_sent AS sent, messages_overdue AS overdue, "
      "messages_delivered AS delivered, messages_warned AS warned, messages_cancelled AS cancelled, "
      "COUNT(message.id) AS n, TOTAL(message.state = 'failed') AS f, TOTAL(message.state = 'bounced') AS b, "
      "TOTAL(message.state = 'refused') AS r, TOTAL(" +
      Text(kMessageMailed) +
      ") AS s, TOTAL(message.state = 'overdue') AS o, TOTAL(message.state = 'delivered') AS d, "
      "TOTAL(message.state = 'warning') AS w, TOTAL(message.state = 'cancelled') AS c "
      "FROM shipment LEFT JOIN message ON message.shipment = shipment.id GROUP BY shipment.id";
  rules.push_back({"shipment-counts", ItemKind::shipment, "counts other messages than it has",
                   "SELECT id FROM (" + kCounted +
                       ") WHERE NOT (n = total AND f = failed AND b = bounced AND r = refused AND s = sent AND "
                       "o = overdue AND d = delivered AND w = warned AND c = cancelled)"});
  rules.push_back({"shipment-state", ItemKind::shipment, "is in another state than its messages say",
                   "SELECT id FROM (" + kCounted +
                       ") WHERE state <> CASE WHEN n = 0 THEN 'open' WHEN f > 0 THEN 'failed' WHEN b > 0 THEN "
                       "'bounced' WHEN r > 0 THEN 'refused' WHEN s + c < n THEN 'closed' WHEN o > 0 THEN 'overdue' "
                       "WHEN c > 0 THEN 'cancelled' WHEN d = n THEN 'delivered' WHEN d + w = n THEN 'warning' ELSE "
                       "'sent' END"});
}

// What goes out is finished when every message that carries it is done.
void AddFinishRules(std::vector<Rule>& rules) {
  rules.push_back({"finish-wrong", ItemKind::instance, "is finished, or not, in spite of its messages",
                   "SELECT id FROM instance WHERE direction = 'out' AND EXISTS (SELECT 1 FROM shipment_instance AS "
                   "carried WHERE carried.instance = instance.id) AND (finished IS NULL) <> EXISTS (SELECT 1 FROM "
                   "shipment_instance AS carried LEFT JOIN message ON message.id = carried.message WHERE "
                   "carried.instance = instance.id AND NOT coalesce(" +
                       Text(kMessageDone) + ", 0))"});
  rules.push_back({"finish-wrong", ItemKind::document, "is finished, or not, in spite of its message",
                   "SELECT document.id FROM document JOIN message ON message.id = document.message WHERE "
                   "(document.finished IS NULL) = " +
                       Text(kMessageDone)});
}

void AddReceptionRules(std::vector<Rule>& rules) {
  rules.push_back({"delivery-missing", ItemKind::instance, "is to be stored, but no delivery of it is open",
                   "SELECT id FROM instance WHERE state = 'accepted' AND NOT EXISTS (SELECT 1 FROM delivery WHERE "
                   "delivery.instance = instance.id AND delivery.state IN ('waiting', 'held', 'failed'))"});
  rules.push_back({"delivery-wrong", ItemKind::delivery, "waits, but its instance is not to be stored",
                   "SELECT delivery.id FROM delivery JOIN instance ON instance.id = delivery.instance WHERE "
                   "delivery.state IN ('waiting', 'held') AND instance.state <> 'accepted'"});
  rules.push_back({"hold-wrong", ItemKind::delivery, "is held without a reason, or goes on in spite of a hold",
                   "SELECT id FROM delivery WHERE (state = 'held' AND NOT " + Text(kDeliveryIsHeld) +
                       ") OR (state = 'waiting' AND " + Text(kDeliveryIsHeld) + ")"});
  rules.push_back({"hold-wrong", ItemKind::receipt, "is held without a reason, or goes on in spite of a hold",
                   "SELECT id FROM receipt WHERE (state = 'held' AND NOT " + Text(kReceiptIsHeld) +
                       ") OR (state = 'due' AND " + Text(kReceiptIsHeld) + ")"});
  rules.push_back({"receipt-empty", ItemKind::receipt, "is to be sent, but says nothing",
                   "SELECT id FROM receipt WHERE state IN ('due', 'held', 'sent') AND disposition = ''"});
  rules.push_back({"set-wrong", ItemKind::set, "counts other parts than it has",
                   "SELECT id FROM received_set WHERE parts <> (SELECT COUNT(*) FROM received_part WHERE "
                   "received_part.received_set = received_set.id) OR (state = 'complete') <> (total > 0 AND parts >= "
                   "total)"});
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
