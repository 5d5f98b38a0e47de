#include "ledger/rules/report_subject.h"

#include "ledger/error_codes.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/partner_memory.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

bool IsLatestId(Session& session, std::int64_t message, const std::string& id) {
  return session.First<std::int64_t>("SELECT id FROM message WHERE id = :message AND message_id = :id", message, id) ||
         session.First<std::int64_t>(
             "SELECT message FROM message_fragment WHERE message = :message AND message_id = :id", message, id);
}

// Returns the copy of the message that left under the Message-ID `id`.
Subject SubjectOf(Session& session, std::int64_t message, const std::string& id) {
  LockRows(session, "SELECT id FROM message WHERE id = :id", message);
  Subject subject;
  subject.message = message;
  subject.latest = IsLatestId(session, message, id);
  subject.copy = id;
  return subject;
}

std::optional<Subject> FindById(Session& session, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto message = session.First<std::int64_t>("SELECT message FROM sent_id WHERE message_id = :id", id);
    if (message) return SubjectOf(session, *message, id);
  }
  return std::nullopt;
}

std::optional<Subject> FindByNonce(Session& session, const std::optional<std::string>& nonce) {
  if (!nonce || nonce->empty()) return std::nullopt;
  const auto found = session.Row<std::int64_t, std::string>(
      "SELECT message, message_id FROM sent_id WHERE nonce = :nonce AND nonce <> '' LIMIT 1", *nonce);
  if (!found) return std::nullopt;
  const auto& [message, id] = *found;
  Subject subject = SubjectOf(session, message, id);
  subject.by_nonce = true;
  return subject;
}

// A good answer to one part may be replayed under the Message-ID of another part. It is no answer
// to that other part.
bool IsPart(Session& session, std::int64_t message, const TelemedicineSet& set) {
  return session
      .First<std::int64_t>(
          "SELECT message.id FROM message JOIN shipment ON shipment.id = message.shipment WHERE message.id = :message "
          "AND message.part = :part AND shipment.set_id = :set",
          message, set.part, set.id)
      .has_value();
}

// A message that was never sealed cannot have arrived. While a message is on its way anew, nobody
// can say which copy is meant, so only good news may use such an answer. The set's identifier may
// belong to several shipments; then those of the report's own partner count, the latest first.
std::optional<Subject> FindBySet(Session& session, const Report& report) {
  for (const auto& [message, state, copy] : session.Rows<std::int64_t, MessageState, std::string>(
           Sql("SELECT message.id, message.state, message.message_id FROM shipment JOIN message ON "
               "message.shipment = shipment.id AND message.part = :part WHERE shipment.set_id = :set AND "
               "message.message_id <> '' ORDER BY shipment.id DESC LIMIT 100",
               kLocked),
           report.set->part, report.set->id)) {
    if (!IsOfPartner(session, message, report)) continue;
    Subject subject;
    subject.message = message;
    subject.latest = !IsUnsent(state);
    subject.by_set = true;
    subject.copy = copy;
    return subject;
  }
  return std::nullopt;
}

bool IsAskedFor(Session& session, std::int64_t message, const Report& report) {
  if (report.secret != ReceiptSecret::learned) return report.secret == ReceiptSecret::required;
  const auto since = KnowsNonceSince(session, report.partner_key);
  if (!since) return false;
  // The software that the partner had before may have received the messages that left before that
  // time.
  return !session.First<std::int64_t>("SELECT id FROM message WHERE id = :id AND date < :since", message, *since);
}

}  // namespace

// The surest word counts first: the Message-ID or the secret, which only a receiver of the mail can
// know. The set can be guessed, so it counts only if its words are trusted.
std::optional<Subject> FindSubject(Session& session, const Report& report) {
  const auto by_id = FindById(session, report.message_ids);
  auto subject = by_id;
  // The secret names the copy more surely than the Message-ID. But it never makes a receipt belong
  // to another message than the one that the receipt names.
  if (const auto by_nonce = FindByNonce(session, report.nonce);
      by_nonce && (!by_id || by_id->message == by_nonce->message)) {
    subject = by_nonce;
  }
  if (subject && report.set && !IsPart(session, subject->message, *report.set)) return std::nullopt;
  if (!subject && report.set && report.trusted_set && !report.partner.empty()) subject = FindBySet(session, report);
  if (subject) subject->rewritten = !by_id && !report.message_ids.empty();
  return subject;
}

bool IsOfPartner(Session& session, std::int64_t message, const Report& report) {
  return session
      .First<std::int64_t>(
          "SELECT id FROM message WHERE id = :id AND (partner = :partner OR (partner_key <> '' AND "
          "partner_key = :key) OR (partner_address <> '' AND partner_address = :address))",
          message, report.partner, report.partner_key, report.partner_address)
      .has_value();
}

// A receipt without the secret could come from somebody who never received the message. The secret
// is asked for only where the partner's software is known to repeat it.
std::string_view MissingSecret(Session& session, const Subject& subject, const Report& report) {
  if (report.partner.empty() || report.overruled || subject.by_nonce) return {};
  // A version without secrets sealed the message, so no secret is asked for.
  if (session.First<std::string>("SELECT nonce FROM sent_id WHERE message_id = :id", subject.copy)
          .value_or("")
          .empty()) {
    return {};
  }
  if (report.nonce) return codes::kReceiptOfAnotherMail.name;
  return IsAskedFor(session, subject.message, report) ? codes::kReceiptWithoutSecret.name : std::string_view();
}

}  // namespace gateway::ledger
