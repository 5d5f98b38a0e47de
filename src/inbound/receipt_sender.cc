#include "inbound/receipt_sender.h"

#include <algorithm>

#include "base/files.h"
#include "gateway/item_id.h"
#include "inbound/receipt_writer.h"
#include "ledger/away_destinations.h"
#include "ledger/row_words.h"
#include "mail/refusal.h"
#include "policy/error_codes.h"
#include "policy/worker.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kAtOnce = 16;
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};
// So many tries may fail for reasons that pass before another sender is tried as well.
constexpr unsigned kPatience = 3;

}  // namespace

ReceiptSender::ReceiptSender(const InboundContext& context, const MailboxSettings& mailbox)
    : gateway_name_(context.settings.gateway.name),
      mailbox_(mailbox),
      keys_(context.settings.keys),
      policy_(context.settings.retry),
      destinations_(policy_, context.settings.partners),
      lane_(mailbox.name, mailbox.smtp, destinations_, context.around.clock,
            ledger::RecordIn(ledger::AwayDestinations(context.around.database), mailbox.name,
                             [this](const std::string& partner) { EndDeferral(partner); })),
      null_sender_(mailbox.smtp.null_sender),
      receipts_(context.around.database),
      clock_(context.around.clock) {
  for (const PartnerSettings& partner : context.settings.partners) partners_[partner.name] = &partner;
}

Result<void> ReceiptSender::MakeSealers() {
  if (sealers_) return {};
  GATEWAY_ASSIGN(sealers_, security::MailSealers::Make(keys_, security::NewMemoryFile));
  return {};
}

Milliseconds ReceiptSender::Step(const std::stop_token& stop) {
  const Milliseconds wait = lane_.ServerWait(false);
  if (wait.count() > 0) return std::min(wait, kIdle);
  if (const Result<void> made = MakeSealers(); !made) {
    events::ThreadFailed("receipt-" + mailbox_.name, made.error().detail);
    return kIdle;
  }
  return ClaimAndWork(
      "claim-receipts", kIdle, [this] { return receipts_.Claim(mailbox_.name, kAtOnce, clock_.Now(), kLease); },
      [&](const std::vector<ledger::ReceiptToSend>& claimed) { return SendAll(claimed, stop); });
}

Milliseconds ReceiptSender::SendAll(const std::vector<ledger::ReceiptToSend>& claimed, const std::stop_token& stop) {
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    if (stop.stop_requested() || !Send(claimed[i])) {
      GiveBack(claimed, i);
      break;
    }
  }
  return Milliseconds(0);
}

bool ReceiptSender::Send(const ledger::ReceiptToSend& receipt) {
  const auto partner = partners_.find(receipt.partner);
  if (partner == partners_.end()) {
    Defer(receipt, clock_.Now() + kWhileStranded);
    return true;
  }
  if (const auto until = lane_.WaitsUntil(receipt.partner, false, kIdle)) {
    Defer(receipt, *until);
    return true;
  }
  const Result<std::string> reply = SendMail(receipt, *partner->second);
  if (!reply) return RecordFailure(receipt, reply.error());
  lane_.RecordWorked(receipt.partner);
  events::ReceiptSent(Format(ItemKind::receipt, receipt.id), Format(ItemKind::mail, receipt.mail), receipt.partner,
                      ledger::WordOf(receipt.disposition), *reply);
  DurablePoint("receipt.accepted");
  // If this fails, the lease goes on, so the receipt is not sent again at once. A second one has
  // the same Message-ID.
  (void)RecordOutcome("record-receipt-sent", [&] { return receipts_.RecordSent(receipt.id, *reply, clock_.Now()); });
  DurablePoint("receipt.recorded");
  return true;
}

Result<std::string> ReceiptSender::SendMail(const ledger::ReceiptToSend& receipt, const PartnerSettings& partner) {
  GATEWAY_ASSIGN(security::MailSealer* const sealer, sealers_->For(receipt.partner));
  GATEWAY_ASSIGN(const std::string mail,
                 WriteReceipt(*sealer, {gateway_name_, mailbox_, partner}, receipt, clock_.Now()));
  const std::string& to = partner.address;
  if (!null_sender_) return SendFrom(mailbox_.address, to, mail);
  Result<std::string> reply = SendFrom("", to, mail);
  if (reply) return reply;
  const Suspicion suspicion = SuspicionOf(reply.error(), receipt.tries);
  if (suspicion == Suspicion::none) return reply;
  // Only a try with another sender shows whether the server refused the empty sender.
  Result<std::string> with_sender = SendFrom(mailbox_.address, to, mail);
  if (with_sender) {
    if (suspicion == Suspicion::words) null_sender_ = false;
    events::NullSenderRefused(mailbox_.name, reply.error());
    return with_sender;
  }
  // If the server took `reply` for a reason to stop all mails, what it says now is nearer the
  // truth.
  const bool later = with_sender.error().fault == Fault::transient;
  return later || mail::ConcernsWholeServer(reply.error()) ? with_sender : reply;
}

// A server may also put off the empty sender for ever, without a word about it. If it gave no
// answer at all, the mail may have arrived, and a second one would be one too many.
ReceiptSender::Suspicion ReceiptSender::SuspicionOf(const Error& error, unsigned tries) {
  const std::optional<mail::SmtpClient::RefusedCommand>& refused = lane_.client().refused();
  if (!refused) return Suspicion::none;
  if (mail::MayConcernSender(error, refused->at, refused->reply)) return Suspicion::words;
  const bool patient = tries % (kPatience + 1) == kPatience;
  return mail::ConcernsRecipient(error) && patient ? Suspicion::patience : Suspicion::none;
}

Result<std::string> ReceiptSender::SendFrom(const std::string& sender, const std::string& to, const std::string& mail) {
  StringSource source(mail);
  return lane_.client().Send({sender, to, {}, true}, source, mail.size());
}

bool ReceiptSender::RecordFailure(const ledger::ReceiptToSend& receipt, const Error& error) {
  const auto [server_failed, decision] =
      lane_.RecordFailure(receipt.partner, error, policy_.Decide(error, receipt.tries, receipt.created, clock_), false);
  if (server_failed) return false;
  const std::string name = Format(ItemKind::receipt, receipt.id);
  const std::string mail = Format(ItemKind::mail, receipt.mail);
  std::optional<Time> next_try;
  if (decision.fate == Fate::retry) {
    next_try = decision.next_try;
    events::ReceiptDeferred(name, mail, receipt.partner, error, receipt.tries + 1, decision.wait.count());
  } else {
    events::ReceiptFailed(name, mail, receipt.partner, error);
  }
  (void)RecordOutcome("record-receipt-failure", [&] { return receipts_.RecordFailure(receipt.id, error, next_try); });
  return true;
}

void ReceiptSender::Defer(const ledger::ReceiptToSend& receipt, Time until) {
  (void)RecordOutcome("defer-receipt", [&] { return receipts_.Defer(receipt, mailbox_.name, until, clock_.Now()); });
}

void ReceiptSender::EndDeferral(const std::string& partner) {
  if (partner.empty()) return;  // no receipt waits only for the server
  if (const Result<void> ended = receipts_.EndDeferral(mailbox_.name, partner, clock_.Now()); !ended) {
    events::LedgerFailed("end-receipt-deferral", ended.error());
  }
}

void ReceiptSender::GiveBack(const std::vector<ledger::ReceiptToSend>& receipts, std::size_t first) {
  std::vector<std::int64_t> ids;
  ids.reserve(receipts.size() - first);
  for (std::size_t i = first; i < receipts.size(); ++i) ids.push_back(receipts[i].id);
  (void)RecordOutcome("unclaim-receipts", [&] { return receipts_.Unclaim(ids); });
}

}  // namespace gateway::inbound
