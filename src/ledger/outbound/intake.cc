// Instances come in, and shipments collect them.
#include "ledger/intake.h"

#include <algorithm>
#include <numeric>

#include "ledger/rules/acted.h"
#include "ledger/rules/service_rows.h"
#include "ledger/rules/shipment_rows.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

// The values that decide to which shipments an instance belongs.
struct Identity {
  std::int64_t id = 0;
  std::string study_instance_uid;
  std::string series_instance_uid;
  std::string sop_instance_uid;
  std::string dataset_sha256;
};

std::int64_t InsertInstance(Session& session, const NewInstance& instance, InstanceState state) {
  const InstanceHeader& header = instance.header;
  return *session.First<std::int64_t>(
      "INSERT INTO instance (direction, state, sop_class_uid, sop_instance_uid, transfer_syntax_uid, "
      "study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size, dataset_sha256, spool_key, "
      "calling_ae, called_ae, received) VALUES (:direction, :state, :sop_class, :sop_instance, :transfer_syntax, "
      ":study, "
      ":series, :meta, :offset, :size, :sha256, :key, :calling, :called, :received) RETURNING id",
      Direction::outbound, state, header.sop_class_uid, header.sop_instance_uid, header.transfer_syntax_uid,
      header.study_instance_uid, header.series_instance_uid, header.has_meta_header, header.dataset_offset,
      header.file_size, header.dataset_sha256, instance.spool_key, instance.calling_ae, instance.called_ae,
      instance.received);
}

// A shipment that collects a whole study names no series.
std::string SeriesOf(const Identity& instance, const Assignment& to) {
  return to.bundling == Bundling::series ? instance.series_instance_uid : std::string();
}

// Returns nullopt if there is an open shipment of this study or series, partner and rule.
std::optional<std::int64_t> InsertShipment(Session& session, const Identity& instance, const Assignment& to, Time now) {
  return session.First<std::int64_t>(
      "INSERT INTO shipment (state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, "
      "series_instance_uid, created, last_instance, changes, own_completion, fallback_since) VALUES (:state, :partner, "
      ":mailbox, :rule, :priority, :release, :set_id, :study, :series, :created, :last, :changes, :own, :fallback) ON "
      "CONFLICT DO NOTHING RETURNING id",
      to.bundling == Bundling::instance ? ShipmentState::closed : ShipmentState::open, to.partner, to.mailbox, to.rule,
      to.priority, to.bundling, to.set_id, instance.study_instance_uid, SeriesOf(instance, to), now, now,
      to.changes ? 1 : 0, to.own_completion ? 1 : 0, to.falls_back ? std::optional(now) : std::nullopt);
}

void InsertDocument(Session& session, const NewShipment& shipment, std::int64_t id, std::int64_t message,
                    const NewDocument& document) {
  session.Execute(
      "INSERT INTO document (direction, state, partner, shipment, message, set_id, study_id, content_type, name, size, "
      "sha256, spool_key, received) VALUES (:direction, :state, :partner, :shipment, :message, :set_id, :study, :type, "
      ":name, :size, :sha256, :key, :received)",
      Direction::outbound, DocumentState::routed, shipment.partner, id, message, shipment.set_id, document.study_id,
      document.content_type, document.name, document.size, document.sha256, document.spool_key, shipment.created);
  session.Execute("UPDATE shipment SET document_count = document_count + 1 WHERE id = :id", id);
}

// Adds the instance to the open shipment of (partner, study or series, rule), or to a new one.
std::int64_t AssignToOpen(Session& session, const Identity& instance, const Assignment& to, Time now) {
  static const std::string kOpen =
      Sql("SELECT id FROM shipment WHERE partner = :partner AND study_instance_uid = :study AND rule = :rule AND "
          "series_instance_uid = :series AND state = ",
          ShipmentState::open, kLocked);
  const std::string series = SeriesOf(instance, to);
  auto shipment = session.First<std::int64_t>(kOpen, to.partner, instance.study_instance_uid, to.rule, series);
  if (!shipment) shipment = InsertShipment(session, instance, to, now);
  // Another node opened it at the same moment.
  if (!shipment)
    shipment = session.First<std::int64_t>(kOpen, to.partner, instance.study_instance_uid, to.rule, series);
  // The rule may have got its edits after the shipment was opened. From then on nothing of it may
  // go out as it came, even if the configuration loses the rule.
  if (to.changes) session.Execute("UPDATE shipment SET changes = 1 WHERE id = :id AND changes = 0", *shipment);
  if (to.falls_back) {
    session.Execute("UPDATE shipment SET fallback_since = :now WHERE id = :id AND fallback_since IS NULL", now,
                    *shipment);
  }
  const auto there = session.First<std::int64_t>(
      "SELECT other.id FROM instance AS other JOIN shipment_instance ON shipment_instance.instance = other.id "
      "WHERE other.sop_instance_uid = :uid AND other.dataset_sha256 = :sha256 AND "
      "shipment_instance.shipment = :shipment",
      instance.sop_instance_uid, instance.dataset_sha256, *shipment);
  if (there) {
    session.Execute("UPDATE shipment SET last_instance = :now WHERE id = :id", now, *shipment);
  } else {
    AddToShipment(session, *shipment, instance.id, std::nullopt, now);
  }
  return *shipment;
}

// Makes a closed shipment of its own, with one message.
std::int64_t AssignAlone(Session& session, const Identity& instance, const Assignment& to, Time now) {
  const std::int64_t shipment = *InsertShipment(session, instance, to, now);
  AddToShipment(session, shipment, instance.id, InsertMessage(session, shipment, 1, now), now);
  session.Execute("UPDATE shipment SET message_total = 1, closed = :now WHERE id = :id", now, shipment);
  return shipment;
}

std::vector<std::int64_t> Assign(Session& session, const Identity& instance, const std::vector<Assignment>& assignments,
                                 Time now) {
  std::vector<std::int64_t> shipments;
  shipments.reserve(assignments.size());
  for (const Assignment& to : assignments) {
    shipments.push_back(to.bundling == Bundling::instance ? AssignAlone(session, instance, to, now)
                                                          : AssignToOpen(session, instance, to, now));
    if (to.service) AddServiceRequest(session, shipments.back(), *to.service);
  }
  // If every shipment had the same instance already, nothing of this one is left to be sent. So its
  // file may be forgotten in time.
  if (!session.First<std::int64_t>("SELECT instance FROM shipment_instance WHERE instance = :id LIMIT 1",
                                   instance.id)) {
    session.Execute("UPDATE instance SET finished = :now WHERE id = :id", now, instance.id);
  }
  return shipments;
}

// Adds the file as one message of a shipment that a person sends.
void AddFile(Session& session, const NewShipment& shipment, std::int64_t id, std::size_t part,
             const NewShipment::File& file) {
  const std::int64_t message = InsertMessage(session, id, part, shipment.created);
  if (file.document) {
    InsertDocument(session, shipment, id, message, *file.document);
  } else {
    AddToShipment(session, id, InsertInstance(session, *file.instance, InstanceState::routed), message,
                  shipment.created);
  }
}

}  // namespace

Result<StudyContent> Intake::StudySoFar(const InstanceHeader& header) {
  return database_.impl().Read([&](Session& session) -> Result<StudyContent> {
    const auto sizes = session.FirstColumn<std::uint64_t>(
        Sql("SELECT MAX(file_size) FROM instance WHERE direction = ", Direction::outbound,
            " AND study_instance_uid = :study AND sop_instance_uid <> :uid GROUP BY sop_instance_uid"),
        header.study_instance_uid, header.sop_instance_uid);
    return StudyContent{sizes.size(), std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0})};
  });
}

Result<AddedInstance> Intake::AddInstance(const NewInstance& instance, const std::vector<Assignment>& assignments) {
  return database_.impl().Write([&](Session& session) -> Result<AddedInstance> {
    AddedInstance added;
    added.instance =
        InsertInstance(session, instance, assignments.empty() ? InstanceState::held : InstanceState::routed);
    if (assignments.empty()) return added;
    const Identity identity{added.instance, instance.header.study_instance_uid, instance.header.series_instance_uid,
                            instance.header.sop_instance_uid, instance.header.dataset_sha256};
    added.shipments = Assign(session, identity, assignments, instance.received);
    return added;
  });
}

Result<std::int64_t> Intake::AddSkipped(const NewInstance& instance) {
  return database_.impl().Write([&](Session& session) -> Result<std::int64_t> {
    const std::int64_t id = InsertInstance(session, instance, InstanceState::dropped);
    session.Execute("UPDATE instance SET spool_key = NULL, finished = :now WHERE id = :id", instance.received, id);
    return id;
  });
}

Result<bool> Intake::AssignHeld(std::int64_t instance, const std::vector<Assignment>& assignments, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    if (assignments.empty()) return false;
    const auto held = session.Row<std::string, std::string, std::string, std::string>(
        Sql("UPDATE instance SET state = ", InstanceState::routed, " WHERE id = :id AND state = ", InstanceState::held,
            " RETURNING study_instance_uid, series_instance_uid, sop_instance_uid, dataset_sha256"),
        instance);
    if (!held) return false;
    const auto& [study, series, sop, sha256] = *held;
    Assign(session, {instance, study, series, sop, sha256}, assignments, now);
    RecordAct(session, "quarantine-release", Format(ItemKind::instance, instance), now);
    return true;
  });
}

Result<std::int64_t> Intake::AddShipment(const NewShipment& shipment) {
  if (shipment.files.empty()) return Permanent(codes::kLedgerError, "a shipment without files");
  for (const NewShipment::File& file : shipment.files) {
    if (file.instance.has_value() == file.document.has_value()) {
      return Permanent(codes::kLedgerError, "a file is either an instance or a document");
    }
  }
  return database_.impl().Write([&](Session& session) -> Result<std::int64_t> {
    const std::int64_t id = *InsertShipment(
        session, {0, shipment.study_id, {}, {}, {}},
        {shipment.partner, shipment.mailbox, shipment.rule, shipment.priority, Bundling::instance, shipment.set_id},
        shipment.created);
    for (std::size_t i = 0; i < shipment.files.size(); ++i) AddFile(session, shipment, id, i + 1, shipment.files[i]);
    session.Execute("UPDATE shipment SET closed = :now, message_total = :total WHERE id = :id", shipment.created,
                    shipment.files.size(), id);
    RecordAct(session, "send", Format(ItemKind::shipment, id), shipment.created);
    return id;
  });
}

}  // namespace gateway::ledger
