#include "ledger/rules/received_document.h"

#include <set>

#include "ledger/error_codes.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

struct Earlier {
  std::int64_t id = 0;
  std::optional<std::int64_t> instance;  // the instance to which it was converted
  bool has_object = false;               // the file of that instance is still here
  bool sent_anew = false;
};

// A sender that sends a message once more gives it the number in its set that it had. The same form
// in several messages of a set has been sent once.
bool IsSentAnew(Session& session, const OpenedMail& mail, std::int64_t document) {
  if (!mail.facts.set) return false;
  return session
      .First<std::int64_t>(
          "SELECT p.mail FROM received_set AS s JOIN received_part AS p ON p.received_set = s.id WHERE s.partner = "
          ":partner AND s.set_id = :set AND p.part = :part AND p.mail <> :mail AND p.mail IN (SELECT mail FROM "
          "document "
          "WHERE document.id = :document UNION SELECT mail FROM document_duplicate WHERE document_duplicate.document = "
          ":same)",
          mail.facts.partner, Cut(mail.facts.set->id), mail.facts.set->part, mail.mail, document, document)
      .has_value();
}

// The same file of the same partner is the same document only if something says that it belongs to
// the same study. A partner may well send the same form for two patients.
std::optional<Earlier> FindEarlier(Session& session, const OpenedMail& mail, std::string_view set_id,
                                   const NewDocument& document) {
  const auto found = session.Row<std::int64_t, std::optional<std::int64_t>>(
      Sql("SELECT id, instance FROM document WHERE sha256 = :sha256 AND partner = :partner AND direction = ",
          Direction::inbound,
          " AND "
          "state <> ",
          DocumentState::dropped, " AND (state <> ", DocumentState::quarantined,
          " OR spool_key IS NOT NULL) AND (mail = :mail OR (set_id <> '' AND set_id = :set AND set_signed = 1) OR "
          "(study_id <> '' AND study_id = :study)) ORDER BY id LIMIT 1"),
      document.sha256, mail.facts.partner, mail.mail, document.set_is_signed ? set_id : std::string_view(),
      Cut(document.study_id));
  if (!found) return std::nullopt;
  const auto& [id, instance] = *found;
  const bool has_object =
      instance &&
      session.First<std::int64_t>("SELECT id FROM instance WHERE id = :id AND spool_key IS NOT NULL", *instance);
  return Earlier{id, instance, has_object, IsSentAnew(session, mail, id)};
}

void AddDuplicate(Session& session, std::int64_t mail, const Earlier& earlier) {
  session.Execute(
      "INSERT INTO document_duplicate (mail, document) SELECT :mail, id FROM document WHERE id = :document AND "
      "mail <> :same ON CONFLICT (mail, document) DO NOTHING",
      mail, earlier.id, mail);
  if (earlier.instance) AddMailDuplicate(session, mail, *earlier.instance);
}

// A document that could not be used, or that found no study, is tried again. It may succeed now.
void WaitAgain(Session& session, std::int64_t document, Time deadline) {
  const std::int64_t waits =
      session.Execute(Sql("UPDATE document SET state = ", DocumentState::waiting,
                          ", deadline = :deadline, tries = 0, next_try = 0, claimed_until = 0, finished = NULL, "
                          "error_code = '', error_detail = '' WHERE id = :id AND state = ",
                          DocumentState::quarantined, " AND spool_key IS NOT NULL"),
                      deadline, document);
  if (waits > 0) TellDocumentAnew(session, document);
}

}  // namespace

ReceivedDocument RecordDocument(Session& session, const OpenedMail& mail, const NewDocument& document, Time now) {
  const std::string_view of_mail = mail.facts.set ? Cut(mail.facts.set->id) : std::string_view();
  const std::string_view set_id = document.set_id.empty() ? of_mail : Cut(document.set_id);
  LockName(session, LockOf::document, document.sha256);
  const auto earlier = FindEarlier(session, mail, set_id, document);
  const bool made_anew = earlier && earlier->sent_anew && earlier->instance && !earlier->has_object;
  if (earlier && !made_anew) {
    WaitAgain(session, earlier->id, mail.document_deadline);
    AddDuplicate(session, mail.mail, *earlier);
    ReceivedDocument received{earlier->id, true};
    if (earlier->sent_anew && earlier->instance) {
      const ReceivedInstance object = DeliverObjectAgain(session, *earlier->instance, nullptr, now);
      if (object.outcome == InstanceOutcome::again) received.again = object.instance;
    }
    return received;
  }
  const auto id = session.First<std::int64_t>(
      "INSERT INTO document (direction, state, partner, mail, set_id, study_id, content_type, name, size, sha256, "
      "spool_key, received, deadline, set_signed, by_mail, claimed_study_id) VALUES (:direction, :state, :partner, "
      ":mail, "
      ":set, :study, :type, :name, :size, :sha256, :key, :received, :deadline, :signed, :by_mail, :claimed) "
      "RETURNING id",
      Direction::inbound, DocumentState::waiting, mail.facts.partner, mail.mail, set_id, Cut(document.study_id),
      Cut(document.content_type), Cut(document.name), document.size, document.sha256, document.spool_key, now,
      mail.document_deadline, document.set_is_signed, document.by_mail, Cut(document.claimed_study_id));
  // A person has said before to which study it belongs.
  if (made_anew) {
    session.Execute(
        "UPDATE document SET joined_to = (SELECT joined_to FROM document WHERE id = :earlier) WHERE id = :id",
        earlier->id, *id);
  }
  return {*id, false};
}

void WakeDocuments(Session& session, const OpenedMail& mail) {
  static const std::string kLonely = Sql(" AND state = ", DocumentState::quarantined, " AND error_code ",
                                         In(codes::kNoStudyForDocument, codes::kStudyNotSigned));
  std::vector<std::int64_t> found;
  const auto add = [&](const std::string& where, std::string_view value) {
    const auto more = session.FirstColumn<std::int64_t>(
        "SELECT id FROM document WHERE partner = :partner AND " + where + kLonely, mail.facts.partner, value);
    found.insert(found.end(), more.begin(), more.end());
  };
  const std::string of_set = "set_id = :set AND set_id <> '' AND set_signed = 1";
  if (mail.facts.set && mail.set_is_signed) add(of_set, Cut(mail.facts.set->id));
  for (const SetPart& part : mail.more_sets) {
    if (part.is_signed) add(of_set, Cut(part.set.id));
  }
  std::set<std::string_view> studies;
  for (const NewReceivedInstance& instance : mail.instances) studies.insert(instance.header.study_instance_uid);
  for (const std::string_view study : studies) add("study_id = :study AND study_id <> ''", study);
  for (const std::int64_t document : found) WaitAgain(session, document, mail.document_deadline);
}

}  // namespace gateway::ledger
