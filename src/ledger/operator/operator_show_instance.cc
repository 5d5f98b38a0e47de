// `show` for instances and their deliveries.
#include <tuple>

#include "ledger/operator/operator_columns.h"
#include "ledger/operator/operator_show.h"

namespace gateway::ledger {
namespace {

std::vector<InstanceDetails::InShipment> LoadShipments(Session& session, std::int64_t instance) {
  std::vector<InstanceDetails::InShipment> shipments;
  for (auto& [id, state, partner, message, message_state] :
       session.Rows<std::int64_t, ShipmentState, std::string, std::optional<std::int64_t>, std::optional<MessageState>>(
           "SELECT shipment.id, shipment.state, shipment.partner, message.id, message.state FROM shipment_instance "
           "JOIN shipment ON shipment.id = shipment_instance.shipment LEFT JOIN message ON message.id = "
           "shipment_instance.message WHERE shipment_instance.instance = :id ORDER BY shipment.id",
           instance)) {
    shipments.push_back({id, state, std::move(partner), message, message_state});
  }
  return shipments;
}

void LoadIdentity(Session& session, InstanceDetails& instance) {
  std::tie(instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax_uid, instance.study_instance_uid,
           instance.series_instance_uid, instance.dataset_sha256, instance.size, instance.spool_key) =
      *session.Row<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t,
                   std::string>(
          "SELECT sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, series_instance_uid, "
          "dataset_sha256, file_size, spool_key FROM instance WHERE id = :id",
          instance.id);
}

// The delivery is held by itself, or together with everything that goes to its PACS.
Holds LoadHolds(Session& session, const DeliveryDetails& delivery) {
  Holds holds;
  holds.item = *session.First<bool>("SELECT held FROM delivery WHERE id = :id", delivery.id);
  const DestinationName pacs{DestinationKind::pacs, delivery.pacs};
  if (!holds.item || IsHeldDestination(session, pacs)) holds.destination = pacs;
  return holds;
}

}  // namespace

std::optional<DeliveryDetails> LoadDelivery(Session& session, std::int64_t id) {
  const auto row =
      session.Row<DeliveryState, std::int64_t, std::string, Time, std::optional<std::int64_t>, std::optional<Time>>(
          "SELECT state, instance, pacs, created, status, finished FROM delivery WHERE id = :id", id);
  if (!row) return std::nullopt;
  DeliveryDetails delivery;
  delivery.id = id;
  std::tie(delivery.state, delivery.instance, delivery.pacs, delivery.created, delivery.status, delivery.finished) =
      *row;
  if (delivery.state == DeliveryState::held) delivery.holds = LoadHolds(session, delivery);
  delivery.attempts = LoadAttempts(session, {ItemKind::delivery, id});
  if (delivery.state == DeliveryState::waiting) delivery.waits_for = LoadWaits(session, {ItemKind::delivery, id});
  return delivery;
}

std::vector<DeliveryDetails> LoadDeliveries(Session& session, std::int64_t instance) {
  std::vector<DeliveryDetails> deliveries;
  for (const std::int64_t id :
       session.FirstColumn<std::int64_t>("SELECT id FROM delivery WHERE instance = :id ORDER BY id", instance)) {
    deliveries.push_back(*LoadDelivery(session, id));
  }
  return deliveries;
}

std::optional<InstanceDetails> LoadInstance(Session& session, std::int64_t id) {
  const auto row = session.Row<Direction, InstanceState, Time, std::optional<Time>, std::string, std::string,
                               std::optional<std::int64_t>, std::string, std::string>(
      "SELECT direction, state, received, finished, calling_ae, called_ae, mail, partner, difference FROM instance "
      "WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  InstanceDetails instance;
  instance.id = id;
  std::tie(instance.direction, instance.state, instance.received, instance.finished, instance.calling_ae,
           instance.called_ae, instance.mail, instance.partner, instance.difference) = *row;
  instance.document =
      session.First<std::int64_t>("SELECT id FROM document WHERE instance = :id ORDER BY id LIMIT 1", id);
  LoadIdentity(session, instance);
  if (instance.direction == Direction::outbound) {
    instance.shipments = LoadShipments(session, id);
  } else {
    instance.deliveries = LoadDeliveries(session, id);
  }
  return instance;
}

}  // namespace gateway::ledger
