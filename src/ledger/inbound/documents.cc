// Non-DICOM parts wait for an instance of their study. Then each becomes an instance itself, or a
// file in a directory.
#include "ledger/documents.h"

#include <algorithm>

#include "ledger/received_instance.h"
#include "ledger/rules/document_reference.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

DocumentToFile LoadDocument(Session& session, std::int64_t id, Time now) {
  DocumentToFile document;
  document.id = id;
  std::tie(document.partner, document.content_type, document.name, document.set_id, document.spool_key, document.sha256,
           document.tries, document.tried_since, document.failed_by) =
      *session.Row<std::string, std::string, std::string, std::string, std::string, std::string, unsigned, Time,
                   std::string>(
          "SELECT partner, content_type, name, CASE set_signed WHEN 1 THEN set_id ELSE '' END, spool_key, sha256, "
          "tries, tried_since, error_code FROM document "
          "WHERE id = :id",
          id);
  document.reference = FindReference(session, id, now);
  if (!document.reference) document.unsigned_reference = FindUnsignedReference(session, id);
  return document;
}

// Returns false, and does nothing, if another worker was faster after this one's lease ran out. The
// name is deleted, because it may name a patient and is not needed any more.
bool Finish(Session& session, std::int64_t document, DocumentState state, Time now) {
  return session.Execute(Sql("UPDATE document SET state = :state, name = '', finished = :now, claimed_until = 0, "
                             "error_code = '', error_detail = '' WHERE id = :id AND state = ",
                             DocumentState::waiting, " AND direction = ", Direction::inbound),
                         state, now, document) > 0;
}

void ForgetFile(Session& session, std::int64_t document) {
  session.Execute("UPDATE document SET spool_key = NULL WHERE id = :id", document);
}

// Finds the object that the same document became before, under another name or reference. That
// object has the same UID, but other bytes. Its sender has sent the document anew, in another set
// or for another study.
std::optional<std::int64_t> FindTwin(Session& session, std::int64_t document, const std::string& partner,
                                     const std::string& sop_instance_uid) {
  return session.First<std::int64_t>(
      Sql("SELECT instance.id FROM document JOIN document AS twin ON twin.sha256 = document.sha256 AND twin.partner = "
          "document.partner AND twin.direction = ",
          Direction::inbound, " AND twin.state = ", DocumentState::converted,
          " JOIN instance ON instance.id = twin.instance WHERE document.id = :document AND instance.sop_instance_uid = "
          ":uid AND instance.partner = :partner AND instance.direction = ",
          Direction::inbound, " AND instance.state <> ", InstanceState::dropped, " ORDER BY instance.id LIMIT 1"),
      document, sop_instance_uid, partner);
}

ReceivedInstance RecordObject(Session& session, std::int64_t document, std::int64_t mail, const std::string& partner,
                              const NewReceivedInstance& instance, Time now) {
  const auto twin = FindTwin(session, document, partner, instance.header.sop_instance_uid);
  if (!twin) return RecordInstance(session, {mail, partner, {}, false}, instance, now);
  AddMailDuplicate(session, mail, *twin);
  return DeliverObjectAgain(session, *twin, &instance, now);
}

ReceivedInstance Convert(Session& session, std::int64_t document, std::int64_t mail, const std::string& partner,
                         const NewReceivedInstance& instance, Time now) {
  const ReceivedInstance received = RecordObject(session, document, mail, partner, instance, now);
  Finish(session, document, DocumentState::converted, now);
  ForgetFile(session, document);
  session.Execute("UPDATE document SET instance = :instance WHERE id = :id", received.instance, document);
  for (const std::int64_t other : session.FirstColumn<std::int64_t>(
           "SELECT mail FROM document_duplicate WHERE document_duplicate.document = :id", document)) {
    AddMailDuplicate(session, other, received.instance);
  }
  UpdateReceipts(session, MailsOfDocument(session, document), now);
  return received;
}

// The waiting documents whose scan took too long.
const std::string& SlowOnes() {
  static const std::string kSlow =
      Sql("document AS slow WHERE slow.direction = ", Direction::inbound, " AND slow.state = ", DocumentState::waiting,
          " AND slow.error_code = ", codes::kScannerSlow);
  return kSlow;
}

// `lane` says which partners' documents.
std::string ClaimStatement(const std::string& lane, std::string_view order) {
  static const std::string kFree =
      Sql("state = ", DocumentState::waiting, " AND next_try <= :now AND claimed_until < :free_at");
  return Sql(
      "UPDATE document SET claimed_until = :until, claimed_by = :node, tried_since = CASE WHEN tries = 0 THEN :first "
      "ELSE tried_since END WHERE id IN (SELECT id FROM document WHERE ",
      kFree, " AND (deadline <= :over OR ", kHasReference, ")", lane, " ORDER BY ", order, " LIMIT :limit", kSkipLocked,
      ") AND CASE WHEN ", Again(kFree), " THEN 1 END = 1 RETURNING id");
}

struct ClaimOfDocuments {
  std::size_t limit = 0;
  Time now;
  Time until;
  std::string node;
};

std::vector<std::int64_t> ClaimAny(Session& session, const ClaimOfDocuments& claim, const std::string& statement) {
  return session.FirstColumn<std::int64_t>(statement, claim.until, claim.node, claim.now, claim.now, claim.now,
                                           claim.now, claim.limit, claim.now, claim.now);
}

// Partners take turns, so that no partner holds up another one, however many documents it sends.
std::vector<std::int64_t> ClaimSlow(Session& session, const ClaimOfDocuments& claim, const std::string& after) {
  static const std::string kPartners =
      "SELECT slow.partner FROM " + SlowOnes() +
      " GROUP BY slow.partner ORDER BY CASE WHEN slow.partner > :after THEN 0 ELSE 1 END, "
      "slow.partner";
  static const std::string kOfPartner = ClaimStatement(" AND partner = :partner", "tries, next_try, id");
  for (const std::string& partner : session.FirstColumn<std::string>(kPartners, after)) {
    auto ids = session.FirstColumn<std::int64_t>(kOfPartner, claim.until, claim.node, claim.now, claim.now, claim.now,
                                                 claim.now, partner, claim.limit, claim.now, claim.now);
    if (!ids.empty()) return ids;
  }
  return {};
}

std::vector<std::int64_t> ClaimInLane(Session& session, const ClaimOfDocuments& claim, DocumentLane lane,
                                      const std::string& after) {
  static const std::string kAll = ClaimStatement("", "id");
  static const std::string kOfQuickPartners =
      ClaimStatement(" AND partner NOT IN (SELECT slow.partner FROM " + SlowOnes() + ")", "id");
  switch (lane) {
    case DocumentLane::any:
      break;
    case DocumentLane::quick:
      return ClaimAny(session, claim, kOfQuickPartners);
    case DocumentLane::slow:
      return ClaimSlow(session, claim, after);
  }
  return ClaimAny(session, claim, kAll);
}

}  // namespace

Result<std::vector<DocumentToFile>> Documents::Claim(std::size_t limit, Time now, Milliseconds lease, DocumentLane lane,
                                                     const std::string& after) {
  const ClaimOfDocuments claim{limit, now, now + lease, database_.impl().node()};
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<std::vector<DocumentToFile>> {
    std::vector<std::int64_t> ids = ClaimInLane(session, claim, lane, after);
    std::sort(ids.begin(), ids.end());  // RETURNING gives the rows in any order
    std::vector<DocumentToFile> documents;
    documents.reserve(ids.size());
    for (const std::int64_t id : ids) documents.push_back(LoadDocument(session, id, now));
    return documents;
  });
}

Result<ReceivedInstance> Documents::RecordConverted(std::int64_t document, const NewReceivedInstance& instance,
                                                    Time now) {
  return database_.impl().Write([&](Session& session) -> Result<ReceivedInstance> {
    const auto found = session.Row<DocumentState, std::int64_t, std::string, std::int64_t, std::string>(
        Sql("SELECT state, mail, partner, instance, claimed_by FROM document WHERE id = :id AND direction = ",
            Direction::inbound, kLocked),
        document);
    if (!found) return NoSuchItem(ItemKind::document, document);
    const auto& [state, mail, partner, before, claimed_by] = *found;
    if (state == DocumentState::converted) return ReceivedInstance{before, InstanceOutcome::duplicate};
    if (state != DocumentState::waiting) return NoSuchItem(ItemKind::document, document);
    if (IsOfAnother(database_, claimed_by)) return ClaimLost(ItemKind::document, document);
    return Convert(session, document, mail, partner, instance, now);
  });
}

Result<void> Documents::RecordFiled(std::int64_t document, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    if (!Finish(session, document, DocumentState::filed, now)) return {};
    ForgetFile(session, document);
    UpdateReceipts(session, MailsOfDocument(session, document), now);
    return {};
  });
}

Result<void> Documents::RecordKept(std::int64_t document, const Error& why, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    const std::int64_t kept =
        session.Execute(Sql("UPDATE document SET state = ", DocumentState::kept,
                            ", finished = :now, claimed_until = 0, error_code = :code, "
                            "error_detail = :detail WHERE id = :id AND state = ",
                            DocumentState::waiting, " AND direction = ", Direction::inbound, kIsOurs),
                        now, why.code, why.detail, document, database_.impl().node());
    if (kept == 0) return {};
    UpdateReceipts(session, MailsOfDocument(session, document), now);
    return {};
  });
}

Result<void> Documents::RecordFailure(std::int64_t document, const Error& error, std::optional<Time> next_try,
                                      Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    // Single writer 2: the study of the document may come while this puts it in quarantine.
    const std::int64_t changed = session.Execute(
        Sql("UPDATE document SET state = :state, tries = tries + 1, next_try = :next, claimed_until = 0, finished = "
            ":finished, error_code = :code, error_detail = :detail WHERE id = :id AND state = ",
            DocumentState::waiting, " AND direction = ", Direction::inbound, kIsOurs),
        next_try ? DocumentState::waiting : DocumentState::quarantined, next_try.value_or(Time{}),
        next_try ? std::nullopt : std::optional(now), error.code, error.detail, document, database_.impl().node());
    if (changed > 0 && !next_try) UpdateReceipts(session, MailsOfDocument(session, document), now);
    return {};
  });
}

}  // namespace gateway::ledger
