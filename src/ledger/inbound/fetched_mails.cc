// Records fetched mails, and which of them are still on the server.
#include "ledger/fetched_mails.h"

#include <algorithm>

#include "ledger/error_codes.h"
#include "ledger/rules/opening_place.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

// Selects a mail on the server together with the mail that it was joined into. If its size is not
// the one that the server named, it was understood when the whole of its message was. Other mails
// were complete when they came. A mail that left quarantine because of its age was never
// understood.
const std::string kOnServer =
    Sql("SELECT mail.identity, mail.id, CASE WHEN mail.state = ", MailState::fetched,
        " THEN 0 WHEN (mail.state = ", MailState::quarantined, " OR mail.aged_out = 1) AND mail.error_code <> ",
        codes::kAutomaticAnswer,
        " THEN 2 WHEN coalesce(mail.named_size, mail.size) = mail.size THEN 1 WHEN mail.state = ", MailState::fragment,
        " OR whole.state ", In(MailState::fetched, MailState::fragment),
        " THEN 0 WHEN whole.state = ", MailState::quarantined,
        " OR whole.aged_out = 1 THEN 2 ELSE 1 END, coalesce(mail.named_size, mail.size) = mail.size FROM mail LEFT "
        "JOIN mail AS whole ON whole.id = mail.joined_into WHERE mail.mailbox = :mailbox AND mail.folder = :folder AND "
        "mail.on_server = 1 AND substr(mail.identity, 1, length(:scope)) = :scope_again ORDER BY mail.id");

Understood UnderstoodOf(int number) {
  return number == 0 ? Understood::not_yet : number == 1 ? Understood::yes : Understood::no;
}

// Returns the mail if it is here already.
std::optional<AddedMail> FindKnown(Session& session, const NewMail& mail) {
  const auto known = session.Row<std::int64_t, std::string, MailState, std::string>(
      Sql("SELECT id, sha256, state, error_code FROM mail WHERE mailbox = :mailbox AND folder = :folder AND "
          "identity = :identity",
          kLocked),
      mail.mailbox, mail.folder, mail.identity);
  if (!known) return std::nullopt;
  const auto& [id, sha256, state, error_code] = *known;
  if (sha256 == mail.sha256) {
    if (state == MailState::dropped && error_code == codes::kStandIn.name) return AddedMail{id, true, true};
    // The mail was seen on the server again, whatever was recorded. It must be removed there once
    // more.
    session.Execute("UPDATE mail SET on_server = 1 WHERE id = :id AND on_server = 0", id);
    return AddedMail{id, true};
  }
  // A server that was restored from a backup may give the identity of another mail once more.
  session.Execute("UPDATE mail SET identity = NULL, on_server = 0 WHERE id = :id", id);
  return std::nullopt;
}

// Returns the mail if it came under the former name of its mailbox. Its bytes show that this is the
// same account: another account may give the same identity to another mail. A mail that waits
// under the former name stays there, because its state says that a person has to redirect it.
std::optional<AddedMail> AdoptFormer(Session& session, const NewMail& mail) {
  for (const std::string& former : mail.former_mailboxes) {
    const auto known = session.First<std::int64_t>(
        Sql("SELECT id FROM mail WHERE mailbox = :mailbox AND folder = :folder AND identity = :identity AND sha256 = "
            ":sha256 AND NOT state ",
            In(MailState::fetched, MailState::fragment, MailState::quarantined), kLocked),
        former, mail.folder, mail.identity, mail.sha256);
    if (!known) continue;
    session.Execute("UPDATE mail SET mailbox = :mailbox WHERE id = :id", mail.mailbox, *known);
    // A receipt that is still to be sent waits under the former name for the redirect as well.
    session.Execute(Sql("UPDATE receipt SET mailbox = :mailbox WHERE mail = :mail AND mailbox = :former AND state = ",
                        ReceiptState::sent),
                    mail.mailbox, *known, former);
    return FindKnown(session, mail);
  }
  return std::nullopt;
}

// Returns nullopt if somebody has added a mail of this identity since FindKnown().
std::optional<std::int64_t> InsertMail(Session& session, const NewMail& mail) {
  return session.First<std::int64_t>(
      "INSERT INTO mail (state, mailbox, folder, identity, on_server, spool_key, size, named_size, sha256, "
      "fetched, priority, turn, in_name_of, place) VALUES (:state, :mailbox, :folder, :identity, 1, "
      ":key, :size, :named, :sha256, :fetched, :priority, :turn, :in_name_of, :place) ON CONFLICT DO NOTHING "
      "RETURNING id",
      MailState::fetched, mail.mailbox, mail.folder, mail.identity, mail.spool_key, mail.size, mail.named_size,
      mail.sha256, mail.fetched, static_cast<int>(mail.priority), static_cast<int>(mail.priority), mail.in_name_of,
      NextPlace(session, mail.in_name_of, static_cast<Turn>(mail.priority)));
}

}  // namespace

Result<AddedMail> FetchedMails::Add(const NewMail& mail) {
  return database_.impl().Write([&](Session& session) -> Result<AddedMail> {
    // Single writer 1: another mail may get the same place. Their ids then order them.
    if (const auto known = FindKnown(session, mail)) return *known;
    if (const auto known = AdoptFormer(session, mail)) return *known;
    if (const auto added = InsertMail(session, mail)) return AddedMail{*added, false};
    // Another node fetched it at the same moment, and was faster.
    if (const auto known = FindKnown(session, mail)) return *known;
    return Transient(codes::kLedgerBusy, "another mail has the same identity at this moment");
  });
}

Result<std::vector<std::string>> FetchedMails::FormerMailboxes(const std::vector<std::string>& configured) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<std::string>> {
    std::vector<std::string> former;
    // Each step is one look into the index mail_identity. DISTINCT would read all of it.
    constexpr std::string_view kNext =
        "SELECT mailbox FROM mail WHERE identity IS NOT NULL AND mailbox > :last ORDER BY mailbox LIMIT 1";
    for (auto next = session.First<std::string>(kNext, std::string()); next;) {
      if (std::ranges::find(configured, *next) == configured.end()) former.push_back(*next);
      next = session.First<std::string>(kNext, *next);
    }
    return former;
  });
}

Result<void> FetchedMails::AdoptFolder(const std::string& mailbox, const std::string& folder) {
  constexpr std::string_view kThere =
      "SELECT id FROM mail WHERE mailbox = :mailbox AND folder = '' AND identity IS NOT NULL LIMIT 1";
  // Most often there is nothing to adopt. A read finds that out without a transaction of the
  // writer.
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

Result<std::vector<KnownMail>> FetchedMails::OnServer(const FolderKey& folder, const std::string& scope) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<KnownMail>> {
    std::vector<KnownMail> mails;
    for (const auto& [identity, id, understood, whole] :
         session.Rows<std::string, std::int64_t, int, bool>(kOnServer, folder.mailbox, folder.folder, scope, scope)) {
      mails.push_back({identity, id, UnderstoodOf(understood), whole});
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
