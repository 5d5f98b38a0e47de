#include "outbound/sender.h"

#include <algorithm>

#include "base/events.h"
#include "base/files.h"
#include "gateway/item_id.h"
#include "mime/splitter.h"
#include "outbound/message_failure.h"

namespace gateway::outbound {
namespace {

// Longer than the longest transfer should take; a lease that ends early costs a second copy of a mail, no loss.
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

}  // namespace

Sender::Sender(const Settings& settings, const MailboxSettings& mailbox, Destination& server, const spool::Spool& spool,
               ledger::OutboundLedger& ledger, const Clock& clock, std::function<void()> claimed)
    : mailbox_(mailbox),
      policy_(settings.retry),
      server_(server),
      client_(mailbox.smtp),
      spool_(spool),
      ledger_(ledger),
      clock_(clock),
      claimed_(std::move(claimed)) {
  for (const PartnerSettings& partner : settings.partners) partners_[partner.name] = &partner;
}

Milliseconds Sender::Step(const std::stop_token&) {
  if (const Milliseconds wait = server_.Wait(clock_.Now()); wait.count() > 0) return std::min(wait, kIdle);
  const Result<std::vector<ledger::MessageToSend>> claimed =
      ledger_.ClaimToSend(mailbox_.name, 1, clock_.Now(), kLease);
  if (!claimed) {
    events::LedgerFailed("claim-to-send", claimed.error());
    return kIdle;
  }
  if (claimed->empty()) return kIdle;
  claimed_();
  const ledger::MessageToSend& message = claimed->front();
  const auto partner = partners_.find(message.partner);
  if (partner == partners_.end()) {
    return RecordFailure(message, Permanent("unknown-partner", "the configuration has no such partner now"));
  }
  const Result<std::string> reply = Send(message, *partner->second);
  return reply ? RecordSent(message, *reply) : RecordFailure(message, reply.error());
}

Result<std::string> Sender::Send(const ledger::MessageToSend& message, const PartnerSettings& partner) {
  return message.sealed.partial_id.empty() ? SendWhole(message, partner) : SendFragments(message, partner);
}

Result<std::string> Sender::SendWhole(const ledger::MessageToSend& message, const PartnerSettings& partner) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(spool_.PathOf(spool::Kind::message, message.sealed.spool_key)));
  return client_.Send({mailbox_.address, partner.address, message.sealed.message_id}, source, source.size());
}

Result<std::string> Sender::SendFragments(const ledger::MessageToSend& message, const PartnerSettings& partner) {
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(spool_.PathOf(spool::Kind::message, message.sealed.spool_key)));
  std::string reply = "all fragments were sent before";
  for (const ledger::Fragment& fragment : message.sealed.fragments) {
    mime::FragmentHeader header;
    header.outer.from = mailbox_.address;
    header.outer.to = partner.address;
    header.outer.subject = partner.profile.subject;
    header.outer.message_id = fragment.message_id;
    header.outer.date = message.sealed.date;
    header.partial_id = message.sealed.partial_id;
    header.number = fragment.number;
    header.total = fragment.total;
    StringSink header_text;
    GATEWAY_ASSIGN(const std::uint64_t header_size,
                   Copy(*mime::OpenFragment(header, fd.get(), {fragment.range.offset, 0}), header_text));
    const std::unique_ptr<Source> source = mime::OpenFragment(header, fd.get(), fragment.range);
    GATEWAY_ASSIGN(reply, client_.Send({mailbox_.address, partner.address, fragment.message_id}, *source,
                                       header_size + fragment.range.length));
    GATEWAY_TRY(ledger_.RecordFragmentSent(message.id, fragment.message_id, reply, clock_.Now()));
  }
  return reply;
}

Milliseconds Sender::RecordSent(const ledger::MessageToSend& message, const std::string& reply) {
  server_.Worked();
  const std::string shipment = Format(ItemKind::shipment, message.shipment);
  events::MessageSent(Format(ItemKind::message, message.id), shipment, message.partner, message.sealed.size, reply);
  const Result<bool> complete = ledger_.RecordSent(message.id, message.sealed.message_id, reply, clock_.Now());
  if (!complete) {
    // The lease runs on, so the message is not sent again at once; the partner ignores a second copy.
    events::LedgerFailed("record-sent", complete.error());
    return kIdle;
  }
  if (*complete) events::ShipmentSent(shipment, message.partner);
  if (const Result<void> removed = spool_.Remove(spool::Kind::message, message.sealed.spool_key); !removed) {
    events::LedgerFailed("remove-message", removed.error());
  }
  return Milliseconds(0);
}

Milliseconds Sender::RecordFailure(const ledger::MessageToSend& message, const Error& error) {
  const Time now = clock_.Now();
  const Decision decision = policy_.Decide(error, message.tries, message.created, now);
  if (mail::ConcernsWholeServer(error) && decision.fate == Fate::retry) {
    if (const Milliseconds wait = server_.Failed(now); wait.count() > 0) {
      events::SmtpUnavailable(mailbox_.name, error, wait.count());
    }
    if (const Result<void> given_back = ledger_.Unclaim({message.id}); !given_back) {
      events::LedgerFailed("unclaim", given_back.error());
    }
    return Milliseconds(0);
  }
  const Result<bool> recorded =
      ledger_.RecordSendFailure(message.id, message.sealed.message_id, error, NextTry(decision));
  // A receipt, a bounce or a resend was faster: the copy's file may be gone with it, and nothing has failed.
  if (!recorded || *recorded) LogFailure(message, error, decision);
  if (recorded) return Milliseconds(0);
  events::LedgerFailed("record-send-failure", recorded.error());
  return kIdle;
}

}  // namespace gateway::outbound
