// Decides what becomes of a mail that could not be accepted. This is the last step of MailAcceptor.
#include <algorithm>
#include <span>

#include "gateway/item_id.h"
#include "inbound/error_codes.h"
#include "inbound/junk_reasons.h"
#include "inbound/mail_acceptor.h"
#include "ledger/error_codes.h"
#include "mail/mail_source.h"
#include "mime/error_codes.h"
#include "opener/error_codes.h"
#include "policy/error_codes.h"
#include "policy/worker.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

// Recognises words of the server in place of a mail, as Exchange sends them for mails that it
// cannot convert. They are from the server itself, or far shorter than the listed mail. If they may
// be from the server, a different size is enough. It is no proof alone, because the sizes that some
// servers name are a little wrong for any mail.
bool IsStandIn(const ledger::MailToOpen& mail, mime::MailOrigin origin, const Error& error) {
  if (!mail.on_server || !mail.overruled.empty()) return false;
  if (!IsOneOf(error, codes::kNoDicomMail, codes::kMailDamaged)) return false;
  if (origin == mime::MailOrigin::mail_server || mail.size * 2 < mail.named_size.value_or(0)) return true;
  return origin == mime::MailOrigin::perhaps_mail_server && mail.named_size != mail.size;
}

// Recognises a mail whose end is missing because the server, or a proxy before it, did not hand out
// all of it. A server that names sizes a little too large for any mail does not count.
bool IsCut(const ledger::MailToOpen& mail, const Error& error) {
  return mail.on_server && mail.overruled.empty() && IsOneOf(error, std::span<const ErrorCode>(kOfCutMails)) &&
         mail.size + mail.size / 8 < mail.named_size.value_or(0);
}

}  // namespace

// Only the key of its own mailbox opens a mail. So it waits, however long, until a person redirects
// it or the mailbox is back.
void MailAcceptor::PutOff(const ledger::MailToOpen& mail, const Error& error) {
  const Milliseconds wait = policy_.BackOff(mail.tries);
  // It may wait for weeks, so its later tries are no news.
  if (mail.tries == 0) events::MailDeferred(Format(ItemKind::mail, mail.id), error, 1, wait.count());
  (void)RecordOutcome("record-open-failure", [&] { return queue_.RecordFailure(mail.id, error, clock_.Now() + wait); });
}

// A mail may have waited for its mailbox, or for a person, before it was tried at all. Its age does
// not tell that, but the number of its tries does.
Time MailAcceptor::TriedSince(const ledger::MailToOpen& mail) const {
  const unsigned tries = mail.failed_by == codes::kUnknownMailbox.name ? 0 : mail.tries;
  return std::max(mail.fetched, clock_.Now() - policy_.LongestOf(tries));
}

void MailAcceptor::Fail(const Work& work, const Error& error) {
  if (Is(error, codes::kClaimLost)) {
    events::LedgerFailed("record-mail", error);
    return;
  }
  const Time now = clock_.Now();
  const std::string name = Format(ItemKind::mail, work.mail.id);
  if (IsOneOf(error, codes::kOpenSlow, codes::kNotUrgent)) {
    if (Is(error, codes::kOpenSlow)) order_.NoteSlow(work.mail.in_name_of);
    const ledger::Turn turn = Is(error, codes::kOpenSlow) ? ledger::Turn::slow : ledger::Turn::normal;
    events::MailPutBack(name, work.facts.partner, error);
    (void)RecordOutcome("record-turn", [&] { return queue_.RecordTurn(work.mail.id, turn); });
    return;
  }
  if (opener::OpenProcess::SaysWorkerEnded(error)) events::OpenWorkerDied(name, error.detail);
  const Decision decision =
      policy_.DecideOpening(error, work.mail.failed_by, work.mail.tries, TriedSince(work.mail), clock_);
  if (decision.fate == Fate::retry) {
    events::MailDeferred(name, error, work.mail.tries + 1, decision.wait.count());
    (void)RecordOutcome("record-open-failure",
                        [&] { return queue_.RecordFailure(work.mail.id, error, decision.next_try); });
  } else if (IsStandIn(work.mail, work.origin, error)) {
    FetchAgain(work, "the server handed out words of its own: " + error.code, now);
  } else if (IsCut(work.mail, error)) {
    FetchAgain(work, "the server handed out less than it names, and this is damaged: " + error.code, now);
  } else {
    Quarantine(work, error, now);
  }
}

void MailAcceptor::Quarantine(const Work& work, const Error& error, Time now) {
  if (Is(error, codes::kAutomaticAnswer)) {
    strangers_.SetAside(Format(ItemKind::mail, work.mail.id), work.mail.mailbox, error);
  } else {
    // A failure on our side may happen to anybody's mail.
    const bool stranger = work.partner == nullptr && error.fault == Fault::corrupt && !work.facts.sender.empty();
    if (stranger) {
      strangers_.Quarantined(Format(ItemKind::mail, work.mail.id), work.mail.mailbox, error);
    } else {
      events::MailQuarantined(Format(ItemKind::mail, work.mail.id), work.facts.partner, error, false);
    }
  }
  // The sender cannot repair a failure on our side.
  const bool answer = error.fault == Fault::corrupt;
  (void)RecordOutcome("record-quarantined", [&] {
    return queue_.RecordQuarantined(work.mail.id, work.facts, error, now, answer ? work.receipt : std::nullopt);
  });
  DurablePoint("acceptor.quarantined");
  if (answer && work.receipt) wake_.receipt_senders();
}

void MailAcceptor::FetchAgain(const Work& work, const std::string& reason, Time now) {
  const Error why = Transient(codes::kStandIn, reason);
  const Result<std::vector<std::string>> recorded =
      RecordOutcome("record-stand-in", [&] { return queue_.RecordStandIn(work.mail.id, why, now); });
  if (!recorded) return;
  for (const std::string& key : *recorded) (void)spool_.Remove(spool::Kind::mail, key);
  events::MailNotFetched(work.mail.mailbox, mail::ShownIdentity(work.mail.identity), why);
}

}  // namespace gateway::inbound
