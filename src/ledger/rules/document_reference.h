// The instance that a waiting document's patient and study are taken from. Instances in conflict do not count: nobody
// knows yet whose they are.
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

// In SQL, of a row named document whose deadline is not over: there is one. Each look-up goes by an index to a first
// row. That of the set goes by the study of its first instance, not through its parts: a set of documents only would be
// read through again and again.
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
        "received_set.study_instance_uid <> '' AND instance.direction = 'in' AND instance.spool_key IS NOT NULL AND "
        "instance.state <> ",
        InstanceState::conflict,
        ") OR EXISTS (SELECT 1 FROM instance WHERE instance.partner = document.partner AND instance.study_instance_uid "
        "= document.study_id AND document.study_id <> '' AND instance.direction = 'in' AND instance.spool_key IS NOT "
        "NULL AND instance.state <> ",
        InstanceState::conflict, "))");

// The best there is: what a person said; of its study_id; of the same mail, or of the study of an image of that mail;
// of the same set, where it has no study_id or its deadline is over.
std::optional<DocumentReference> FindReference(Session& session, std::int64_t document, Time now);

// An instance of the study that only words name which nobody signed: a person may say that they are true.
std::optional<std::int64_t> FindUnsignedReference(Session& session, std::int64_t document);

struct LinkedInstance {
  std::int64_t id = 0;
  DocumentLink link{};
};

// What a person is told of a document whose deadline does not matter any more: FindReference(), or an image of its mail
// whose file is gone; only where there is neither, FindUnsignedReference().
std::optional<LinkedInstance> FindLink(Session& session, std::int64_t document);

}  // namespace gateway::ledger
