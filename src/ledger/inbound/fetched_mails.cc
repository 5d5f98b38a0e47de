// Mails that are still on the server: which of them may go, and which are gone.
#include "ledger/fetched_mails.h"

#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Of a mail on the server, and of what it was joined into. One of another size than the server named is judged when
// all of its message is; the others were whole when they came. One that left quarantine for its age was judged by
// nobody.
const std::string kOnServer =
    Sql("SELECT mail.identity, mail.id, CASE WHEN mail.state = ", MailState::fetched,
        " THEN 0 WHEN (mail.state = ", MailState::quarantined,
        " OR mail.aged_out = 1) AND mail.error_code <> 'automatic-answer' THEN 2 WHEN coalesce(mail.named_size, "
        "mail.size) = mail.size THEN 1 WHEN mail.state = ",
        MailState::fragment, " OR whole.state ", In(MailState::fetched, MailState::fragment),
        " THEN 0 WHEN whole.state = ", MailState::quarantined,
        " OR whole.aged_out = 1 THEN 2 ELSE 1 END, coalesce(mail.named_size, mail.size) = mail.size FROM mail LEFT "
        "JOIN mail AS whole ON whole.id = mail.joined_into WHERE mail.mailbox = :mailbox AND mail.folder = :folder AND "
        "mail.on_server = 1 AND substr(mail.identity, 1, length(:scope)) = :scope_again ORDER BY mail.identity");

Judged JudgedOf(int number) {
  return number == 0 ? Judged::not_yet : number == 1 ? Judged::understood : Judged::not_understood;
}

}  // namespace

Result<void> FetchedMails::AdoptFolder(const std::string& mailbox, const std::string& folder) {
  constexpr std::string_view kThere =
      "SELECT id FROM mail WHERE mailbox = :mailbox AND folder = '' AND identity IS NOT NULL LIMIT 1";
  GATEWAY_ASSIGN(const bool any, database_.impl().Read([&](Session& session) -> Result<bool> {
    return session.First<std::int64_t>(kThere, mailbox).has_value();
  }));
  if (!any) return {};
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE mail SET folder = :folder WHERE mailbox = :mailbox AND folder = '' AND identity IS NOT NULL", folder,
        mailbox);
    return {};
  });
}

Result<std::vector<KnownMail>> FetchedMails::MailsOnServer(const FolderKey& folder, const std::string& scope) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<KnownMail>> {
    std::vector<KnownMail> mails;
    for (const auto& [identity, id, judged, whole] :
         session.Rows<std::string, std::int64_t, int, bool>(kOnServer, folder.mailbox, folder.folder, scope, scope)) {
      mails.push_back({identity, id, JudgedOf(judged), whole});
    }
    return mails;
  });
}

Result<void> FetchedMails::RecordRemoved(const FolderKey& folder, const std::vector<std::string>& identities) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const std::string& identity : identities) {
      session.Execute(
          "UPDATE mail SET on_server = 0 WHERE mailbox = :mailbox AND folder = :folder AND identity = :identity",
          folder.mailbox, folder.folder, identity);
    }
    return {};
  });
}

}  // namespace gateway::ledger
