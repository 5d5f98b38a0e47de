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
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

const Claimable kToOpen{
    "mail",
    Sql("SELECT id FROM mail WHERE state = ", MailState::fetched,
        " AND turn < 3 AND next_try <= :now AND claimed_until < :free_at ORDER BY turn, place, id LIMIT :limit"),
    "turn, place"};
const Claimable kSlowToOpen{
    "mail",
    Sql("SELECT id FROM mail WHERE state = ", MailState::fetched,
        " AND turn = 3 AND next_try <= :now AND claimed_until < :free_at ORDER BY turn, place, id LIMIT :limit"),
    "turn, place"};

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

}  // namespace

Result<AddedMail> FetchedMails::AddMail(const NewMail& mail) {
  return database_.impl().Write([&](Session& session) -> Result<AddedMail> {
    const auto known = session.Row<std::int64_t, std::string, MailState, std::string>(
        "SELECT id, sha256, state, error_code FROM mail WHERE mailbox = :mailbox AND folder = :folder AND "
        "identity = :identity",
        mail.mailbox, mail.folder, mail.identity);
    if (known && std::get<1>(*known) == mail.sha256) {
      const bool stand_in =
          std::get<2>(*known) == MailState::dropped && std::get<3>(*known) == codes::kImapStandIn.name;
      if (stand_in) return AddedMail{std::get<0>(*known), true, true};
      // It was seen on the server again, whatever was recorded: it has to be removed there once more.
      session.Execute("UPDATE mail SET on_server = 1 WHERE id = :id AND on_server = 0", std::get<0>(*known));
      return AddedMail{std::get<0>(*known), true};
    }
    // A server that was restored from a backup gives an identity once more that another mail had.
    if (known) session.Execute("UPDATE mail SET identity = NULL, on_server = 0 WHERE id = :id", std::get<0>(*known));
    const auto id = session.First<std::int64_t>(
        "INSERT INTO mail (state, mailbox, folder, identity, on_server, spool_key, size, named_size, sha256, "
        "fetched, priority, turn, in_name_of, place) VALUES (:state, :mailbox, :folder, :identity, 1, "
        ":key, :size, :named, :sha256, :fetched, :priority, :turn, :in_name_of, :place) RETURNING id",
        MailState::fetched, mail.mailbox, mail.folder, mail.identity, mail.spool_key, mail.size, mail.named_size,
        mail.sha256, mail.fetched, static_cast<int>(mail.priority), static_cast<int>(mail.priority), mail.in_name_of,
        NextPlace(session, mail.in_name_of, static_cast<Turn>(mail.priority)));
    return AddedMail{*id, false};
  });
}

Result<std::vector<MailToOpen>> OpenQueue::ClaimToOpen(std::size_t limit, Time now, Milliseconds lease, bool slow) {
  return ClaimRows(database_, slow ? kSlowToOpen : kToOpen, LoadToOpen, now + lease, limit, now, now);
}

Result<void> OpenQueue::RecordTurn(std::int64_t mail, Turn turn) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE mail SET claimed_until = 0 WHERE id = :id AND state = ", MailState::fetched), mail);
    PutInTurn(session, mail, turn);
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
                            In(MailState::fetched, MailState::fragment, MailState::quarantined)),
                        now, reason.code, reason.detail, mail);
    // Nothing changed: opened, joined or dropped by another worker after this one's lease ran out.
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
                                                     MailState::fetched, " AND identity IS NOT NULL"),
                                                 now, error.code, error.detail, mail);
    return changed > 0 ? ForgetMailFiles(session, mail) : std::vector<std::string>();
  });
}

Result<std::vector<std::string>> FileRetention::DropAutomaticAnswers(Time before, std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    std::vector<std::string> keys;
    for (const std::int64_t id :
         session.Column1<std::int64_t>(Sql("SELECT id FROM mail WHERE state = ", MailState::quarantined,
                                           " AND error_code = 'automatic-answer' AND finished < :before AND finished "
                                           "IS NOT NULL ORDER BY finished LIMIT :limit"),
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
                        MailState::fetched),
                    next_try, error.code, error.detail, mail);
    return {};
  });
}

Result<void> Claims::UnclaimInbound() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        Sql("UPDATE mail SET claimed_until = 0 WHERE state = ", MailState::fetched, " AND claimed_until > 0"));
    session.Execute(Sql("UPDATE delivery SET claimed_until = 0, in_doubt = 1 WHERE state = ", DeliveryState::waiting,
                        " AND claimed_until > 0"));
    session.Execute(Sql("UPDATE delivery SET claimed_until = 0, in_doubt = 1 WHERE state = ", DeliveryState::held,
                        " AND claimed_until > 0"));
    session.Execute(
        Sql("UPDATE receipt SET claimed_until = 0 WHERE state = ", ReceiptState::due, " AND claimed_until > 0"));
    session.Execute(
        Sql("UPDATE receipt SET claimed_until = 0 WHERE state = ", ReceiptState::held, " AND claimed_until > 0"));
    session.Execute(
        Sql("UPDATE document SET claimed_until = 0 WHERE state = ", DocumentState::waiting, " AND claimed_until > 0"));
    return {};
  });
}

}  // namespace gateway::ledger
