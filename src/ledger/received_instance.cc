#include "ledger/received_instance.h"

#include "ledger/acted.h"
#include "ledger/holds.h"

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

// No mail that carried it had this Message-ID, nor was it this very mail, opened once more.
bool IsSentAnew(Session& session, const Sending& sending, std::int64_t instance) {
  if (!sending.anew) return false;
  for (const char* sql : {"SELECT mail.id, message_id FROM instance JOIN mail ON mail.id = instance.mail WHERE "
                          "instance.id = :id",
                          "SELECT mail.id, message_id FROM mail_duplicate JOIN mail ON mail.id = mail_duplicate.mail "
                          "WHERE mail_duplicate.instance = :id"}) {
    for (const auto& [id, message_id] : session.Rows<std::int64_t, std::string>(sql, instance)) {
      if (id == sending.mail || (!message_id.empty() && message_id == sending.message_id)) return false;
    }
  }
  return true;
}

// By the routes of now. The new copy's file stands in where the old one's is gone.
ReceivedInstance DeliverOnceMore(Session& session, std::int64_t id, const NewReceivedInstance& instance, Time now) {
  const auto [state, has_file] =
      *session.Row<std::string, bool>("SELECT state, spool_key IS NOT NULL FROM instance WHERE id = :id", id);
  ReceivedInstance received{id, InstanceOutcome::duplicate};
  if (state != "stored" && state != "accepted") return received;
  for (const std::string& pacs : instance.pacs) {
    if (StartDelivery(session, id, pacs, false, now)) received.outcome = InstanceOutcome::again;
  }
  if (received.outcome != InstanceOutcome::again || has_file) return received;
  const InstanceHeader& header = instance.header;
  session.Execute(
      "UPDATE instance SET spool_key = :key, file_size = :size, dataset_offset = :offset, has_meta_header = :meta "
      "WHERE "
      "id = :id",
      instance.spool_key, header.file_size, header.dataset_offset, header.has_meta_header, id);
  received.keeps_file = true;
  return received;
}

}  // namespace

ReceivedInstance RecordInstance(Session& session, const Sending& sending, const NewReceivedInstance& instance,
                                Time now) {
  const std::int64_t mail = sending.mail;
  const std::string& partner = sending.partner;
  const Earlier earlier = FindEarlier(session, partner, instance.header);
  if (earlier.same) {
    const bool anew = IsSentAnew(session, sending, *earlier.same);
    AddMailDuplicate(session, mail, *earlier.same);
    if (anew) return DeliverOnceMore(session, *earlier.same, instance, now);
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

void DeliverAgain(Session& session, std::int64_t delivery, Time now) {
  static const std::string kHold =
      "UPDATE delivery SET state = 'held' WHERE id = :id AND state = 'waiting' AND " + std::string(kDeliveryIsHeld);
  session.Execute(
      "UPDATE delivery SET state = 'waiting', created = :now, finished = NULL, status = NULL, tries = 0, next_try = 0, "
      "error_code = '', error_detail = '' WHERE id = :id",
      now, delivery);
  session.Execute(kHold, delivery);
}

bool StartDelivery(Session& session, std::int64_t instance, const std::string& pacs, bool revive, Time now) {
  const auto found = session.Row<std::int64_t, std::string>(
      "SELECT id, state FROM delivery WHERE instance = :instance AND pacs = :pacs", instance, pacs);
  if (found) {
    const auto& [delivery, state] = *found;
    if (state == "waiting" || state == "held" || (state == "cancelled" && !revive)) return false;
    DeliverAgain(session, delivery, now);
    if (state == "failed") TellAnew(session, instance);
  } else {
    AddDelivery(session, instance, pacs, now);
  }
  session.Execute("UPDATE instance SET state = 'accepted', finished = NULL WHERE id = :id AND state = 'stored'",
                  instance);
  return true;
}

void AddMailDuplicate(Session& session, std::int64_t mail, std::int64_t instance) {
  session.Execute(
      "INSERT INTO mail_duplicate (mail, instance) SELECT :mail, id FROM instance WHERE id = :instance AND "
      "mail <> :same ON CONFLICT (mail, instance) DO NOTHING",
      mail, instance, mail);
}

}  // namespace gateway::ledger
