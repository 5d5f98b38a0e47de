// `show` of instances and their deliveries.
#include <array>
#include <cstdio>

#include "ledger/operator/operator_show.h"

namespace gateway::ledger {
namespace {

std::string HexStatus(std::int64_t status) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%04X", static_cast<unsigned>(status & 0xffff));
  return text.data();
}

void AddShipments(Session& session, std::int64_t instance, Record& record) {
  for (const auto& [id, state, partner, message, message_state] :
       session.Rows<std::int64_t, std::string, std::string, std::optional<std::int64_t>, std::string>(
           "SELECT shipment.id, shipment.state, shipment.partner, message.id, message.state FROM shipment_instance "
           "JOIN shipment ON shipment.id = shipment_instance.shipment LEFT JOIN message ON message.id = "
           "shipment_instance.message WHERE shipment_instance.instance = :id ORDER BY shipment.id",
           instance)) {
    Record child{"shipment " + Format(ItemKind::shipment, id), {}, {}};
    Add(child, "state", state);
    Add(child, "partner", partner);
    if (message) Add(child, "message", Format(ItemKind::message, *message) + ", " + message_state);
    record.children.push_back(std::move(child));
  }
}

void AddIdentity(Session& session, std::int64_t instance, Record& record) {
  const auto [sop_class, sop_instance, syntax, study, series, sha256, size, key] =
      *session.Row<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t,
                   std::string>(
          "SELECT sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, series_instance_uid, "
          "dataset_sha256, file_size, spool_key FROM instance WHERE id = :id",
          instance);
  Add(record, "bytes", size);
  Add(record, "file", key);
  Add(record, "sop_class_uid", sop_class);
  Add(record, "sop_instance_uid", sop_instance);
  Add(record, "transfer_syntax_uid", syntax);
  Add(record, "study_instance_uid", study);
  Add(record, "series_instance_uid", series);
  Add(record, "dataset_sha256", sha256);
}

}  // namespace

std::optional<Record> ShowDelivery(Session& session, std::int64_t id) {
  const auto row = session.Row<DeliveryState, std::int64_t, std::string, Time, std::int64_t, Time, std::string,
                               std::string, std::optional<std::int64_t>, std::optional<Time>>(
      "SELECT state, instance, pacs, created, tries, next_try, error_code, error_detail, status, finished "
      "FROM delivery WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, instance, pacs, created, tries, next_try, code, detail, status, stored] = *row;
  Record record{"delivery " + Format(ItemKind::delivery, id), {}, {}};
  Add(record, "state", NameOf(state));
  Add(record, "instance", Format(ItemKind::instance, instance));
  Add(record, "pacs", pacs);
  Add(record, "created", std::optional(created));
  Add(record, std::string(NameOf(state == DeliveryState::cancelled ? state : DeliveryState::stored)), stored);
  if (state == DeliveryState::held) {
    // By itself, or with all that goes to its PACS.
    Add(record, "held_by",
        session
            .First<std::string>(
                "SELECT CASE WHEN held = 0 THEN 'pacs ' || pacs WHEN EXISTS (SELECT 1 FROM held_destination WHERE kind "
                "= 'pacs' AND name = delivery.pacs) THEN 'operator, pacs ' || pacs ELSE 'operator' END FROM delivery "
                "WHERE id = :id",
                id)
            .value_or(""));
  }
  if (status) Add(record, "status", HexStatus(*status));
  AddTrouble(record, tries, next_try, code, detail);
  record.waits = IsOneOf(state, DeliveryState::waiting, DeliveryState::held);
  if (state == DeliveryState::waiting) AddWaits(session, {ItemKind::delivery, id}, record);
  return record;
}

void AddDeliveries(Session& session, std::int64_t instance, Record& record) {
  for (const std::int64_t id :
       session.Column1<std::int64_t>("SELECT id FROM delivery WHERE instance = :id ORDER BY id", instance)) {
    record.children.push_back(*ShowDelivery(session, id));
  }
}

std::optional<Record> ShowInstance(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, InstanceState, Time, std::optional<Time>, std::string, std::string,
                               std::optional<std::int64_t>, std::string, std::string>(
      "SELECT direction, state, received, finished, calling_ae, called_ae, mail, partner, difference FROM instance "
      "WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [direction, state, received, finished, calling, called, mail, partner, difference] = *row;
  const bool outbound = direction == "out";
  Record record{"instance " + Format(ItemKind::instance, id), {}, {}};
  Add(record, "state", NameOf(state));
  Add(record, "direction", outbound ? "outbound" : "inbound");
  Add(record, "received", std::optional(received));
  Add(record, "calling_ae", calling);
  Add(record, "called_ae", called);
  if (mail) Add(record, "mail", Format(ItemKind::mail, *mail));
  Add(record, "partner", partner);
  Add(record, "difference", difference);
  if (state == InstanceState::dropped) {
    Add(record, "dropped", finished);
  } else {
    Add(record, outbound ? "sent" : "stored", finished);
  }
  AddIds(record, "document", ItemKind::document,
         session.Column1<std::int64_t>("SELECT id FROM document WHERE instance = :id ORDER BY id LIMIT 1", id));
  AddIdentity(session, id, record);
  if (outbound) {
    AddShipments(session, id, record);
  } else {
    AddDeliveries(session, id, record);
  }
  return record;
}

}  // namespace gateway::ledger
