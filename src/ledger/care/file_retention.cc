// Forgets the files of items that are done.
#include "ledger/file_retention.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ledger/error_codes.h"
#include "ledger/rules/derived_files.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

void DeleteDerived(Session& session, std::int64_t derived, std::int64_t instance) {
  session.Execute("UPDATE shipment_instance SET derived = NULL WHERE instance = :instance AND derived = :derived",
                  instance, derived);
  session.Execute("UPDATE delivery SET derived = NULL WHERE instance = :instance AND derived = :derived", instance,
                  derived);
  session.Execute("DELETE FROM derived WHERE id = :id", derived);
}

}  // namespace

Result<ForgottenFiles> FileRetention::ForgetSent(Time done_before, std::size_t limit) {
  return database_.impl().Write([&](Session& session) -> Result<ForgottenFiles> {
    ForgottenFiles forgotten;
    std::vector<std::int64_t> instances;
    for (auto& [id, key] : session.Rows<std::int64_t, std::string>(
             Sql("SELECT id, spool_key FROM instance WHERE state = ", InstanceState::routed,
                 " AND finished < :before AND finished IS NOT NULL AND spool_key IS NOT NULL LIMIT :limit", kLocked),
             done_before, limit)) {
      session.Execute("UPDATE instance SET spool_key = NULL WHERE id = :id", id);
      forgotten.instances.push_back(std::move(key));
      instances.push_back(id);
    }
    ForgetDerivedOf(session, instances);
    for (auto& [id, key] : session.Rows<std::int64_t, std::string>(
             Sql("SELECT id, spool_key FROM document WHERE state = ", DocumentState::routed,
                 " AND finished < :before AND finished IS NOT NULL AND spool_key IS NOT NULL LIMIT :limit", kLocked),
             done_before, limit - forgotten.instances.size())) {
      // The name of a file may name a patient.
      session.Execute("UPDATE document SET spool_key = NULL, name = '' WHERE id = :id", id);
      forgotten.documents.push_back(std::move(key));
    }
    return forgotten;
  });
}

Result<std::vector<std::string>> FileRetention::ForgetStored(Time stored_before, std::size_t limit) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    std::vector<std::string> keys;
    std::vector<std::int64_t> instances;
    for (auto& [id, key] : session.Rows<std::int64_t, std::string>(
             Sql("SELECT id, spool_key FROM instance WHERE state = ", InstanceState::stored,
                 " AND finished < :before AND finished IS NOT NULL AND spool_key IS NOT NULL LIMIT :limit", kLocked),
             stored_before, limit)) {
      session.Execute("UPDATE instance SET spool_key = NULL WHERE id = :id", id);
      keys.push_back(std::move(key));
      instances.push_back(id);
    }
    ForgetDerivedOf(session, instances);
    return keys;
  });
}

Result<std::vector<std::string>> FileRetention::DropAutomaticAnswers(Time before, std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    std::vector<std::string> keys;
    for (const std::int64_t id : session.FirstColumn<std::int64_t>(
             Sql("SELECT id FROM mail WHERE state = ", MailState::quarantined,
                 " AND error_code = ", codes::kAutomaticAnswer,
                 " AND finished < :before AND finished IS NOT NULL ORDER BY finished LIMIT :limit", kLocked),
             before, limit)) {
      session.Execute(Sql("UPDATE mail SET state = ", MailState::dropped, ", finished = :now WHERE id = :id"), now, id);
      std::ranges::move(ForgetMailFiles(session, id), std::back_inserter(keys));
    }
    return keys;
  });
}

Result<std::vector<std::string>> FileRetention::ForgetDerived(std::size_t limit) {
  constexpr const char* kForgotten = "SELECT id FROM derived WHERE forgotten = 1 LIMIT 1";
  // Most often there is nothing to forget. A read finds that out without a transaction of the
  // writer.
  GATEWAY_ASSIGN(const bool any, database_.impl().Read([&](Session& session) -> Result<bool> {
    return session.First<std::int64_t>(kForgotten).has_value();
  }));
  if (!any) return std::vector<std::string>();
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    std::vector<std::string> keys;
    for (auto& [id, instance, key] : session.Rows<std::int64_t, std::int64_t, std::string>(
             "SELECT id, instance, spool_key FROM derived WHERE forgotten = 1 ORDER BY id LIMIT :limit", limit)) {
      DeleteDerived(session, id, instance);
      keys.push_back(std::move(key));
    }
    return keys;
  });
}

}  // namespace gateway::ledger
