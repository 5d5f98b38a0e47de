#include "inbound/receipt_sender.h"

#include <algorithm>

#include "base/events.h"
#include "base/files.h"
#include "gateway/item_id.h"
#include "inbound/receipt_writer.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kAtOnce = 16;
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

}  // namespace

ReceiptSender::ReceiptSender(const Settings& settings, const MailboxSettings& mailbox, const crypto::KeyMaterial& keys,
                             ledger::InboundLedger& ledger, const Clock& clock)
    : gateway_name_(settings.gateway.name),
      mailbox_(mailbox),
      keys_(keys),
      policy_(settings.retry),
      server_(policy_),
      client_(mailbox.smtp),
      ledger_(ledger),
      clock_(clock) {
  for (const PartnerSettings& partner : settings.partners) partners_[partner.name] = &partner;
  for (std::size_t i = 0; i < settings.mailboxes.size(); ++i) {
    if (settings.mailboxes[i].name == mailbox.name) signer_ = keys.secret_keys[i].fingerprint;
  }
}

Result<void> ReceiptSender::MakeKeyring() {
  if (keyring_) return {};
  GATEWAY_ASSIGN(keyring_, crypto::MakeKeyring(keys_));
  return {};
}

Milliseconds ReceiptSender::Step(const std::stop_token& stop) {
  if (const Milliseconds wait = server_.Wait(clock_.Now()); wait.count() > 0) return std::min(wait, kIdle);
  if (const Result<void> made = MakeKeyring(); !made) {
    events::ThreadFailed("receipt-" + mailbox_.name, made.error().detail);
    return kIdle;
  }
  const Result<std::vector<ledger::ReceiptToSend>> claimed =
      ledger_.ClaimReceipts(mailbox_.name, kAtOnce, clock_.Now(), kLease);
  if (!claimed) {
    events::LedgerFailed("claim-receipts", claimed.error());
    return kIdle;
  }
  if (claimed->empty()) return kIdle;
  for (std::size_t i = 0; i < claimed->size(); ++i) {
    if (stop.stop_requested() || !Send((*claimed)[i])) {
      GiveBack(*claimed, i);
      break;
    }
  }
  return Milliseconds(0);
}

bool ReceiptSender::Send(const ledger::ReceiptToSend& receipt) {
  const Result<std::string> reply = SendMail(receipt);
  if (!reply) return RecordFailure(receipt, reply.error());
  server_.Worked();
  events::ReceiptSent(Format(ItemKind::receipt, receipt.id), Format(ItemKind::mail, receipt.mail), receipt.partner,
                      receipt.disposition, *reply);
  if (const Result<void> recorded = ledger_.RecordReceiptSent(receipt.id, *reply, clock_.Now()); !recorded) {
    // The lease runs on, so it is not sent again at once; a second one has the same Message-ID.
    events::LedgerFailed("record-receipt-sent", recorded.error());
  }
  return true;
}

Result<std::string> ReceiptSender::SendMail(const ledger::ReceiptToSend& receipt) {
  const auto partner = partners_.find(receipt.partner);
  if (partner == partners_.end()) return Permanent("unknown-partner", "the configuration has no such partner now");
  GATEWAY_ASSIGN(std::string mail,
                 WriteReceipt(*keyring_, {gateway_name_, mailbox_, *partner->second, signer_}, receipt, clock_.Now()));
  const std::uint64_t size = mail.size();
  StringSource source(std::move(mail));
  return client_.Send({"", partner->second->address}, source, size);
}

bool ReceiptSender::RecordFailure(const ledger::ReceiptToSend& receipt, const Error& error) {
  const Time now = clock_.Now();
  const Decision decision = policy_.Decide(error, receipt.tries, receipt.created, now);
  if (mail::ConcernsWholeServer(error) && decision.fate == Fate::retry) {
    if (const Milliseconds wait = server_.Failed(now); wait.count() > 0) {
      events::SmtpUnavailable(mailbox_.name, error, wait.count());
    }
    return false;
  }
  const std::string name = Format(ItemKind::receipt, receipt.id);
  const std::string mail = Format(ItemKind::mail, receipt.mail);
  std::optional<Time> next_try;
  if (decision.fate == Fate::retry) {
    next_try = decision.next_try;
    events::ReceiptDeferred(name, mail, receipt.partner, error, receipt.tries + 1, decision.wait.count());
  } else {
    events::ReceiptFailed(name, mail, receipt.partner, error);
  }
  if (const Result<void> recorded = ledger_.RecordReceiptFailure(receipt.id, error, next_try); !recorded) {
    events::LedgerFailed("record-receipt-failure", recorded.error());
  }
  return true;
}

void ReceiptSender::GiveBack(const std::vector<ledger::ReceiptToSend>& receipts, std::size_t first) {
  std::vector<std::int64_t> ids;
  ids.reserve(receipts.size() - first);
  for (std::size_t i = first; i < receipts.size(); ++i) ids.push_back(receipts[i].id);
  if (const Result<void> given_back = ledger_.UnclaimReceipts(ids); !given_back) {
    events::LedgerFailed("unclaim-receipts", given_back.error());
  }
}

}  // namespace gateway::inbound
