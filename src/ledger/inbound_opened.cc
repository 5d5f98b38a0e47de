// A mail was opened: its instances, their deliveries and the mail's own fate, in one transaction.
#include "ledger/database_impl.h"
#include "ledger/inbound_ledger.h"
#include "ledger/mail_facts.h"
#include "ledger/no_such_item.h"

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

std::int64_t InsertInstance(Session& session, std::string_view state, const OpenedMail& mail,
                            const NewReceivedInstance& instance, Time now) {
  const InstanceHeader& header = instance.header;
  return *session.First<std::int64_t>(
      "INSERT INTO instance (direction, state, sop_class_uid, sop_instance_uid, transfer_syntax_uid, "
      "study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size, dataset_sha256, spool_key, "
      "mail, partner, received) VALUES ('in', :state, :sop_class, :sop_instance, :transfer_syntax, :study, :series, "
      ":meta, :offset, :size, :sha256, :key, :mail, :partner, :received) RETURNING id",
      state, header.sop_class_uid, header.sop_instance_uid, header.transfer_syntax_uid, header.study_instance_uid,
      header.series_instance_uid, header.has_meta_header, header.dataset_offset, header.file_size,
      header.dataset_sha256, instance.spool_key, mail.mail, mail.facts.partner, now);
}

ReceivedInstance RecordInstance(Session& session, const OpenedMail& mail, const NewReceivedInstance& instance,
                                Time now) {
  const Earlier earlier = FindEarlier(session, mail.facts.partner, instance.header);
  if (earlier.same) return {*earlier.same, InstanceOutcome::duplicate};
  if (earlier.other) return {InsertInstance(session, "conflict", mail, instance, now), InstanceOutcome::conflict};
  if (instance.pacs.empty()) {
    return {InsertInstance(session, "undeliverable", mail, instance, now), InstanceOutcome::undeliverable};
  }
  const std::int64_t id = InsertInstance(session, "accepted", mail, instance, now);
  for (const std::string& pacs : instance.pacs) {
    session.Execute(
        "INSERT INTO delivery (state, instance, pacs, created) VALUES ('waiting', :instance, :pacs, :now) "
        "ON CONFLICT (instance, pacs) DO NOTHING",
        id, pacs, now);
  }
  return {id, InstanceOutcome::accepted};
}

// The keys of the files that may go.
std::vector<std::string> FinishMail(Session& session, const OpenedMail& mail, Time now) {
  const bool quarantined = mail.leftover.has_value();
  WriteFacts(session, mail.mail, mail.facts);
  session.Execute(
      "UPDATE mail SET state = :state, finished = :now, claimed_until = 0, error_code = :code, error_detail = :detail "
      "WHERE id = :id",
      quarantined ? "quarantined" : "opened", now, quarantined ? mail.leftover->code : std::string(),
      quarantined ? mail.leftover->detail : std::string(), mail.mail);
  if (quarantined) return {};
  return ForgetMailFiles(session, mail.mail);
}

}  // namespace

Result<RecordedMail> InboundLedger::RecordOpened(const OpenedMail& mail, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<RecordedMail> {
    const auto state = session.First<std::string>("SELECT state FROM mail WHERE id = :id", mail.mail);
    if (state != "fetched" && state != "quarantined" && state != "opened") {
      return NoSuchItem(ItemKind::mail, mail.mail);
    }
    RecordedMail recorded;
    for (const NewReceivedInstance& instance : mail.instances) {
      recorded.instances.push_back(RecordInstance(session, mail, instance, now));
    }
    if (state != "opened") recorded.spool_keys = FinishMail(session, mail, now);
    return recorded;
  });
}

}  // namespace gateway::ledger
