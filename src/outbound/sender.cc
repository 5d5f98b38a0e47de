#include "outbound/sender.h"

#include <algorithm>

#include "base/durable_point.h"
#include "base/events.h"
#include "base/files.h"
#include "base/worker.h"
#include "gateway/item_id.h"
#include "mime/splitter.h"
#include "outbound/cut.h"
#include "outbound/message_failure.h"

namespace gateway::outbound {
namespace {

// Longer than the longest transfer should take; a lease that ends early costs a second copy of a mail, no loss.
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

bool IsUrgent(const ledger::MessageToSend& message) {
  return message.priority == Priority::emergency;
}

}  // namespace

Sender::Sender(const Settings& settings, const MailboxSettings& mailbox, MailDestinations& destinations,
               const spool::Spool& spool, ledger::OutboundLedger& ledger, const Clock& clock,
               std::function<void()> claimed)
    : mailbox_(mailbox),
      policy_(settings.retry),
      destinations_(destinations),
      client_(mailbox.smtp),
      spool_(spool),
      ledger_(ledger),
      clock_(clock),
      claimed_(std::move(claimed)) {
  for (const PartnerSettings& partner : settings.partners) partners_[partner.name] = &partner;
}

Milliseconds Sender::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  const Milliseconds wait = destinations_.server().Wait(now);
  // While the server is away only an emergency may ask whether it is back.
  if (destinations_.server().Wait(now, true).count() > 0) return std::min(wait, kIdle);
  const Priority least = wait.count() > 0 ? Priority::emergency : Priority::bulk;
  const Result<std::vector<ledger::MessageToSend>> claimed = ledger_.ClaimToSend(mailbox_.name, 1, now, kLease, least);
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
  Destination& destination = destinations_.partner(message.partner);
  if (!destination.Begin(now, IsUrgent(message))) return Postpone(message, destination);
  const Result<std::string> reply = Send(message, *partner->second);
  if (client_.size_limit() != 0) destinations_.LearnSizeLimit(client_.size_limit());
  return reply ? RecordSent(message, *reply) : RecordFailure(message, reply.error());
}

Result<std::string> Sender::Send(ledger::MessageToSend message, const PartnerSettings& partner) {
  Result<std::string> reply = SendAsCut(message, partner);
  std::uint64_t limit = 0;
  while (!reply && reply.error().code == "smtp-too-large") {
    GATEWAY_ASSIGN(const std::uint64_t smaller, CutSmaller(message, partner));
    if (smaller == 0) return reply;
    limit = smaller;
    reply = SendAsCut(message, partner);
  }
  // What the server itself announces is known without.
  if (reply && limit != 0 && limit != UsableSize(client_.size_limit())) {
    if (const Result<void> learned = ledger_.LearnSizeLimit(partner.key_fingerprint, limit, clock_.Now()); !learned) {
      events::LedgerFailed("learn-size-limit", learned.error());
    }
  }
  return reply;
}

Result<std::uint64_t> Sender::CutSmaller(ledger::MessageToSend& message, const PartnerSettings& partner) {
  ledger::SealedMessage& sealed = message.sealed;
  std::uint64_t largest = sealed.partial_id.empty() ? sealed.size : 0;
  for (const ledger::Fragment& fragment : sealed.fragments) largest = std::max(largest, fragment.range.length);
  const std::uint64_t announced = UsableSize(client_.size_limit());
  const std::uint64_t limit = announced != 0 && announced < largest
                                  ? announced
                                  : std::max(largest / 2, std::min(ledger::kSmallestPiece, largest));
  if (limit >= largest) return std::uint64_t{0};
  ledger::SealedMessage cut = sealed;
  GATEWAY_TRY(Cut(spool_.PathOf(spool::Kind::message, sealed.spool_key), limit, cut));
  GATEWAY_ASSIGN(const bool recorded,
                 RecordPatiently("record-cut", [&] { return ledger_.RecordCut(message.id, cut); }));
  // Decided meanwhile by a receipt or a person: what is told of this copy changes nothing any more.
  if (!recorded) return std::uint64_t{0};
  sealed = std::move(cut);
  events::MessageCut(Format(ItemKind::message, message.id), partner.name, limit, sealed.fragments.size());
  return limit;
}

Result<std::string> Sender::SendAsCut(const ledger::MessageToSend& message, const PartnerSettings& partner) {
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
    header.outer.priority = message.priority;
    header.partial_id = message.sealed.partial_id;
    header.number = fragment.number;
    header.total = fragment.total;
    StringSink header_text;
    GATEWAY_ASSIGN(const std::uint64_t header_size,
                   Copy(*mime::OpenFragment(header, fd.get(), {fragment.range.offset, 0}), header_text));
    const std::unique_ptr<Source> source = mime::OpenFragment(header, fd.get(), fragment.range);
    GATEWAY_ASSIGN(reply, client_.Send({mailbox_.address, partner.address, fragment.message_id}, *source,
                                       header_size + fragment.range.length));
    DurablePoint("sender.fragment-accepted");
    GATEWAY_TRY(RecordPatiently("record-fragment-sent", [&] {
      return ledger_.RecordFragmentSent(message.id, fragment.message_id, reply, clock_.Now());
    }));
    DurablePoint("sender.fragment-recorded");
  }
  return reply;
}

Milliseconds Sender::RecordSent(const ledger::MessageToSend& message, const std::string& reply) {
  if (destinations_.server().Worked()) {
    Hasten("");
    RecordBack(ledger_.destinations(), {ledger::DestinationKind::mailbox, mailbox_.name});
  }
  if (destinations_.partner(message.partner).Worked()) {
    Hasten(message.partner);
    RecordBack(ledger_.destinations(), {ledger::DestinationKind::partner, message.partner});
  }
  const std::string shipment = Format(ItemKind::shipment, message.shipment);
  events::MessageSent(Format(ItemKind::message, message.id), shipment, message.partner, message.sealed.size, reply);
  DurablePoint("sender.accepted");
  const Result<bool> complete = RecordPatiently(
      "record-sent", [&] { return ledger_.RecordSent(message.id, message.sealed.message_id, reply, clock_.Now()); });
  if (!complete) {
    // The lease runs on, so the message is not sent again at once; the partner ignores a second copy.
    events::LedgerFailed("record-sent", complete.error());
    return kIdle;
  }
  DurablePoint("sender.recorded");
  if (*complete) events::ShipmentSent(shipment, message.partner);
  if (const Result<void> removed = spool_.Remove(spool::Kind::message, message.sealed.spool_key); !removed) {
    events::LedgerFailed("remove-message", removed.error());
  }
  DurablePoint("sender.removed");
  return Milliseconds(0);
}

Milliseconds Sender::RecordFailure(const ledger::MessageToSend& message, const Error& error) {
  Decision decision = policy_.Decide(error, message.tries, message.created, clock_, IsUrgent(message));
  if (mail::ConcernsWholeServer(error) && decision.fate == Fate::retry) {
    BackOffFromServer(message, error);
    return Milliseconds(0);
  }
  decision = BackOffFromPartner(message, error, decision);
  const Result<bool> recorded = RecordPatiently("record-send-failure", [&] {
    return ledger_.RecordSendFailure(message.id, message.sealed.message_id, error, NextTry(decision));
  });
  // A receipt, a bounce or a resend was faster: the copy's file may be gone with it, and nothing has failed.
  if (!recorded || *recorded) LogFailure(message, error, decision);
  if (recorded) return Milliseconds(0);
  events::LedgerFailed("record-send-failure", recorded.error());
  return kIdle;
}

void Sender::BackOffFromServer(const ledger::MessageToSend& message, const Error& error) {
  destinations_.partner(message.partner).Abandon();
  const bool stops = error.code == "interrupted";  // the gateway, before there was a connection
  const Time now = clock_.Now();
  if (const Milliseconds wait = destinations_.server().Failed(now); wait.count() > 0 && !stops) {
    events::SmtpUnavailable(mailbox_.name, error, wait.count());
    RecordAway(ledger_.destinations(), {ledger::DestinationKind::mailbox, mailbox_.name}, error, now);
  }
  if (const Result<void> given_back = RecordPatiently("unclaim", [&] { return ledger_.Unclaim({message.id}); });
      !given_back) {
    events::LedgerFailed("unclaim", given_back.error());
  }
}

Decision Sender::BackOffFromPartner(const ledger::MessageToSend& message, const Error& error,
                                    const Decision& decision) {
  if (!partners_.contains(message.partner)) return decision;
  Destination& partner = destinations_.partner(message.partner);
  if (!mail::ConcernsRecipient(error)) {
    // An answer to this message alone, or no fault of theirs.
    if (error.fault == Fault::permanent && partner.Worked()) {
      Hasten(message.partner);
      RecordBack(ledger_.destinations(), {ledger::DestinationKind::partner, message.partner});
    }
    partner.Abandon();
    return decision;
  }
  const Time now = clock_.Now();
  const Milliseconds wait = partner.Failed(now);
  if (wait.count() > 0) {
    events::PartnerUnavailable(message.partner, mailbox_.name, error, wait.count());
    RecordAway(ledger_.destinations(), {ledger::DestinationKind::partner, message.partner}, error, now);
  }
  return partner.AfterOthers(decision, now, IsUrgent(message));
}

Milliseconds Sender::Postpone(const ledger::MessageToSend& message, const Destination& partner) {
  const Time now = clock_.Now();
  const Time until = now + std::max(partner.Wait(now, IsUrgent(message)), kIdle);
  if (const Result<void> postponed = RecordPatiently(
          "postpone-sending", [&] { return ledger_.PostponeSending(message, mailbox_.name, until, now); });
      !postponed) {
    events::LedgerFailed("postpone-sending", postponed.error());
    return kIdle;
  }
  return Milliseconds(0);
}

void Sender::Hasten(const std::string& partner) {
  if (const Result<void> hastened = ledger_.Hasten(mailbox_.name, partner, clock_.Now()); !hastened) {
    events::LedgerFailed("hasten", hastened.error());
  }
}

}  // namespace gateway::outbound
