#include "ledger/received_instance.h"

namespace gateway::ledger {
namespace {

// The instances of this UID that the partner sent before, less those that a person dropped.
struct Earlier {
  std::optional<std::int64_t> same;  // hash
  bool other = false;
};

Earlier FindEarlier(Session& session, const std::string& partner, const InstanceHeader& header) {
  Earlier earlier;
  for (const auto& [id, sha256] : session.Rows<std::int64_t, std::string>(
           "SELECT id, dataset_sha256 FROM instance WHERE sop_instance_uid = :uid AND direction = 'in' AND "
           "partner = :partner AND state <> 'dropped' ORDER BY id",
           header.sop_instance_uid, partner)) {
    if (sha256 != header.dataset_sha256) {
      earlier.other = true;
    } else if (!earlier.same) {
      earlier.same = id;
    }
  }
  return earlier;
}

std::int64_t InsertInstance(Session& session, std::string_view state, std::int64_t mail, const std::string& partner,
                            const NewReceivedInstance& instance, Time now) {
  const InstanceHeader& header = instance.header;
  return *session.First<std::int64_t>(
      "INSERT INTO instance (direction, state, sop_class_uid, sop_instance_uid, transfer_syntax_uid, "
      "study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size, dataset_sha256, spool_key, "
      "mail, partner, received) VALUES ('in', :state, :sop_class, :sop_instance, :transfer_syntax, :study, :series, "
      ":meta, :offset, :size, :sha256, :key, :mail, :partner, :received) RETURNING id",
      state, header.sop_class_uid, header.sop_instance_uid, header.transfer_syntax_uid, header.study_instance_uid,
      header.series_instance_uid, header.has_meta_header, header.dataset_offset, header.file_size,
      header.dataset_sha256, instance.spool_key, mail, partner, now);
}

}  // namespace

ReceivedInstance RecordInstance(Session& session, std::int64_t mail, const std::string& partner,
                                const NewReceivedInstance& instance, Time now) {
  const Earlier earlier = FindEarlier(session, partner, instance.header);
  if (earlier.same) {
    AddMailDuplicate(session, mail, *earlier.same);
    return {*earlier.same, InstanceOutcome::duplicate};
  }
  if (earlier.other) {
    return {InsertInstance(session, "conflict", mail, partner, instance, now), InstanceOutcome::conflict};
  }
  if (instance.pacs.empty()) {
    return {InsertInstance(session, "undeliverable", mail, partner, instance, now), InstanceOutcome::undeliverable};
  }
  const std::int64_t id = InsertInstance(session, "accepted", mail, partner, instance, now);
  for (const std::string& pacs : instance.pacs) {
    AddDelivery(session, id, pacs, now);
  }
  return {id, InstanceOutcome::accepted};
}

void AddDelivery(Session& session, std::int64_t instance, const std::string& pacs, Time now) {
  session.Execute(
      "INSERT INTO delivery (state, instance, pacs, created, priority) SELECT CASE WHEN EXISTS (SELECT 1 FROM "
      "held_destination "
      "AS held_by WHERE held_by.kind = 'pacs' AND held_by.name = :pacs) THEN 'held' ELSE 'waiting' END, id, :name, "
      ":now, COALESCE((SELECT priority FROM mail WHERE mail.id = instance.mail), :normal) "
      "FROM instance WHERE id = :instance ON CONFLICT (instance, pacs) DO NOTHING",
      pacs, pacs, now, static_cast<int>(Priority::normal), instance);
}

void AddMailDuplicate(Session& session, std::int64_t mail, std::int64_t instance) {
  session.Execute(
      "INSERT INTO mail_duplicate (mail, instance) SELECT :mail, id FROM instance WHERE id = :instance AND "
      "mail <> :same ON CONFLICT (mail, instance) DO NOTHING",
      mail, instance, mail);
}

}  // namespace gateway::ledger
