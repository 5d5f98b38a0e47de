#include "ledger/document_reference.h"

namespace gateway::ledger {
namespace {

constexpr const char* kAsAPersonSaid =
    "SELECT instance.spool_key FROM document JOIN instance ON instance.id = document.joined_to AND "
    "instance.partner = document.partner WHERE document.id = :document AND instance.direction = 'in' AND "
    "instance.spool_key IS NOT NULL AND instance.state <> 'conflict'";
constexpr const char* kOfItsStudy =
    "SELECT instance.spool_key FROM document JOIN instance ON instance.partner = document.partner AND "
    "instance.study_instance_uid = document.study_id WHERE document.id = :document AND document.study_id <> '' AND "
    "instance.direction = 'in' AND instance.spool_key IS NOT NULL AND instance.state <> 'conflict' LIMIT 1";
constexpr const char* kOfItsMail =
    "SELECT instance.spool_key FROM document JOIN instance ON instance.mail = document.mail WHERE "
    "document.id = :document AND document.by_mail = 1 AND instance.spool_key IS NOT NULL AND "
    "instance.state <> 'conflict' ORDER BY instance.id LIMIT 1";
constexpr const char* kAgainWithItsMail =
    "SELECT instance.spool_key FROM document JOIN mail_duplicate ON mail_duplicate.mail = document.mail JOIN instance "
    "ON instance.id = mail_duplicate.instance WHERE document.id = :document AND document.by_mail = 1 AND "
    "instance.spool_key IS NOT NULL AND instance.state <> 'conflict' ORDER BY instance.id LIMIT 1";
// By words that nobody signed.
constexpr const char* kOfClaimedStudy =
    "SELECT instance.id FROM document JOIN instance ON instance.partner = document.partner AND "
    "instance.study_instance_uid = document.claimed_study_id WHERE document.id = :document AND "
    "document.claimed_study_id <> '' AND instance.direction = 'in' AND instance.spool_key IS NOT NULL AND "
    "instance.state <> 'conflict' LIMIT 1";
constexpr const char* kOfClaimedSet =
    "SELECT instance.id FROM document JOIN received_set ON received_set.partner = document.partner AND "
    "received_set.set_id = document.set_id JOIN instance ON instance.partner = received_set.partner AND "
    "instance.study_instance_uid IN (received_set.study_instance_uid, received_set.claimed_study) WHERE "
    "document.id = :document AND document.set_id <> '' AND instance.study_instance_uid <> '' AND "
    "instance.direction = 'in' AND instance.spool_key IS NOT NULL AND instance.state <> 'conflict' LIMIT 1";
constexpr const char* kOfItsSet =
    "SELECT instance.spool_key FROM document JOIN received_set ON received_set.partner = document.partner AND "
    "received_set.set_id = document.set_id JOIN instance ON instance.partner = received_set.partner AND "
    "instance.study_instance_uid = received_set.study_instance_uid WHERE document.id = :document AND "
    "document.set_signed = 1 AND (document.study_id = '' OR document.deadline <= :now) AND "
    "received_set.study_instance_uid <> '' AND "
    "instance.direction = 'in' AND instance.spool_key IS NOT NULL AND instance.state <> 'conflict' LIMIT 1";

}  // namespace

std::optional<DocumentReference> FindReference(Session& session, std::int64_t document, Time now) {
  for (const char* sql : {kAsAPersonSaid, kOfItsStudy, kOfItsMail, kAgainWithItsMail}) {
    if (auto found = session.First<std::string>(sql, document)) return DocumentReference{std::move(*found)};
  }
  if (auto found = session.First<std::string>(kOfItsSet, document, now)) return DocumentReference{std::move(*found)};
  return std::nullopt;
}

std::optional<std::int64_t> FindUnsignedReference(Session& session, std::int64_t document) {
  for (const char* sql : {kOfClaimedStudy, kOfClaimedSet}) {
    if (const auto found = session.First<std::int64_t>(sql, document)) return found;
  }
  return std::nullopt;
}

}  // namespace gateway::ledger
