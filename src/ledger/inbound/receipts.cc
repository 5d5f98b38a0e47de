// Receipts on their way to the senders of mails.
#include "ledger/receipts.h"

#include "ledger/receipt_request.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"
#include "ledger/store/unclaim.h"

namespace gateway::ledger {
namespace {

std::optional<TelemedicineSet> LoadSet(Session& session, std::int64_t receipt) {
  const auto row = session.Row<std::optional<std::string>, std::uint32_t, std::uint32_t>(
      "SELECT set_id, set_part, set_total FROM receipt WHERE id = :id", receipt);
  if (!row || !std::get<0>(*row)) return std::nullopt;
  return TelemedicineSet{*std::get<0>(*row), std::get<1>(*row), std::get<2>(*row)};
}

const Claimable kToAnswer{
    "receipt",
    Sql("state = ", ReceiptState::due, " AND mailbox = :mailbox AND next_try <= :now AND claimed_until < :free_at"),
    "id", "0, 0"};

ReceiptToSend LoadReceipt(Session& session, std::int64_t id) {
  ReceiptToSend receipt;
  receipt.id = id;
  ReceiptRequest& request = receipt.request;
  std::tie(receipt.mail, receipt.partner, request.kind, request.original_message_id, request.content_id,
           request.message_id, receipt.disposition, receipt.tries, receipt.created) =
      *session.Row<std::int64_t, std::string, ReceiptKind, std::string, std::string, std::string, Disposition, unsigned,
                   Time>(
          "SELECT mail, partner, kind, original_message_id, content_id, message_id, disposition, tries, "
          "created FROM receipt WHERE id = :id",
          id);
  request.nonce = *session.First<std::optional<std::string>>("SELECT nonce FROM receipt WHERE id = :id", id);
  receipt.set = LoadSet(session, id);
  return receipt;
}

}  // namespace

Result<std::vector<ReceiptToSend>> Receipts::Claim(const std::string& mailbox, std::size_t limit, Time now,
                                                   Milliseconds lease) {
  return ClaimRows(database_, kToAnswer, LoadReceipt, now + lease, limit, mailbox, now, now);
}

Result<void> Receipts::RecordSent(std::int64_t receipt, const std::string& reply, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    // A receipt in state failed was given up by another worker after this one's lease ran out. It
    // has left all the same.
    session.Execute(Sql("UPDATE receipt SET state = ", ReceiptState::sent,
                        ", reply = :reply, finished = :now, claimed_until = 0, error_code = '', error_detail = '' "
                        "WHERE id = :id AND state ",
                        In(ReceiptState::due, ReceiptState::held, ReceiptState::failed)),
                    reply, now, receipt);
    return {};
  });
}

Result<void> Receipts::RecordFailure(std::int64_t receipt, const Error& error, std::optional<Time> next_try) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE receipt SET state = CASE state WHEN ", ReceiptState::held, " THEN ", ReceiptState::held,
                        " ELSE :state END, tries = tries + 1, next_try = :next, claimed_until = 0, error_code = :code, "
                        "error_detail = :detail WHERE id = :id AND state ",
                        In(ReceiptState::due, ReceiptState::held), kIsOurs),
                    next_try ? ReceiptState::due : ReceiptState::failed, next_try.value_or(Time{}), error.code,
                    error.detail, receipt, database_.impl().node());
    return {};
  });
}

Result<void> Receipts::Unclaim(const std::vector<std::int64_t>& receipts) {
  return UnclaimRows(database_, "receipt", receipts);
}

Result<void> Receipts::Defer(const ReceiptToSend& receipt, const std::string& mailbox, Time until, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE receipt SET next_try = :until, claimed_until = 0 WHERE id = :id AND state ",
                        In(ReceiptState::due, ReceiptState::held), kIsOurs),
                    until, receipt.id, database_.impl().node());
    session.Execute(
        Sql("UPDATE receipt SET next_try = :until WHERE state = ", ReceiptState::due,
            " AND mailbox = :mailbox AND partner = :partner AND next_try < :before AND claimed_until < :now"),
        until, mailbox, receipt.partner, until, now);
    return {};
  });
}

Result<void> Receipts::EndDeferral(const std::string& mailbox, const std::string& partner, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE receipt SET next_try = 0 WHERE state = ", ReceiptState::due,
                        " AND mailbox = :mailbox AND partner = :partner AND next_try > :now AND tries = 0"),
                    mailbox, partner, now);
    return {};
  });
}

}  // namespace gateway::ledger
