#include "ledger/rules/receipt_state.h"

#include <string>
#include <string_view>

#include "ledger/error_codes.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/holds.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// The fate of everything that a mail carried.
struct Fate {
  bool open = false;     // something may still be stored or fail
  bool refused = false;  // something is not stored, and never will be
  bool warned = false;
  bool empty = true;
  void AddInstance(InstanceState state, const std::optional<DeliveryState>& delivery, unsigned status,
                   const std::string& error);
  // Call this behind AddInstance().
  void AddDocument(DocumentState state, const std::string& error);

 private:
  bool has_instances_ = false;
};

void Fate::AddInstance(InstanceState state, const std::optional<DeliveryState>& delivery, unsigned status,
                       const std::string& error) {
  using D = DeliveryState;
  const auto is = [&](auto... states) { return delivery.has_value() && IsOneOf(*delivery, states...); };
  // A delivery that was overtaken waits for a person, as a conflict does.
  const bool overtaken = is(D::failed) && Is(error, codes::kOvertaken);
  // Another delivery has taken its place, and counts instead.
  const bool fell_back = is(D::cancelled) && Is(error, codes::kFellBack);
  empty = false;
  has_instances_ = true;
  if (state == InstanceState::undeliverable || is(D::waiting, D::held)) open = true;
  if (state == InstanceState::dropped || (is(D::failed, D::cancelled) && !overtaken && !fell_back)) refused = true;
  if (state == InstanceState::conflict || overtaken || (is(D::stored) && status != 0)) warned = true;
}

void Fate::AddDocument(DocumentState state, const std::string& error) {
  const bool quarantined = state == DocumentState::quarantined;
  // It came with images, and only their study is unknown to it. A person still has it, and the
  // sender must not be told that the images failed.
  const bool lonely =
      quarantined && has_instances_ && (Is(error, codes::kNoStudyForDocument) || Is(error, codes::kStudyNotSigned));
  empty = false;
  if (state == DocumentState::waiting) open = true;
  if (state == DocumentState::dropped || (quarantined && !lonely)) refused = true;
  if (state == DocumentState::kept || lonely) warned = true;  // nobody has seen it yet
}

// Avoids reading all of a large mail each time that one of its instances is stored.
bool HasOpenInstance(Session& session, std::int64_t mail) {
  return session
      .First<std::int64_t>(
          Sql("SELECT id FROM instance WHERE mail = :mail AND state ",
              In(InstanceState::accepted, InstanceState::undeliverable), " AND (state = ", InstanceState::undeliverable,
              " OR EXISTS (SELECT 1 FROM delivery WHERE delivery.instance = instance.id AND delivery.state ",
              In(DeliveryState::waiting, DeliveryState::held), ")) LIMIT 1"),
          mail)
      .has_value();
}

void AddInstances(Session& session, std::string_view from_where, std::int64_t mail, Fate& fate) {
  std::string sql = "SELECT instance.state, delivery.state, delivery.status, delivery.error_code FROM ";
  sql.append(from_where);
  for (const auto& [state, delivery, status, error] :
       session.Rows<InstanceState, std::optional<DeliveryState>, unsigned, std::string>(sql, mail)) {
    fate.AddInstance(state, delivery, status, error);
  }
}

Fate FateOf(Session& session, std::int64_t mail) {
  Fate fate;
  AddInstances(session, "instance LEFT JOIN delivery ON delivery.instance = instance.id WHERE instance.mail = :mail",
               mail, fate);
  AddInstances(session,
               "mail_duplicate JOIN instance ON instance.id = mail_duplicate.instance "
               "LEFT JOIN delivery ON delivery.instance = instance.id WHERE mail_duplicate.mail = :mail",
               mail, fate);
  for (const char* sql : {"SELECT state, error_code FROM document WHERE mail = :mail",
                          "SELECT document.state, document.error_code FROM document_duplicate JOIN document ON "
                          "document.id = document_duplicate.document "
                          "WHERE document_duplicate.mail = :mail"}) {
    for (const auto& [state, error] : session.Rows<DocumentState, std::string>(sql, mail))
      fate.AddDocument(state, error);
  }
  const auto state = session.First<MailState>("SELECT state FROM mail WHERE id = :mail", mail);
  // A person has released it, so it is opened once more.
  if (state == MailState::fetched) fate.open = true;
  if (state == MailState::quarantined || state == MailState::dropped) (fate.empty ? fate.refused : fate.warned) = true;
  return fate;
}

// Locks what the mail carried and what was here before. Whoever ends one of these items looks for
// waiting receipts while it keeps the item's row. So either it sees the new receipt, or FateOf()
// sees the end.
void LockDuplicates(Session& session, std::int64_t mail) {
  LockRows(session,
           "SELECT id FROM delivery WHERE instance IN (SELECT instance FROM mail_duplicate WHERE mail = :mail) ORDER "
           "BY id",
           mail);
  LockRows(session,
           "SELECT id FROM instance WHERE id IN (SELECT instance FROM mail_duplicate WHERE mail = :mail) ORDER BY id",
           mail);
  LockRows(session,
           "SELECT id FROM document WHERE id IN (SELECT document FROM document_duplicate WHERE mail = :mail) ORDER BY "
           "id",
           mail);
}

Disposition DispositionOf(const Fate& fate) {
  if (fate.refused) return Disposition::deleted;
  return fate.warned ? Disposition::displayed_warning : Disposition::displayed;
}

// The lock comes before the look at what the mail carried. If two transactions end the mail's last
// two items at once, the second one sees that all has ended.
bool UpdateReceipt(Session& session, std::int64_t mail, Time now) {
  const auto receipts = session.FirstColumn<std::int64_t>(
      Sql("SELECT id FROM receipt WHERE mail = :mail AND state = ", ReceiptState::waiting, kLocked), mail);
  if (receipts.empty() || HasOpenInstance(session, mail)) return false;
  const Fate fate = FateOf(session, mail);
  if (fate.open) return false;
  bool due = false;
  for (const std::int64_t receipt : receipts) {
    // The tries to send it begin now, so its age begins now.
    session.Execute(Sql("UPDATE receipt SET state = ", ReceiptState::due,
                        ", disposition = :disposition, created = :now WHERE id = :id"),
                    DispositionOf(fate), now, receipt);
    due = !ObeyHoldOfReceipt(session, receipt) || due;
  }
  return due;
}

void InsertReceipt(Session& session, std::int64_t mail, const MailFacts& facts, const ReceiptRequest& request, bool due,
                   std::string_view disposition, Time now) {
  MailFacts asked = facts;
  if (request.set) asked.set = request.set;
  const SetColumns set(asked);
  // The unique indices on `receipt` decide whether the receipt exists already.
  const auto added = session.First<std::int64_t>(
      "INSERT INTO receipt (state, mail, partner, mailbox, kind, original_message_id, content_id, set_id, "
      "set_part, set_total, disposition, message_id, created, nonce, signature) SELECT :state, id, :partner, mailbox, "
      ":kind, :original, "
      ":content_id, :set_id, :part, :total, :disposition, :message_id, :now, :nonce, :signature FROM mail WHERE id = "
      ":mail "
      "ON CONFLICT DO NOTHING RETURNING id",
      due ? ReceiptState::due : ReceiptState::waiting, facts.partner, request.kind, Cut(request.original_message_id),
      Cut(request.content_id), set.id, set.part, set.total, disposition, request.message_id, now, request.nonce,
      request.signature, mail);
  if (added) ObeyHoldOfReceipt(session, *added);
}

// Returns the mails with a waiting receipt that carried the row `id` of `table` ("instance",
// "document"), for the first time or again. `duplicates` is the table of those that carried it
// again.
std::vector<std::int64_t> MailsOf(Session& session, const std::string& table, const std::string& duplicates,
                                  std::int64_t id) {
  std::vector<std::int64_t> mails = session.FirstColumn<std::int64_t>(
      "SELECT receipt.mail FROM " + table + " JOIN receipt ON receipt.mail = " + table + ".mail WHERE " + table +
          Sql(".id = :id AND receipt.state = ", ReceiptState::waiting),
      id);
  const std::vector<std::int64_t> again = session.FirstColumn<std::int64_t>(
      "SELECT receipt.mail FROM " + duplicates + " JOIN receipt ON receipt.mail = " + duplicates + ".mail WHERE " +
          duplicates + "." + table + Sql(" = :id AND receipt.state = ", ReceiptState::waiting),
      id);
  mails.insert(mails.end(), again.begin(), again.end());
  return mails;
}

}  // namespace

std::vector<std::int64_t> MailsOfInstance(Session& session, std::int64_t instance) {
  return MailsOf(session, "instance", "mail_duplicate", instance);
}

std::vector<std::int64_t> MailsOfDocument(Session& session, std::int64_t document) {
  return MailsOf(session, "document", "document_duplicate", document);
}

bool UpdateReceipts(Session& session, const std::vector<std::int64_t>& mails, Time now) {
  bool due = false;
  for (const std::int64_t mail : mails) due = UpdateReceipt(session, mail, now) || due;
  return due;
}

void AddReceipt(Session& session, std::int64_t mail, const MailFacts& facts, const ReceiptRequest& request,
                bool refused, Time now) {
  LockDuplicates(session, mail);
  Fate fate = FateOf(session, mail);
  fate.refused = fate.refused || refused;
  const bool due = refused || request.when == ReceiptWhen::accepted || !fate.open;
  InsertReceipt(session, mail, facts, request, due, due ? WordOf(DispositionOf(fate)) : "", now);
}

bool IsReceiptDue(Session& session, std::int64_t mail) {
  return session
      .First<std::int64_t>(Sql("SELECT id FROM receipt WHERE mail = :mail AND state = ", ReceiptState::due), mail)
      .has_value();
}

}  // namespace gateway::ledger
