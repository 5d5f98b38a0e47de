// Point (3): what partners and mail servers say of messages that were sent, or that they say nothing.
#include "ledger/database_impl.h"
#include "ledger/mail_facts.h"
#include "ledger/message_moves.h"
#include "ledger/no_such_item.h"
#include "ledger/outbound_ledger.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMaxWords = 500;  // bytes

struct Subject {
  std::int64_t message = 0;
  bool latest = false;  // the report is about the copy that left last, not about one before it
  bool by_set = false;  // nobody can say which copy it is about
};

bool IsLatestId(Session& session, std::int64_t message, const std::string& id) {
  return session.First<std::int64_t>("SELECT id FROM message WHERE id = :message AND message_id = :id", message, id) ||
         session.First<std::int64_t>(
             "SELECT message FROM message_fragment WHERE message = :message AND message_id = :id", message, id);
}

std::optional<Subject> FindById(Session& session, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto message = session.First<std::int64_t>("SELECT message FROM sent_id WHERE message_id = :id", id);
    if (message) return Subject{*message, IsLatestId(session, *message, id), false};
  }
  return std::nullopt;
}

// A good answer to one part, replayed under the Message-ID of another, is no answer to that one.
bool IsPart(Session& session, std::int64_t message, const TelemedicineSet& set) {
  return session
      .First<std::int64_t>(
          "SELECT message.id FROM message JOIN shipment ON shipment.id = message.shipment WHERE message.id = :message "
          "AND message.part = :part AND shipment.set_id = :set",
          message, set.part, set.id)
      .has_value();
}

// A message that was never sealed cannot have arrived. While a message is on its way anew nobody can say which copy is
// meant: that is for the good news to use.
std::optional<Subject> FindBySet(Session& session, const std::string& partner, const TelemedicineSet& set) {
  const auto found = session.Row<std::int64_t, std::string>(
      "SELECT message.id, message.state FROM shipment JOIN message ON message.shipment = shipment.id AND "
      "message.part = :part WHERE shipment.set_id = :set AND shipment.partner = :partner AND message.message_id <> '' "
      "ORDER BY shipment.id DESC LIMIT 1",
      set.part, set.id, partner);
  if (!found) return std::nullopt;
  const auto& [message, state] = *found;
  return Subject{message, state != "waiting" && state != "sealed" && state != "held", true};
}

std::optional<Subject> FindSubject(Session& session, const Report& report) {
  const auto subject = FindById(session, report.message_ids);
  if (subject && report.set && !IsPart(session, subject->message, *report.set)) return std::nullopt;
  if (subject || !report.set || !report.trusted_set || report.partner.empty()) return subject;
  return FindBySet(session, report.partner, *report.set);
}

// The same mail, once more: a copy that left since then has nothing to do with it.
bool IsRepeated(Session& session, std::int64_t mail, std::int64_t message) {
  return session
      .First<std::int64_t>(
          "SELECT other.id FROM mail JOIN mail AS other ON other.sha256 = mail.sha256 WHERE mail.id = :mail AND "
          "mail.sha256 <> '' AND other.reports_on = :message AND other.id <> mail.id AND other.state = 'report' "
          "LIMIT 1",
          mail, message)
      .has_value();
}

bool IsBad(Answer answer) {
  return answer == Answer::resend || answer == Answer::refused;
}

// Good news of any copy is true of the message; bad news only of the copy that left last, and only while nothing better
// is known, and nobody has given the message up. A repetition says nothing.
bool IsNews(Answer answer, std::string_view state, bool latest) {
  if (state == "delivered") return false;
  switch (answer) {
    case Answer::delivered:
      return true;
    case Answer::warning:
      return state != "warning";
    case Answer::resend:
    case Answer::refused:
      return latest && state != "waiting" && state != "warning" && state != "refused" && state != "cancelled";
    case Answer::bounced:
      return latest && (state == "sealed" || state == "sent" || state == "overdue");
    case Answer::delayed:
      return false;
  }
  return false;
}

// As the events have it; of a message that is receipted: none.
std::string_view CodeOf(std::string_view state) {
  if (state == "refused") return "message-refused";
  if (state == "bounced") return "message-bounced";
  if (state == "waiting") return "message-resent";
  return "";
}

void Note(Session& session, std::int64_t message, std::string_view state, std::string_view words, Time now) {
  const std::string_view code = CodeOf(state);
  session.Execute(
      "UPDATE message SET receipt_words = :words, receipt_at = :now, error_code = :code, error_detail = :detail, "
      "claimed_until = 0, finished = COALESCE(finished, :finished) WHERE id = :id",
      words, now, code, code.empty() ? std::string_view() : words,
      state == "waiting" ? std::nullopt : std::optional(now), message);
}

MovedMessage Apply(Session& session, const Report& report, unsigned resend_limit, Time next_try, Time now,
                   ReportOutcome& outcome) {
  const std::string_view words = std::string_view(report.words).substr(0, kMaxWords);
  TakeMessageFile(session, outcome.message, outcome.message_keys);
  std::string_view state = "delivered";
  if (report.answer == Answer::warning) state = "warning";
  if (report.answer == Answer::bounced) state = "bounced";
  if (report.answer == Answer::refused || report.answer == Answer::resend) state = "refused";
  if (report.answer == Answer::resend) {
    // Without its files too: where no receipt was asked for, they are forgotten in time.
    outcome.resent = HasItsFiles(session, outcome.message) &&
                     session.Execute("UPDATE message SET resends = resends + 1 WHERE id = :id AND resends < :limit",
                                     outcome.message, resend_limit) > 0;
    outcome.given_up = !outcome.resent;
  }
  if (outcome.resent) {
    MovedMessage moved = SendAgain(session, outcome.message, next_try, now);
    Note(session, outcome.message, "waiting", words, now);
    return moved;
  }
  Note(session, outcome.message, state, words, now);
  return MoveMessage(session, outcome.message, state, now);
}

// A mail that carried a report has nothing else in it.
std::vector<std::string> FinishMail(Session& session, std::int64_t mail, const std::string& partner,
                                    std::int64_t message, Time now) {
  session.Execute(
      "UPDATE mail SET state = 'report', reports_on = :message, finished = :now, claimed_until = 0, error_code = '', "
      "error_detail = '' WHERE id = :id",
      message, now, mail);
  if (!partner.empty()) session.Execute("UPDATE mail SET partner = :partner WHERE id = :id", partner, mail);
  return ForgetMailFiles(session, mail);
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

Result<ReportOutcome> OutboundLedger::RecordReport(const Report& report, std::int64_t mail, unsigned resend_limit,
                                                   Time next_try, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<ReportOutcome> {
    const auto mail_state = session.First<std::string>("SELECT state FROM mail WHERE id = :id", mail);
    if (mail_state != "fetched" && mail_state != "quarantined" && mail_state != "report") {
      return NoSuchItem(ItemKind::mail, mail);
    }
    ReportOutcome outcome;
    const auto subject = FindSubject(session, report);
    if (!subject) return outcome;
    outcome.known = true;
    outcome.message = subject->message;
    std::string state;
    std::tie(state, outcome.shipment, outcome.partner, outcome.shipment_state) =
        *session.Row<std::string, std::int64_t, std::string, std::string>(
            "SELECT CASE WHEN message.state <> 'held' THEN message.state WHEN message.spool_key IS NULL THEN 'waiting' "
            "ELSE 'sealed' END, shipment.id, shipment.partner, shipment.state FROM message JOIN shipment ON "
            "shipment.id = message.shipment WHERE message.id = :id",
            subject->message);
    outcome.foreign = !report.partner.empty() && report.partner != outcome.partner;
    if (outcome.foreign) return outcome;
    outcome.changed = IsNews(report.answer, state, subject->latest) &&
                      !(subject->by_set && IsBad(report.answer) && IsRepeated(session, mail, subject->message));
    if (outcome.changed) {
      const MovedMessage moved = Apply(session, report, resend_limit, next_try, now, outcome);
      if (!moved.shipment_state.empty()) outcome.shipment_state = moved.shipment_state;
      outcome.shipment_changed = moved.shipment_state != moved.shipment_before;
    } else if (report.answer == Answer::delayed) {
      session.Execute("UPDATE message SET receipt_words = :words WHERE id = :id AND state IN ('sent', 'overdue')",
                      std::string_view(report.words).substr(0, kMaxWords), subject->message);
    }
    outcome.mail_keys = FinishMail(session, mail, report.partner, subject->message, now);
    return outcome;
  });
}

Result<std::vector<OverdueShipment>> OutboundLedger::RecordOverdue(Time sent_before, std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<OverdueShipment>> {
    std::vector<OverdueShipment> overdue;
    for (const auto& [message, shipment, partner] : session.Rows<std::int64_t, std::int64_t, std::string>(
             "SELECT id, shipment, partner FROM message WHERE state = 'sent' AND receipt_asked <> '' AND "
             "finished < :before ORDER BY finished LIMIT :limit",
             sent_before, limit)) {
      session.Execute("UPDATE message SET error_code = 'receipt-overdue', error_detail = '' WHERE id = :id", message);
      MoveMessage(session, message, "overdue", now);
      CountOverdue(shipment, partner, overdue);
    }
    return overdue;
  });
}

}  // namespace gateway::ledger
