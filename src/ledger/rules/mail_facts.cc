#include "ledger/rules/mail_facts.h"

#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

SetColumns::SetColumns(const MailFacts& facts) {
  if (!facts.set) return;
  id = Cut(facts.set->id);
  part = facts.set->part;
  total = facts.set->total;
}

void WriteFacts(Session& session, std::int64_t mail, const MailFacts& facts) {
  const SetColumns set(facts);
  session.Execute(
      "UPDATE mail SET sender = :sender, partner = :partner, message_id = :message_id, signer = :signer, "
      "set_id = :set_id, set_part = :part, set_total = :total WHERE id = :id",
      Cut(facts.sender), facts.partner, Cut(facts.message_id), Cut(facts.signer), set.id, set.part, set.total, mail);
}

namespace {

std::vector<std::string> FilesOf(Session& session, std::int64_t mail, std::string_view lock) {
  auto keys = session.FirstColumn<std::string>(
      Sql("SELECT spool_key FROM mail WHERE id = :id AND spool_key IS NOT NULL", lock), mail);
  for (std::string& key : session.FirstColumn<std::string>(
           Sql("SELECT spool_key FROM mail WHERE joined_into = :id AND spool_key IS NOT NULL ORDER BY fragment_number",
               lock),
           mail)) {
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::vector<std::string> MailFiles(Session& session, std::int64_t mail) {
  return FilesOf(session, mail, {});
}

std::vector<std::string> ForgetMailFiles(Session& session, std::int64_t mail) {
  std::vector<std::string> keys = FilesOf(session, mail, kLocked);
  session.Execute("UPDATE mail SET spool_key = NULL WHERE id = :id", mail);
  session.Execute("UPDATE mail SET spool_key = NULL WHERE joined_into = :id", mail);
  return keys;
}

}  // namespace gateway::ledger
