// Durable point (3): what partners and mail servers say about messages that were sent, or that they
// say nothing.
#include "ledger/reports.h"

#include "gateway/priority.h"
#include "ledger/error_codes.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/partner_memory.h"
#include "ledger/rules/report_subject.h"
#include "ledger/sealed_message.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMaxWords = 500;  // bytes

// Returns whether the same mail came before. A copy that left since then has nothing to do with it.
bool IsRepeated(Session& session, std::int64_t mail, std::int64_t message) {
  return session
      .First<std::int64_t>(
          Sql("SELECT other.id FROM mail JOIN mail AS other ON other.sha256 = mail.sha256 WHERE mail.id = :mail AND "
              "mail.sha256 <> '' AND other.reports_on = :message AND other.id <> mail.id AND other.state = ",
              MailState::report, " LIMIT 1"),
          mail, message)
      .has_value();
}

bool IsBad(Answer answer) {
  return answer == Answer::resend || answer == Answer::refused || answer == Answer::returned ||
         answer == Answer::too_large;
}

// Good news about any copy is true for the message. Bad news counts only for the copy that left
// last, and only while nothing better is known and nobody has given the message up. A repetition is
// no news.
bool IsNews(Answer answer, MessageState state, bool latest) {
  using M = MessageState;
  if (state == M::delivered) return false;
  switch (answer) {
    case Answer::delivered:
      return true;
    case Answer::warning:
      return state != M::warning;
    case Answer::resend:
    case Answer::refused:
      return latest && !IsOneOf(state, M::waiting, M::warning, M::refused, M::cancelled);
    case Answer::bounced:
    case Answer::returned:
    case Answer::too_large:
      return latest && IsOneOf(state, M::sealed, M::sent, M::overdue);
    case Answer::delayed:
      return false;
  }
  return false;
}

// Returns the code that the events use. A message with a receipt has none.
std::string_view CodeOf(MessageState state) {
  if (state == MessageState::refused) return codes::kMessageRefused.name;
  if (state == MessageState::bounced) return codes::kMessageBounced.name;
  if (state == MessageState::waiting) return codes::kMessageResent.name;
  return "";
}

void Note(Session& session, std::int64_t message, MessageState state, std::string_view words, Time now) {
  const std::string_view code = CodeOf(state);
  session.Execute(
      "UPDATE message SET receipt_words = :words, receipt_at = :now, error_code = :code, error_detail = :detail, "
      "claimed_until = 0, finished = COALESCE(finished, :finished) WHERE id = :id",
      words, now, code, code.empty() ? std::string_view() : words,
      state == MessageState::waiting ? std::nullopt : std::optional(now), message);
}

MessageState StateAfter(Answer answer) {
  switch (answer) {
    case Answer::warning:
      return MessageState::warning;
    case Answer::bounced:
    case Answer::returned:
    case Answer::too_large:
      return MessageState::bounced;
    case Answer::refused:
    case Answer::resend:
      return MessageState::refused;
    default:
      return MessageState::delivered;
  }
}

// Says when a message is sent again that a mail server returned for a temporary reason.
std::optional<Time> WhenAgain(Session& session, const Report& report, std::int64_t message, Time now) {
  const auto [returns, since, priority] = *session.Row<unsigned, Time, Priority>(
      "UPDATE message SET returns = returns + 1, returned_since = COALESCE(returned_since, :now) WHERE id = :id "
      "RETURNING returns - 1, returned_since, priority",
      now, message);
  return report.again ? report.again(returns, since, priority == Priority::emergency) : std::nullopt;
}

// A server behind ours refused the message, or a fragment of it, because of its size. nullopt means
// that smaller ones are not tried.
std::optional<Time> CutForPartner(Session& session, std::int64_t message, Time now) {
  const auto [size, key] =
      *session.Row<std::uint64_t, std::string>("SELECT size, partner_key FROM message WHERE id = :id", message);
  const auto piece = session.First<std::uint64_t>(
      "SELECT range_length FROM message_fragment WHERE message = :id ORDER BY range_length DESC LIMIT 1", message);
  const std::uint64_t largest = piece.value_or(size);
  if (key.empty() || largest <= kSmallestPiece) return std::nullopt;
  RememberSizeLimit(session, key, std::max(largest / 2, kSmallestPiece), now);
  return now;
}

// While a partner's mails are returned, only one of them is tried at a time, except emergencies.
// The others leave when the partner answers, or some time later.
void DeferOthers(Session& session, ReportOutcome& outcome, Time again, Time now) {
  const std::string key =
      session.First<std::string>("SELECT partner_key FROM message WHERE id = :id", outcome.message).value_or("");
  outcome.returned = CountReturned(session, key);
  const bool tried =
      session
          .First<std::int64_t>(
              Sql("SELECT id FROM message WHERE state ", In(MessageState::waiting, MessageState::sealed),
                  " AND partner = :partner AND returns > 0 AND next_try <= :again AND id <> :id LIMIT 1"),
              outcome.partner, again, outcome.message)
          .has_value();
  const Time later = again + (again - now);
  if (tried) {
    session.Execute("UPDATE message SET next_try = :later WHERE id = :id AND priority > 0", later, outcome.message);
  }
  session.Execute(
      Sql("UPDATE message SET next_try = :later WHERE state ", In(MessageState::waiting, MessageState::sealed),
          " AND partner = :partner AND priority > 0 AND returns = 0 AND tries = 0 AND next_try < :before AND "
          "claimed_until < :now"),
      later, outcome.partner, later, now);
}

// The partner answers, so messages that wait because mails were returned are due.
void LetGo(Session& session, const Report& report, ReportOutcome& outcome, Time now) {
  outcome.takes_again = RecordTaken(session, report.partner_key);
  if (!outcome.takes_again) return;
  session.Execute(Sql("UPDATE message SET next_try = 0 WHERE state ", In(MessageState::waiting, MessageState::sealed),
                      " AND partner = :partner AND tries = 0 AND next_try > :now"),
                  outcome.partner, now);
}

// A mail that carried a report has nothing else in it.
std::vector<std::string> FinishMail(Session& session, std::int64_t mail, const std::string& partner,
                                    std::optional<std::int64_t> message, Time now) {
  session.Execute(Sql("UPDATE mail SET state = ", MailState::report,
                      ", reports_on = :message, finished = :now, claimed_until = 0, error_code = '', error_detail = '' "
                      "WHERE id = :id"),
                  message, now, mail);
  if (!partner.empty()) session.Execute("UPDATE mail SET partner = :partner WHERE id = :id", partner, mail);
  return ForgetMailFiles(session, mail);
}

// Recognizes a bounce of a receipt of ours, which had to leave with a sender. Its mail has nothing
// else in it.
bool IsOfReceipt(Session& session, const Report& report, std::int64_t mail, ReportOutcome& outcome, Time now) {
  if (!report.partner.empty()) return false;
  for (const std::string& id : report.message_ids) {
    const auto found =
        session.Row<std::int64_t, std::string>("SELECT id, partner FROM receipt WHERE message_id = :id", id);
    if (!found) continue;
    std::tie(outcome.receipt, outcome.partner) = *found;
    outcome.mail_keys = FinishMail(session, mail, "", std::nullopt, now);
    return true;
  }
  return false;
}

MovedMessage Apply(Session& session, const Report& report, unsigned resend_limit, Time next_try, Time now,
                   ReportOutcome& outcome) {
  const std::string_view words = std::string_view(report.words).substr(0, kMaxWords);
  TakeMessageFile(session, outcome.message, outcome.message_keys);
  const MessageState state = StateAfter(report.answer);
  std::optional<Time> again = next_try;
  if (report.answer == Answer::returned) again = WhenAgain(session, report, outcome.message, now);
  if (report.answer == Answer::too_large) again = CutForPartner(session, outcome.message, now);
  if (report.answer == Answer::returned || report.answer == Answer::too_large) {
    outcome.resent = again && HasItsFiles(session, outcome.message);
  } else if (report.answer == Answer::resend) {
    // The files may be gone, because they are forgotten in time if no receipt was asked for. Then
    // the message is not sent again either.
    outcome.resent = HasItsFiles(session, outcome.message) &&
                     session.Execute("UPDATE message SET resends = resends + 1 WHERE id = :id AND resends < :limit",
                                     outcome.message, resend_limit) > 0;
    outcome.given_up = !outcome.resent;
  }
  if (outcome.resent) {
    outcome.next_try = *again;
    MovedMessage moved = SendAgain(session, outcome.message, *again, now);
    if (report.answer == Answer::returned) DeferOthers(session, outcome, *again, now);
    Note(session, outcome.message, MessageState::waiting, words, now);
    return moved;
  }
  Note(session, outcome.message, state, words, now);
  MovedMessage moved = MoveMessage(session, outcome.message, state, now);
  if (state == MessageState::bounced) {
    outcome.bounced =
        session.First<std::int64_t>("SELECT messages_bounced FROM shipment WHERE id = :id", moved.shipment).value_or(0);
  }
  return moved;
}

// Returns what the message was before. The outcome says which message it is, and whether this
// partner may speak about it.
MessageState Describe(Session& session, const Subject& subject, const Report& report, ReportOutcome& outcome) {
  outcome.known = true;
  outcome.message = subject.message;
  MessageState state{};
  std::tie(state, outcome.shipment, outcome.partner, outcome.shipment_state) =
      *session.Row<MessageState, std::int64_t, std::string, ShipmentState>(
          Sql("SELECT CASE WHEN message.state <> ", MessageState::held,
              " THEN message.state WHEN message.spool_key IS NULL THEN ", MessageState::waiting, " ELSE ",
              MessageState::sealed,
              " END, shipment.id, shipment.partner, shipment.state FROM message JOIN shipment ON shipment.id = "
              "message.shipment WHERE "
              "message.id = :id",
              kLocked),
          subject.message);
  outcome.foreign = !report.partner.empty() && !IsOfPartner(session, subject.message, report);
  if (!outcome.foreign) outcome.refused = MissingSecret(session, subject, report);
  return state;
}

// While nothing is awaited, a receipt that fits nothing says nothing about the mail servers on the
// way.
bool AwaitsReceipts(Session& session, const Report& report) {
  return !report.partner.empty() && session
                                        .First<std::int64_t>(Sql("SELECT id FROM message WHERE state ",
                                                                 In(MessageState::sent, MessageState::overdue),
                                                                 " AND receipt_asked <> '' AND (partner = :partner OR "
                                                                 "(partner_key <> '' AND partner_key = :key)) LIMIT 1"),
                                                             report.partner, report.partner_key)
                                        .has_value();
}

void CountOverdue(std::int64_t shipment, const std::string& partner, std::vector<OverdueShipment>& overdue) {
  for (OverdueShipment& known : overdue) {
    if (known.shipment != shipment) continue;
    ++known.messages;
    return;
  }
  overdue.push_back({shipment, partner, 1});
}

}  // namespace

Result<ReportOutcome> Reports::Record(const Report& report, std::int64_t mail, unsigned resend_limit, Time next_try,
                                      Time now) {
  return database_.impl().Write([&](Session& session) -> Result<ReportOutcome> {
    const auto mail_found =
        session.Row<MailState, std::string>(Sql("SELECT state, claimed_by FROM mail WHERE id = :id", kLocked), mail);
    if (!mail_found ||
        !IsOneOf(std::get<0>(*mail_found), MailState::fetched, MailState::quarantined, MailState::report)) {
      return NoSuchItem(ItemKind::mail, mail);
    }
    if (IsOfAnother(database_, std::get<1>(*mail_found))) return ClaimLost(ItemKind::mail, mail);
    ReportOutcome outcome;
    if (report.signed_by_partner && report.nonce) LearnNonce(session, report.partner_key, now);
    const auto subject = FindSubject(session, report);
    if (!subject) {
      if (IsOfReceipt(session, report, mail, outcome, now)) return outcome;
      if (AwaitsReceipts(session, report)) outcome.unmatched = CountUnmatched(session, report.partner_key);
      return outcome;
    }
    const MessageState state = Describe(session, *subject, report, outcome);
    if (outcome.foreign || !outcome.refused.empty()) return outcome;
    if (!report.partner.empty()) LetGo(session, report, outcome, now);
    outcome.rewritten = !report.partner.empty() && RecordMatched(session, report.partner_key, subject->rewritten);
    outcome.changed = IsNews(report.answer, state, subject->latest) &&
                      !(subject->by_set && IsBad(report.answer) && IsRepeated(session, mail, subject->message));
    if (outcome.changed) {
      const MovedMessage moved = Apply(session, report, resend_limit, next_try, now, outcome);
      if (moved.shipment_state) outcome.shipment_state = moved.shipment_state;
      outcome.shipment_changed = moved.shipment_state != moved.shipment_before;
    } else if (report.answer == Answer::delayed) {
      session.Execute(Sql("UPDATE message SET receipt_words = :words WHERE id = :id AND state ",
                          In(MessageState::sent, MessageState::overdue)),
                      std::string_view(report.words).substr(0, kMaxWords), subject->message);
    }
    outcome.mail_keys = FinishMail(session, mail, report.partner, subject->message, now);
    return outcome;
  });
}

Result<std::vector<OverdueShipment>> Reports::RecordOverdue(Time sent_before, std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<OverdueShipment>> {
    std::vector<OverdueShipment> overdue;
    for (const auto& [message, shipment, partner] : session.Rows<std::int64_t, std::int64_t, std::string>(
             Sql("SELECT id, shipment, partner FROM message WHERE state = ", MessageState::sent,
                 " AND receipt_asked <> '' AND finished < :before ORDER BY finished LIMIT :limit", kLocked),
             sent_before, limit)) {
      session.Execute("UPDATE message SET error_code = :code, error_detail = '' WHERE id = :id",
                      codes::kReceiptOverdue.name, message);
      MoveMessage(session, message, MessageState::overdue, now);
      CountOverdue(shipment, partner, overdue);
    }
    return overdue;
  });
}

}  // namespace gateway::ledger
