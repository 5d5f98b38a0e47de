// Claims fetched mails, and records those that could not be opened or accepted.
#include "ledger/open_queue.h"

#include <algorithm>

#include "ledger/mail_facts.h"
#include "ledger/receipt_request.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/opening_place.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

const Claimable kToOpen{
    "mail", Sql("state = ", MailState::fetched, " AND turn < 3 AND next_try <= :now AND claimed_until < :free_at"),
    "turn, place, id", "turn, place"};
const Claimable kSlowToOpen{
    "mail", Sql("state = ", MailState::fetched, " AND turn = 3 AND next_try <= :now AND claimed_until < :free_at"),
    "turn, place, id", "turn, place"};

// The mail is claimed, so the line has reached its place. The other mails of its sender stand
// behind those of other senders.
MailToOpen LoadToOpen(Session& session, std::int64_t id) {
  MailToOpen mail;
  mail.id = id;
  std::optional<std::string> key;
  int turn = 0;
  int priority = 0;
  std::int64_t place = 0;
  std::optional<std::string> identity;
  std::tie(mail.mailbox, key, mail.tries, mail.fetched, mail.failed_by, mail.size, mail.named_size, mail.on_server,
           identity, mail.in_name_of, turn, place, priority) =
      *session.Row<std::string, std::optional<std::string>, unsigned, Time, std::string, std::uint64_t,
                   std::optional<std::uint64_t>, bool, std::optional<std::string>, std::string, int, std::int64_t, int>(
          "SELECT mailbox, spool_key, tries, fetched, error_code, size, named_size, on_server, identity, in_name_of, "
          "turn, place, priority FROM mail WHERE id = :id",
          id);
  mail.identity = identity.value_or("");
  for (std::string& code : session.FirstColumn<std::string>("SELECT code FROM overruled_reason WHERE mail = :id", id)) {
    mail.overruled.insert(std::move(code));
  }
  mail.turn = static_cast<Turn>(turn);
  mail.priority = static_cast<Priority>(priority);
  ReachPlace(session, mail.turn, place);
  if (key) {
    mail.spool_keys = {*key};
    return mail;
  }
  mail.spool_keys = session.FirstColumn<std::string>(
      "SELECT spool_key FROM mail WHERE joined_into = :id AND duplicate = 0 ORDER BY fragment_number", id);
  return mail;
}

}  // namespace

Result<std::vector<MailToOpen>> OpenQueue::Claim(std::size_t limit, Time now, Milliseconds lease, bool slow) {
  return ClaimRows(database_, slow ? kSlowToOpen : kToOpen, LoadToOpen, now + lease, limit, now, now);
}

Result<void> OpenQueue::RecordTurn(std::int64_t mail, Turn turn) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    // Single writer 1: another mail may get the same place. Their ids then order them.
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
    // Nothing changed. Either another worker opened, joined or dropped the mail after this one's
    // lease ran out, or another node has it in hand.
    if (changed == 0) return {};
    WriteFacts(session, mail, facts);
    if (receipt) AddReceipt(session, mail, facts, *receipt, true, now);
    UpdateReceipts(session, {mail}, now);  // the receipt that it got when it was opened before
    return {};
  });
}

Result<std::vector<std::string>> OpenQueue::RecordStandIn(std::int64_t mail, const Error& error, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<std::string>> {
    // The identity stays, so that the gateway recognizes the same text when it comes again.
    const std::int64_t changed = session.Execute(Sql("UPDATE mail SET state = ", MailState::dropped,
                                                     ", on_server = 0, finished = :now, claimed_until = 0, error_code "
                                                     "= :code, error_detail = :detail WHERE id = :id AND state = ",
                                                     MailState::fetched, " AND identity IS NOT NULL", kIsOurs),
                                                 now, error.code, error.detail, mail, database_.impl().node());
    return changed > 0 ? ForgetMailFiles(session, mail) : std::vector<std::string>();
  });
}

Result<void> OpenQueue::RecordFailure(std::int64_t mail, const Error& error, Time next_try) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE mail SET tries = tries + 1, next_try = :next, claimed_until = 0, error_code = :code, "
                        "error_detail = :detail WHERE id = :id AND state = ",
                        MailState::fetched, kIsOurs),
                    next_try, error.code, error.detail, mail, database_.impl().node());
    return {};
  });
}

}  // namespace gateway::ledger
