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
    Sql("SELECT mail.uid, mail.id, CASE WHEN mail.state = ", MailState::fetched,
        " THEN 0 WHEN (mail.state = ", MailState::quarantined,
        " OR mail.aged_out = 1) AND mail.error_code <> 'automatic-answer' THEN 2 WHEN coalesce(mail.named_size, "
        "mail.size) = mail.size THEN 1 WHEN mail.state = ",
        MailState::fragment, " OR whole.state ", In(MailState::fetched, MailState::fragment),
        " THEN 0 WHEN whole.state = ", MailState::quarantined,
        " OR whole.aged_out = 1 THEN 2 ELSE 1 END, coalesce(mail.named_size, mail.size) = mail.size FROM mail LEFT "
        "JOIN mail AS whole ON whole.id = mail.joined_into WHERE mail.mailbox = :mailbox AND mail.folder = :folder AND "
        "mail.uid_validity = :uid_validity AND mail.on_server = 1 ORDER BY mail.uid");

Judged JudgedOf(int number) {
  return number == 0 ? Judged::not_yet : number == 1 ? Judged::understood : Judged::not_understood;
}

}  // namespace

Result<void> FetchedMails::AdoptFolder(const std::string& mailbox, const std::string& folder) {
  constexpr std::string_view kThere =
      "SELECT id FROM mail WHERE mailbox = :mailbox AND folder = '' AND uid IS NOT NULL LIMIT 1";
  GATEWAY_ASSIGN(const bool any, database_.impl().Read([&](Session& session) -> Result<bool> {
    return session.First<std::int64_t>(kThere, mailbox).has_value();
  }));
  if (!any) return {};
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute("UPDATE mail SET folder = :folder WHERE mailbox = :mailbox AND folder = '' AND uid IS NOT NULL",
                    folder, mailbox);
    return {};
  });
}

Result<std::vector<KnownMail>> FetchedMails::MailsOnServer(const FolderKey& folder) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<KnownMail>> {
    std::vector<KnownMail> mails;
    for (const auto& [uid, id, judged, whole] : session.Rows<std::uint32_t, std::int64_t, int, bool>(
             kOnServer, folder.mailbox, folder.folder, folder.uid_validity)) {
      mails.push_back({uid, id, JudgedOf(judged), whole});
    }
    return mails;
  });
}

Result<void> FetchedMails::RecordRemoved(const FolderKey& folder, const std::vector<std::uint32_t>& uids) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const std::uint32_t uid : uids) {
      session.Execute(
          "UPDATE mail SET on_server = 0 WHERE mailbox = :mailbox AND folder = :folder AND "
          "uid_validity = :uid_validity AND uid = :uid",
          folder.mailbox, folder.folder, folder.uid_validity, uid);
    }
    return {};
  });
}

}  // namespace gateway::ledger
