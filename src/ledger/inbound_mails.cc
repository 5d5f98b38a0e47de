// Mails: fetched, on the server or gone from it, claimed to be opened, failed.
#include "ledger/claim.h"
#include "ledger/database_impl.h"
#include "ledger/inbound_ledger.h"
#include "ledger/mail_facts.h"
#include "ledger/no_such_item.h"
#include "ledger/receipt_state.h"

namespace gateway::ledger {
namespace {

constexpr Claimable kToOpen{
    "mail",
    "SELECT id FROM mail WHERE state = 'fetched' AND next_try <= :now AND claimed_until < :free_at "
    "ORDER BY priority, id LIMIT :limit",
    "priority"};

MailToOpen LoadToOpen(Session& session, std::int64_t id) {
  MailToOpen mail;
  mail.id = id;
  std::optional<std::string> key;
  std::tie(mail.mailbox, key, mail.tries, mail.fetched, mail.pardoned, mail.failed_by) =
      *session.Row<std::string, std::optional<std::string>, unsigned, Time, std::string, std::string>(
          "SELECT mailbox, spool_key, tries, fetched, pardoned, error_code FROM mail WHERE id = :id", id);
  if (key) {
    mail.spool_keys = {*key};
    return mail;
  }
  mail.spool_keys = session.Column1<std::string>(
      "SELECT spool_key FROM mail WHERE joined_into = :id AND duplicate = 0 ORDER BY fragment_number", id);
  return mail;
}

}  // namespace

Result<AddedMail> InboundLedger::AddMail(const NewMail& mail) {
  return database_.impl().Write([&](Session& session) -> Result<AddedMail> {
    const auto known = session.Row<std::int64_t, std::string>(
        "SELECT id, sha256 FROM mail WHERE mailbox = :mailbox AND uid_validity = :uid_validity AND uid = :uid",
        mail.mailbox, mail.uid_validity, mail.uid);
    if (known && std::get<1>(*known) == mail.sha256) {
      // It was seen on the server again, whatever was recorded: it has to be removed there once more.
      session.Execute("UPDATE mail SET on_server = 1 WHERE id = :id AND on_server = 0", std::get<0>(*known));
      return AddedMail{std::get<0>(*known), true};
    }
    // A server that was restored from a backup gives UIDs once more that it gave to other mails before.
    if (known) session.Execute("UPDATE mail SET uid = NULL, on_server = 0 WHERE id = :id", std::get<0>(*known));
    const auto id = session.First<std::int64_t>(
        "INSERT INTO mail (state, mailbox, uid_validity, uid, on_server, spool_key, size, sha256, fetched, "
        "priority) VALUES ('fetched', :mailbox, :uid_validity, :uid, 1, :key, :size, :sha256, :fetched, :priority) "
        "RETURNING id",
        mail.mailbox, mail.uid_validity, mail.uid, mail.spool_key, mail.size, mail.sha256, mail.fetched,
        static_cast<int>(mail.priority));
    return AddedMail{*id, false};
  });
}

Result<std::vector<KnownMail>> InboundLedger::MailsOnServer(const std::string& mailbox, std::uint32_t uid_validity) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<KnownMail>> {
    std::vector<KnownMail> mails;
    for (const auto& [uid, id] : session.Rows<std::uint32_t, std::int64_t>(
             "SELECT uid, id FROM mail WHERE mailbox = :mailbox AND uid_validity = :uid_validity AND on_server = 1 "
             "ORDER BY uid",
             mailbox, uid_validity)) {
      mails.push_back({uid, id});
    }
    return mails;
  });
}

Result<void> InboundLedger::RecordRemoved(const std::string& mailbox, std::uint32_t uid_validity,
                                          const std::vector<std::uint32_t>& uids) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const std::uint32_t uid : uids) {
      session.Execute(
          "UPDATE mail SET on_server = 0 WHERE mailbox = :mailbox AND uid_validity = :uid_validity AND uid = :uid",
          mailbox, uid_validity, uid);
    }
    return {};
  });
}

Result<std::vector<MailToOpen>> InboundLedger::ClaimToOpen(std::size_t limit, Time now, Milliseconds lease) {
  return ClaimRows(database_, kToOpen, LoadToOpen, now + lease, limit, now, now);
}

Result<void> InboundLedger::RecordQuarantined(std::int64_t mail, const MailFacts& facts, const Error& reason, Time now,
                                              const std::optional<ReceiptRequest>& receipt) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    const std::int64_t changed = session.Execute(
        "UPDATE mail SET state = 'quarantined', finished = :now, claimed_until = 0, error_code = :code, "
        "error_detail = :detail WHERE id = :id AND state IN ('fetched', 'fragment', 'quarantined')",
        now, reason.code, reason.detail, mail);
    // Nothing changed: opened, joined or dropped by another worker after this one's lease ran out.
    if (changed == 0) return {};
    WriteFacts(session, mail, facts);
    if (receipt) AddReceipt(session, mail, facts, *receipt, true, now);
    UpdateReceipts(session, {mail}, now);  // one that it got when it was opened before
    return {};
  });
}

Result<void> InboundLedger::RecordOpenFailure(std::int64_t mail, const Error& error, Time next_try) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE mail SET tries = tries + 1, next_try = :next, claimed_until = 0, error_code = :code, "
        "error_detail = :detail WHERE id = :id AND state = 'fetched'",
        next_try, error.code, error.detail, mail);
    return {};
  });
}

Result<void> InboundLedger::UnclaimAll() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute("UPDATE mail SET claimed_until = 0 WHERE state = 'fetched' AND claimed_until > 0");
    session.Execute(
        "UPDATE delivery SET claimed_until = 0, in_doubt = 1 WHERE state = 'waiting' AND claimed_until > 0");
    session.Execute("UPDATE delivery SET claimed_until = 0, in_doubt = 1 WHERE state = 'held' AND claimed_until > 0");
    session.Execute("UPDATE receipt SET claimed_until = 0 WHERE state = 'due' AND claimed_until > 0");
    session.Execute("UPDATE receipt SET claimed_until = 0 WHERE state = 'held' AND claimed_until > 0");
    session.Execute("UPDATE document SET claimed_until = 0 WHERE state = 'waiting' AND claimed_until > 0");
    return {};
  });
}

}  // namespace gateway::ledger
