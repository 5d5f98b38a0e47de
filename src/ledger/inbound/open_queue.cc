// Mails: fetched, on the server or gone from it, claimed to be opened, failed.
#include "ledger/open_queue.h"

#include <algorithm>
#include <iterator>

#include "ledger/claims.h"
#include "ledger/fetched_mails.h"
#include "ledger/file_retention.h"
#include "ledger/mail_facts.h"
#include "ledger/receipt_request.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/opening_place.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"
#include "ledger/store/unclaim.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

const Claimable kToOpen{
    "mail", Sql("state = ", MailState::fetched, " AND turn < 3 AND next_try <= :now AND claimed_until < :free_at"),
    "turn, place, id", "turn, place"};
const Claimable kSlowToOpen{
    "mail", Sql("state = ", MailState::fetched, " AND turn = 3 AND next_try <= :now AND claimed_until < :free_at"),
    "turn, place, id", "turn, place"};

// It was claimed: what its sender has beside it is behind what others have.
MailToOpen LoadToOpen(Session& session, std::int64_t id) {
  MailToOpen mail;
  mail.id = id;
  std::optional<std::string> key;
  int turn = 0;
  std::int64_t place = 0;
  std::optional<std::string> identity;
  std::tie(mail.mailbox, key, mail.tries, mail.fetched, mail.failed_by, mail.size, mail.named_size, mail.on_server,
           identity, mail.in_name_of, turn, place) =
      *session.Row<std::string, std::optional<std::string>, unsigned, Time, std::string, std::uint64_t,
                   std::optional<std::uint64_t>, bool, std::optional<std::string>, std::string, int, std::int64_t>(
          "SELECT mailbox, spool_key, tries, fetched, error_code, size, named_size, on_server, identity, in_name_of, "
          "turn, place FROM mail WHERE id = :id",
          id);
  mail.identity = identity.value_or("");
  for (std::string& code : session.Column1<std::string>("SELECT code FROM overruled_reason WHERE mail = :id", id)) {
    mail.overruled.insert(std::move(code));
  }
  mail.turn = static_cast<Turn>(turn);
  ReachPlace(session, mail.turn, place);
  if (key) {
    mail.spool_keys = {*key};
    return mail;
  }
  mail.spool_keys = session.Column1<std::string>(
      "SELECT spool_key FROM mail WHERE joined_into = :id AND duplicate = 0 ORDER BY fragment_number", id);
  return mail;
}

// The mail is here already.
std::optional<AddedMail> FindKnown(Session& session, const NewMail& mail) {
  const auto known = session.Row<std::int64_t, std::string, MailState, std::string>(
      Sql("SELECT id, sha256, state, error_code FROM mail WHERE mailbox = :mailbox AND folder = :folder AND "
          "identity = :identity",
          kLocked),
      mail.mailbox, mail.folder, mail.identity);
  if (!known) return std::nullopt;
  const auto& [id, sha256, state, error_code] = *known;
  if (sha256 == mail.sha256) {
    if (state == MailState::dropped && error_code == codes::kImapStandIn.name) return AddedMail{id, true, true};
    // It was seen on the server again, whatever was recorded: it has to be removed there once more.
    session.Execute("UPDATE mail SET on_server = 1 WHERE id = :id AND on_server = 0", id);
    return AddedMail{id, true};
  }
  // A server that was restored from a backup gives an identity once more that another mail had.
  session.Execute("UPDATE mail SET identity = NULL, on_server = 0 WHERE id = :id", id);
  return std::nullopt;
}

// nullopt: somebody has added one of this identity since FindKnown().
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

Result<AddedMail> FetchedMails::AddMail(const NewMail& mail) {
  return database_.impl().Write([&](Session& session) -> Result<AddedMail> {
    if (const auto known = FindKnown(session, mail)) return *known;
    if (const auto added = InsertMail(session, mail)) return AddedMail{*added, false};
    // Another node fetched it at the same moment, and was faster.
    if (const auto known = FindKnown(session, mail)) return *known;
    return Transient(codes::kLedgerBusy, "another mail has the same identity at this moment");
  });
}

Result<std::vector<MailToOpen>> OpenQueue::ClaimToOpen(std::size_t limit, Time now, Milliseconds lease, bool slow) {
  return ClaimRows(database_, slow ? kSlowToOpen : kToOpen, LoadToOpen, now + lease, limit, now, now);
}

Result<void> OpenQueue::RecordTurn(std::int64_t mail, Turn turn) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    const std::int64_t changed = session.Execute(
        Sql("UPDATE mail SET claimed_until = 0 WHERE id = :id AND state = ", MailState::fetched, kIsOurs), mail,
        database_.impl().node());
    if (changed > 0) PutInTurn(session, mail, turn);
    return {};
  });
}

Result<std::vector<MailOutcome>> OpenQueue::LatestOutcomes() {
  constexpr std::int64_t kRowsAtMost = 5000;
  return database_.impl().Read([&](Session& session) -> Result<std::vector<MailOutcome>> {
    const std::int64_t last = session.First<std::int64_t>("SELECT id FROM mail ORDER BY id DESC LIMIT 1").value_or(0);
    std::vector<MailOutcome> outcomes;
    for (const auto& [partner, good] : session.Rows<std::string, bool>(
             Sql("SELECT partner, state = ", MailState::opened,
                 " FROM mail WHERE id > :first AND partner <> '' AND (state = ", MailState::quarantined,
                 " OR (state = ", MailState::opened, " AND signer <> '')) ORDER BY id DESC"),
             last - kRowsAtMost)) {
      outcomes.push_back({partner, good});
    }
    return outcomes;
  });
}

Result<void> OpenQueue::RecordQuarantined(std::int64_t mail, const MailFacts& facts, const Error& reason, Time now,
                                          const std::optional<ReceiptRequest>& receipt) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    const std::int64_t changed =
        session.Execute(Sql("UPDATE mail SET state = ", MailState::quarantined,
                            ", finished = :now, claimed_until = 0, error_code = :code, error_detail = :detail WHERE id "
                            "= :id AND state ",
                            In(MailState::fetched, MailState::fragment, MailState::quarantined), kIsOurs),
                        now, reason.code, reason.detail, mail, database_.impl().node());
    // Nothing changed: another worker opened, joined or dropped it after this one's lease ran out,
    // or another node has it in hand.
    if (changed == 0) return {};
    WriteFacts(session, mail, facts);
    if (receipt) AddReceipt(session, mail, facts, *receipt, true, now);
    UpdateReceipts(session, {mail}, now);  // one that it got when it was opened before
    return {};
  });
}

Result<std::vector<std::string>> OpenQueue::RecordStandIn(std::int64_t mail, const Error& error, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    // The identity stays, so that the same words are known when they come again.
    const std::int64_t changed = session.Execute(Sql("UPDATE mail SET state = ", MailState::dropped,
                                                     ", on_server = 0, finished = :now, claimed_until = 0, error_code "
                                                     "= :code, error_detail = :detail WHERE id = :id AND state = ",
                                                     MailState::fetched, " AND identity IS NOT NULL", kIsOurs),
                                                 now, error.code, error.detail, mail, database_.impl().node());
    return changed > 0 ? ForgetMailFiles(session, mail) : std::vector<std::string>();
  });
}

Result<std::vector<std::string>> FileRetention::DropAutomaticAnswers(Time before, std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    std::vector<std::string> keys;
    for (const std::int64_t id :
         session.Column1<std::int64_t>(Sql("SELECT id FROM mail WHERE state = ", MailState::quarantined,
                                           " AND error_code = 'automatic-answer' AND finished < :before AND finished "
                                           "IS NOT NULL ORDER BY finished LIMIT :limit",
                                           kLocked),
                                       before, limit)) {
      session.Execute(Sql("UPDATE mail SET state = ", MailState::dropped, ", finished = :now WHERE id = :id"), now, id);
      std::ranges::move(ForgetMailFiles(session, id), std::back_inserter(keys));
    }
    return keys;
  });
}

Result<void> OpenQueue::RecordOpenFailure(std::int64_t mail, const Error& error, Time next_try) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE mail SET tries = tries + 1, next_try = :next, claimed_until = 0, error_code = :code, "
                        "error_detail = :detail WHERE id = :id AND state = ",
                        MailState::fetched, kIsOurs),
                    next_try, error.code, error.detail, mail, database_.impl().node());
    return {};
  });
}

Result<void> Claims::UnclaimInbound() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    const std::string& node = database_.impl().node();
    VoidClaims(session, node, MailState::fetched);
    VoidClaims(session, node, DeliveryState::waiting, ", in_doubt = 1");
    VoidClaims(session, node, DeliveryState::held, ", in_doubt = 1");
    VoidClaims(session, node, ReceiptState::due);
    VoidClaims(session, node, ReceiptState::held);
    VoidClaims(session, node, DocumentState::waiting);
    return {};
  });
}

}  // namespace gateway::ledger
