// Closes shipments. `resend`: a person has messages sent once more.
#include "ledger/shipments.h"

#include <algorithm>

#include "ledger/error_codes.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/fallback_wait.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/service_rows.h"
#include "ledger/rules/shipment_rows.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

// Moves the instances that have no message of the closed shipment to a new open shipment of the
// same study or series, partner and rule.
void MoveRest(Session& session, std::int64_t shipment, const std::string& set_id, Time now) {
  const std::int64_t rest = *session.First<std::int64_t>(
      "INSERT INTO shipment (state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, "
      "series_instance_uid, created, last_instance, held, changes, own_completion, fallback_since) SELECT :state, "
      "partner, mailbox, rule, priority, release_mode, :set_id, study_instance_uid, series_instance_uid, :created, "
      ":last, held, changes, own_completion, fallback_since FROM shipment WHERE id = :id RETURNING id",
      ShipmentState::open, set_id, now, now, shipment);
  const auto moved = session.FirstColumn<std::int64_t>(
      "SELECT instance FROM shipment_instance WHERE shipment = :id AND message IS NULL ORDER BY position", shipment);
  session.Execute("DELETE FROM shipment_instance WHERE shipment = :id AND message IS NULL", shipment);
  session.Execute("UPDATE shipment SET instance_count = instance_count - :count WHERE id = :id", moved.size(),
                  shipment);
  CopyServiceRequest(session, shipment, rest);
  for (const std::int64_t instance : moved) AddToShipment(session, rest, instance, std::nullopt, now);
}

std::vector<OpenShipment::Item> LoadItems(Session& session, std::int64_t shipment) {
  std::vector<OpenShipment::Item> items;
  for (const auto& [instance, size] : session.Rows<std::int64_t, std::uint64_t>(
           "SELECT instance.id, file_size FROM shipment_instance JOIN instance ON instance.id = instance WHERE "
           "shipment = :id ORDER BY position",
           shipment)) {
    items.push_back({instance, size});
  }
  return items;
}

Decided<std::vector<std::int64_t>> MessagesOf(Session& session, ItemId id, bool missing_only) {
  const std::string which = missing_only ? " AND NOT " + std::string(kMessageDone) : std::string();
  const std::string by_shipment = Sql("SELECT id FROM message WHERE shipment = :id AND state ",
                                      NotIn(MessageState::waiting, MessageState::sealed, MessageState::held)) +
                                  which + Sql(" ORDER BY part", kLocked);
  const std::string by_id = Sql("SELECT id FROM message WHERE id = :id AND state ",
                                NotIn(MessageState::waiting, MessageState::sealed, MessageState::held)) +
                            which + Sql(kLocked);
  const Refusal missing{.why = WhyRefused::no_such_item, .item = id};
  if (id.kind == ItemKind::message) {
    if (!session.First<std::int64_t>("SELECT id FROM message WHERE id = :id", id.number)) return missing;
    return session.FirstColumn<std::int64_t>(by_id, id.number);
  }
  if (id.kind != ItemKind::shipment) return OtherKind(id);
  const auto state = session.First<ShipmentState>("SELECT state FROM shipment WHERE id = :id", id.number);
  if (!state) return missing;
  if (*state == ShipmentState::open) return Refusal{.why = WhyRefused::still_open, .item = id};
  return session.FirstColumn<std::int64_t>(by_shipment, id.number);
}

}  // namespace

Result<std::vector<OpenShipment>> Shipments::Quiet(Time quiet_since, std::size_t limit, Time opened_before) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<OpenShipment>> {
    std::vector<OpenShipment> shipments;
    for (auto& [id, partner, rule, last] : session.Rows<std::int64_t, std::string, std::string, Time>(
             Sql("SELECT id, partner, rule, last_instance FROM shipment WHERE state = ", ShipmentState::open,
                 " AND own_completion = 0 AND (last_instance <= :since OR created <= :opened) ORDER BY last_instance "
                 "LIMIT :limit"),
             quiet_since, opened_before, limit)) {
      shipments.push_back({id, partner, rule, LoadItems(session, id), last > quiet_since});
    }
    return shipments;
  });
}

Result<std::optional<Time>> Shipments::OldestOpen() {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<Time>> {
    return session.First<Time>(Sql("SELECT last_instance FROM shipment WHERE state = ", ShipmentState::open,
                                   " AND own_completion = 0 ORDER BY last_instance LIMIT 1"));
  });
}

Result<std::vector<CollectedShipment>> Shipments::WithOwnCompletion() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<CollectedShipment>> {
    std::vector<CollectedShipment> shipments;
    for (auto& [id, partner, rule, study, series, created, last] :
         session.Rows<std::int64_t, std::string, std::string, std::string, std::string, Time, Time>(
             Sql("SELECT id, partner, rule, study_instance_uid, series_instance_uid, created, last_instance FROM "
                 "shipment WHERE state = ",
                 ShipmentState::open, " AND own_completion = 1 ORDER BY last_instance"))) {
      shipments.push_back({id, partner, rule, study, series, created, last});
    }
    return shipments;
  });
}

Result<std::vector<OpenShipment::Item>> Shipments::ItemsOf(std::int64_t shipment) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<OpenShipment::Item>> {
    const auto state = session.First<ShipmentState>("SELECT state FROM shipment WHERE id = :id", shipment);
    if (state != ShipmentState::open) return std::vector<OpenShipment::Item>();
    return LoadItems(session, shipment);
  });
}

Result<bool> Shipments::HasInstanceOf(std::int64_t shipment, const std::vector<std::string>& sop_classes) {
  return database_.impl().Read([&](Session& session) -> Result<bool> {
    return std::ranges::any_of(sop_classes, [&](const std::string& sop_class) {
      return session
          .First<std::int64_t>(
              "SELECT instance.id FROM shipment_instance JOIN instance ON instance.id = instance WHERE shipment = :id "
              "AND sop_class_uid = :class LIMIT 1",
              shipment, sop_class)
          .has_value();
    });
  });
}

Result<std::uint64_t> Shipments::CameOf(const std::string& study_instance_uid, const std::string& series_instance_uid) {
  return database_.impl().Read([&](Session& session) -> Result<std::uint64_t> {
    return *session.First<std::uint64_t>(
        Sql("SELECT COUNT(DISTINCT sop_instance_uid) FROM instance WHERE direction = ", Direction::outbound,
            " AND study_instance_uid = :study AND (:all = 1 OR series_instance_uid = :series)"),
        study_instance_uid, series_instance_uid.empty() ? 1 : 0, series_instance_uid);
  });
}

Result<bool> Shipments::Close(std::int64_t shipment, const std::vector<std::vector<std::int64_t>>& messages, Time now,
                              const std::string& rest_set_id, bool hold) {
  std::vector<std::int64_t> given;
  for (const auto& message : messages) {
    if (message.empty()) return Permanent(codes::kLedgerError, "a message without instances");
    given.insert(given.end(), message.begin(), message.end());
  }
  std::sort(given.begin(), given.end());
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    const auto state =
        session.First<ShipmentState>(Sql("SELECT state FROM shipment WHERE id = :id", kLocked), shipment);
    if (state != ShipmentState::open) return false;
    // The caller read the shipment in another transaction, so instances may have come since.
    auto contained =
        session.FirstColumn<std::int64_t>("SELECT instance FROM shipment_instance WHERE shipment = :id", shipment);
    std::sort(contained.begin(), contained.end());
    const bool whole = contained == given;
    const bool more = std::includes(contained.begin(), contained.end(), given.begin(), given.end());
    if (!whole && (rest_set_id.empty() || !more)) return false;
    if (hold) session.Execute("UPDATE shipment SET held = 1 WHERE id = :id", shipment);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const std::int64_t message = InsertMessage(session, shipment, i + 1, now);
      for (const std::int64_t instance : messages[i]) {
        session.Execute(
            "UPDATE shipment_instance SET message = :message WHERE instance = :instance AND shipment = :shipment",
            message, instance, shipment);
      }
    }
    session.Execute(Sql("UPDATE shipment SET state = ", ShipmentState::closed,
                        ", closed = :now, message_total = :total WHERE id = :id"),
                    now, messages.size(), shipment);
    WaitForFallbackAnew(session, shipment, now);
    if (!whole) MoveRest(session, shipment, rest_set_id, now);
    return true;
  });
}

Decided<Resent> Shipments::Resend(ItemId id, bool missing_only, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<Resent> {
    GATEWAY_ASSIGN(const std::vector<std::int64_t> messages, MessagesOf(session, id, missing_only));
    Resent resent;
    for (const std::int64_t message : messages) {
      if (!HasItsFiles(session, message)) {
        return Refusal{.why = WhyRefused::files_gone, .item = {ItemKind::message, message}};
      }
      TakeMessageFile(session, message, resent.message_keys);
      // A person's resend also gives the partner all its own resends and returns again.
      session.Execute("UPDATE message SET resends = 0, returns = 0, returned_since = NULL, at_once = 1 WHERE id = :id",
                      message);
      SendAgain(session, message, now, now);
      ++resent.messages;
    }
    if (resent.messages > 0) RecordAct(session, missing_only ? "resend-missing" : "resend", Format(id), now);
    return resent;
  });
}

}  // namespace gateway::ledger
