#include "ledger/document_reference.h"

#include <array>

namespace gateway::ledger {

std::optional<DocumentReference> FindReference(Session& session, std::int64_t document) {
  static constexpr std::array kBestFirst{
      "SELECT instance.id, instance.spool_key FROM document JOIN instance ON instance.mail = document.mail WHERE "
      "document.id = :document AND instance.spool_key IS NOT NULL AND instance.state <> 'conflict' ORDER BY CASE WHEN "
      "instance.study_instance_uid = document.study_id THEN 0 ELSE 1 END, instance.id LIMIT 1",
      "SELECT instance.id, instance.spool_key FROM document JOIN mail_duplicate ON "
      "mail_duplicate.mail = document.mail JOIN instance ON instance.id = mail_duplicate.instance WHERE "
      "document.id = :document AND instance.spool_key IS NOT NULL AND instance.state <> 'conflict' ORDER BY CASE WHEN "
      "instance.study_instance_uid = document.study_id THEN 0 ELSE 1 END, instance.id LIMIT 1",
      "SELECT instance.id, instance.spool_key FROM document JOIN instance ON instance.partner = document.partner AND "
      "instance.study_instance_uid = document.study_id JOIN mail ON mail.id = instance.mail WHERE "
      "document.id = :document AND document.study_id <> '' AND instance.direction = 'in' AND "
      "instance.spool_key IS NOT NULL AND instance.state <> 'conflict' AND mail.set_id = document.set_id LIMIT 1",
      "SELECT instance.id, instance.spool_key FROM document JOIN received_set ON "
      "received_set.partner = document.partner AND received_set.set_id = document.set_id JOIN instance ON "
      "instance.partner = received_set.partner AND instance.study_instance_uid = received_set.study_instance_uid "
      "WHERE document.id = :document AND received_set.study_instance_uid <> '' AND instance.direction = 'in' AND "
      "instance.spool_key IS NOT NULL AND instance.state <> 'conflict' LIMIT 1",
      "SELECT instance.id, instance.spool_key FROM document JOIN instance ON instance.partner = document.partner AND "
      "instance.study_instance_uid = document.study_id WHERE document.id = :document AND document.study_id <> '' AND "
      "instance.direction = 'in' AND instance.spool_key IS NOT NULL AND instance.state <> 'conflict' LIMIT 1",
  };
  for (const char* sql : kBestFirst) {
    if (auto found = session.Row<std::int64_t, std::string>(sql, document)) {
      return DocumentReference{std::get<0>(*found), std::move(std::get<1>(*found))};
    }
  }
  return std::nullopt;
}

}  // namespace gateway::ledger
