// Finds the instance from which a waiting document takes its patient and study. Instances in
// conflict do not count, because nobody knows yet whose they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/time.h"
#include "ledger/document_link.h"
#include "ledger/documents.h"
#include "ledger/store/session.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

// Is true, in SQL, if a row named document, whose deadline is not over, has a reference. Each
// look-up goes by an index to a first row. The look-up for the set uses the study of the set's
// first instance, and not its parts. A set that has only documents would otherwise be read through
// again and again.
inline const std::string kHasReference =
    Sql("(EXISTS (SELECT 1 FROM instance WHERE instance.id = document.joined_to AND instance.partner = "
        "document.partner AND instance.spool_key IS NOT NULL AND instance.state <> ",
        InstanceState::conflict,
        ") OR EXISTS (SELECT 1 FROM instance WHERE document.by_mail = 1 AND instance.mail = document.mail AND "
        "instance.spool_key IS NOT NULL AND instance.state <> ",
        InstanceState::conflict,
        ") OR EXISTS (SELECT 1 FROM mail_duplicate JOIN instance ON instance.id = mail_duplicate.instance WHERE "
        "document.by_mail = 1 AND mail_duplicate.mail = document.mail AND instance.spool_key IS NOT NULL AND "
        "instance.state <> ",
        InstanceState::conflict,
        ") OR EXISTS (SELECT 1 FROM received_set JOIN instance ON instance.partner = received_set.partner AND "
        "instance.study_instance_uid = received_set.study_instance_uid WHERE received_set.partner = document.partner "
        "AND received_set.set_id = document.set_id AND document.set_signed = 1 AND document.study_id = '' AND "
        "received_set.study_instance_uid <> '' AND instance.direction = ",
        Direction::inbound,
        " AND instance.spool_key IS NOT NULL AND "
        "instance.state <> ",
        InstanceState::conflict,
        ") OR EXISTS (SELECT 1 FROM instance WHERE instance.partner = document.partner AND instance.study_instance_uid "
        "= document.study_id AND document.study_id <> '' AND instance.direction = ",
        Direction::inbound,
        " AND instance.spool_key IS NOT "
        "NULL AND instance.state <> ",
        InstanceState::conflict, "))");

// Returns the best reference that exists, in this order: an instance that a person named; one of
// the document's study_id; one of the same mail, or of the study of an image of that mail; one of
// the same set, if the document has no study_id or its deadline is over.
std::optional<DocumentReference> FindReference(Session& session, std::int64_t document, Time now);

// Returns an instance of the study that only unsigned words name. A person may decide that these
// words are true.
std::optional<std::int64_t> FindUnsignedReference(Session& session, std::int64_t document);

struct LinkedInstance {
  std::int64_t id = 0;
  DocumentLink link{};
};

// Returns what a person is told about a document, whatever its deadline: the instance of
// FindReference(), or an image of its mail whose file is gone. Only if there is neither, it returns
// the instance of FindUnsignedReference().
std::optional<LinkedInstance> FindLink(Session& session, std::int64_t document);

}  // namespace gateway::ledger
