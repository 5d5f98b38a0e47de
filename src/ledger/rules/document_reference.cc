#include "ledger/rules/document_reference.h"

#include <array>
#include <string>

#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

const std::string kAsAPersonSaid =
    Sql("SELECT instance.id, instance.spool_key FROM document JOIN instance ON instance.id = document.joined_to AND "
        "instance.partner = document.partner WHERE document.id = :document AND instance.direction = ",
        Direction::inbound,
        " AND "
        "instance.spool_key IS NOT NULL AND instance.state <> ",
        InstanceState::conflict);
const std::string kOfItsStudy =
    Sql("SELECT instance.id, instance.spool_key FROM document JOIN instance ON instance.partner = document.partner AND "
        "instance.study_instance_uid = document.study_id WHERE document.id = :document AND document.study_id <> '' AND "
        "instance.direction = ",
        Direction::inbound, " AND instance.spool_key IS NOT NULL AND instance.state <> ", InstanceState::conflict,
        " LIMIT 1");
const std::string kOfItsMail =
    Sql("SELECT instance.id, instance.spool_key FROM document JOIN instance ON instance.mail = document.mail WHERE "
        "document.id = :document AND document.by_mail = 1 AND instance.spool_key IS NOT NULL AND instance.state <> ",
        InstanceState::conflict, " ORDER BY instance.id LIMIT 1");
const std::string kAgainWithItsMail =
    Sql("SELECT instance.id, instance.spool_key FROM document JOIN mail_duplicate ON mail_duplicate.mail = "
        "document.mail JOIN instance ON instance.id = mail_duplicate.instance WHERE document.id = :document AND "
        "document.by_mail = 1 AND instance.spool_key IS NOT NULL AND instance.state <> ",
        InstanceState::conflict, " ORDER BY instance.id LIMIT 1");
// That instance's file may be gone, or the instance may not have been taken. Any other instance of
// its study is as good.
const std::string kOfTheStudyOfItsMail =
    Sql("SELECT instance.id, instance.spool_key FROM document JOIN instance AS beside ON beside.mail = document.mail "
        "JOIN instance ON instance.partner = beside.partner AND instance.study_instance_uid = "
        "beside.study_instance_uid WHERE document.id = :document AND document.by_mail = 1 AND beside.state ",
        NotIn(InstanceState::conflict, InstanceState::dropped),
        " AND beside.study_instance_uid <> '' AND instance.direction = ", Direction::inbound,
        " AND instance.spool_key IS NOT NULL AND "
        "instance.state <> ",
        InstanceState::conflict, " ORDER BY instance.id LIMIT 1");
// A person is told this when no file of the study is here any more.
const std::string kGoneOfItsMail =
    Sql("SELECT instance.id, '' FROM document JOIN instance ON instance.mail = document.mail WHERE document.id = "
        ":document AND document.by_mail = 1 AND instance.state ",
        NotIn(InstanceState::conflict, InstanceState::dropped), " ORDER BY instance.id LIMIT 1");
// These two go by words that nobody signed.
const std::string kOfClaimedStudy =
    Sql("SELECT instance.id FROM document JOIN instance ON instance.partner = document.partner AND "
        "instance.study_instance_uid = document.claimed_study_id WHERE document.id = :document AND "
        "document.claimed_study_id <> '' AND instance.direction = ",
        Direction::inbound,
        " AND instance.spool_key IS NOT NULL AND "
        "instance.state <> ",
        InstanceState::conflict, " LIMIT 1");
const std::string kOfClaimedSet =
    Sql("SELECT instance.id FROM document JOIN received_set ON received_set.partner = document.partner AND "
        "received_set.set_id = document.set_id JOIN instance ON instance.partner = received_set.partner AND "
        "instance.study_instance_uid IN (received_set.study_instance_uid, received_set.claimed_study) WHERE "
        "document.id = :document AND document.set_id <> '' AND instance.study_instance_uid <> '' AND "
        "instance.direction = ",
        Direction::inbound, " AND instance.spool_key IS NOT NULL AND instance.state <> ", InstanceState::conflict,
        " LIMIT 1");
const std::string kOfItsSet =
    Sql("SELECT instance.id, instance.spool_key FROM document JOIN received_set ON received_set.partner = "
        "document.partner AND received_set.set_id = document.set_id JOIN instance ON instance.partner = "
        "received_set.partner AND instance.study_instance_uid = received_set.study_instance_uid WHERE document.id = "
        ":document AND document.set_signed = 1 AND (document.study_id = '' OR document.deadline <= :now) AND "
        "received_set.study_instance_uid <> '' AND instance.direction = ",
        Direction::inbound,
        " AND instance.spool_key IS NOT NULL AND "
        "instance.state <> ",
        InstanceState::conflict, " LIMIT 1");

struct Way {
  const std::string& sql;
  DocumentLink link;
};
// The first way that finds an instance counts. A person's word is the surest, and then signed
// words. To be in one mail says less than words that name the study.
const std::array kWays{Way{kAsAPersonSaid, DocumentLink::person}, Way{kOfItsStudy, DocumentLink::words},
                       Way{kOfItsMail, DocumentLink::mail}, Way{kAgainWithItsMail, DocumentLink::mail},
                       Way{kOfTheStudyOfItsMail, DocumentLink::mail}};

struct Found {
  std::int64_t instance = 0;
  std::string spool_key;
  DocumentLink link{};
};

std::optional<Found> Find(Session& session, std::int64_t document, Time now) {
  for (const Way& way : kWays) {
    if (auto row = session.Row<std::int64_t, std::string>(way.sql, document)) {
      return Found{std::get<0>(*row), std::move(std::get<1>(*row)), way.link};
    }
  }
  auto row = session.Row<std::int64_t, std::string>(kOfItsSet, document, now);
  if (!row) return std::nullopt;
  return Found{std::get<0>(*row), std::move(std::get<1>(*row)), DocumentLink::words};
}

}  // namespace

std::optional<DocumentReference> FindReference(Session& session, std::int64_t document, Time now) {
  auto found = Find(session, document, now);
  if (!found) return std::nullopt;
  return DocumentReference{std::move(found->spool_key)};
}

std::optional<std::int64_t> FindUnsignedReference(Session& session, std::int64_t document) {
  for (const std::string* sql : {&kOfClaimedStudy, &kOfClaimedSet}) {
    if (const auto found = session.First<std::int64_t>(*sql, document)) return found;
  }
  return std::nullopt;
}

std::optional<LinkedInstance> FindLink(Session& session, std::int64_t document) {
  if (const auto found = Find(session, document, Time::max())) return LinkedInstance{found->instance, found->link};
  if (const auto gone = session.Row<std::int64_t, std::string>(kGoneOfItsMail, document)) {
    return LinkedInstance{std::get<0>(*gone), DocumentLink::mail};
  }
  const auto claimed = FindUnsignedReference(session, document);
  if (!claimed) return std::nullopt;
  return LinkedInstance{*claimed, DocumentLink::unsigned_words};
}

}  // namespace gateway::ledger
