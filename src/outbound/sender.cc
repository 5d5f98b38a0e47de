#include "outbound/sender.h"

#include <algorithm>

#include "base/files.h"
#include "gateway/item_id.h"
#include "ledger/away_destinations.h"
#include "mail/error_codes.h"
#include "mime/splitter.h"
#include "outbound/cut.h"
#include "outbound/message_failure.h"
#include "policy/error_codes.h"
#include "policy/worker.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::outbound {
namespace {

// This is longer than the longest transfer should take. If a lease ends too early, a second copy of
// a mail is sent, but nothing is lost.
constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

bool IsUrgent(const ledger::MessageToSend& message) {
  return message.priority == Priority::emergency;
}

}  // namespace

Sender::Sender(const OutboundContext& context, const MailboxSettings& mailbox, MailDestinations& destinations,
               Pacers& pacers, Priority least, std::function<void()> claimed)
    : mailbox_(mailbox),
      policy_(context.settings.retry),
      destinations_(destinations),
      lane_(mailbox.name, mailbox.smtp, destinations, context.around.clock,
            ledger::RecordIn(ledger::AwayDestinations(context.around.database), mailbox.name,
                             [this](const std::string& partner) { EndDeferral(partner); })),
      spool_(context.around.spool),
      queue_(context.around.database),
      windows_(context.settings.routes),
      clock_(context.around.clock),
      pacers_(pacers),
      least_(least),
      claimed_(std::move(claimed)) {
  for (const PartnerSettings& partner : context.settings.partners) partners_[partner.name] = &partner;
}

Milliseconds Sender::Step(const std::stop_token&) {
  const Time now = clock_.Now();
  const Milliseconds wait = lane_.ServerWait(false);
  // While the server is away, only an emergency may ask whether it is back.
  if (lane_.ServerWait(true).count() > 0) return std::min(wait, kIdle);
  const Priority least = wait.count() > 0 ? Priority::emergency : least_;
  return ClaimAndWork(
      "claim-to-send", kIdle, [&] { return queue_.Claim(mailbox_.name, 1, now, kLease, least); },
      [this](const std::vector<ledger::MessageToSend>& claimed) {
        claimed_();
        return Handle(claimed.front());
      });
}

Milliseconds Sender::Handle(const ledger::MessageToSend& message) {
  const auto partner = partners_.find(message.partner);
  if (partner == partners_.end()) return Defer(message, clock_.Now() + kWhileStranded);
  const Time now = clock_.Now();
  const auto opens = message.at_once ? std::nullopt : windows_.WaitsUntil(message.rule, message.priority, now);
  if (opens) {
    const Result<void> deferred =
        RecordOutcome("defer-to-window", [&] { return queue_.DeferToWindow(message, *opens, now); });
    return deferred ? Milliseconds(0) : kIdle;
  }
  return SendInTurn(message, *partner->second);
}

Milliseconds Sender::SendInTurn(const ledger::MessageToSend& message, const PartnerSettings& partner) {
  Pacers::Turn turn = TurnOf(message);
  if (turn.busy) return Defer(message, clock_.Now() + kIdle);
  if (const auto until = lane_.WaitsUntil(message.partner, IsUrgent(message), kIdle)) return Defer(message, *until);
  pace_ = turn.pace.get();
  const Result<std::string> reply = Send(message, partner);
  pace_ = nullptr;
  turn.pace.reset();
  if (turn.is_long) EndDeferral(message.partner);
  if (lane_.client().size_limit() != 0) destinations_.LearnSizeLimit(lane_.client().size_limit());
  return reply ? RecordSent(message, *reply) : RecordFailure(message, reply.error());
}

// A slow message needs its lease for longer.
Pacers::Turn Sender::TurnOf(const ledger::MessageToSend& message) {
  if (IsUrgent(message)) return {};
  return pacers_.TakeTurn(mailbox_.name, message.partner, message.sealed.size, [this, id = message.id] {
    if (const Result<void> kept = queue_.KeepClaim(id, clock_.Now() + kLease); !kept) {
      events::LedgerFailed("keep-claim", kept.error());
    }
  });
}

Result<std::string> Sender::Send(ledger::MessageToSend message, const PartnerSettings& partner) {
  Result<std::string> reply = SendAsCut(message, partner);
  std::uint64_t limit = 0;
  while (!reply && Is(reply.error(), codes::kSmtpTooLarge)) {
    GATEWAY_ASSIGN(const std::uint64_t smaller, CutSmaller(message, partner));
    if (smaller == 0) return reply;
    limit = smaller;
    reply = SendAsCut(message, partner);
  }
  // The ledger need not remember a limit that the server itself announces.
  if (reply && limit != 0 && limit != UsableSize(lane_.client().size_limit())) {
    if (const Result<void> learned = queue_.LearnSizeLimit(partner.key_fingerprint, limit, clock_.Now()); !learned) {
      events::LedgerFailed("learn-size-limit", learned.error());
    }
  }
  return reply;
}

Result<std::uint64_t> Sender::CutSmaller(ledger::MessageToSend& message, const PartnerSettings& partner) {
  ledger::SealedMessage& sealed = message.sealed;
  std::uint64_t largest = sealed.partial_id.empty() ? sealed.size : 0;
  for (const ledger::Fragment& fragment : sealed.fragments) largest = std::max(largest, fragment.range.length);
  const std::uint64_t announced = UsableSize(lane_.client().size_limit());
  const std::uint64_t limit = announced != 0 && announced < largest
                                  ? announced
                                  : std::max(largest / 2, std::min(ledger::kSmallestPiece, largest));
  if (limit >= largest) return std::uint64_t{0};
  ledger::SealedMessage cut = sealed;
  GATEWAY_TRY(Cut(spool_.PathOf(spool::Kind::message, sealed.spool_key), limit, cut));
  GATEWAY_ASSIGN(const bool recorded, RecordPatiently("record-cut", [&] { return queue_.RecordCut(message.id, cut); }));
  // A receipt or a person decided about the message meanwhile. The outcome of this copy no longer
  // changes anything.
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
  return lane_.client().Send({mailbox_.address, partner.address, message.sealed.message_id}, source, source.size(),
                             pace_);
}

// Each fragment is recorded before the next one is sent. So a try after a failure sends only those
// that the server does not have.
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
    GATEWAY_ASSIGN(reply, lane_.client().Send({mailbox_.address, partner.address, fragment.message_id}, *source,
                                              header_size + fragment.range.length, pace_));
    DurablePoint("sender.fragment-accepted");
    GATEWAY_TRY(RecordPatiently("record-fragment-sent", [&] {
      return queue_.RecordFragmentSent(message.id, fragment.message_id, reply, clock_.Now());
    }));
    DurablePoint("sender.fragment-recorded");
  }
  return reply;
}

// The file goes last. If the gateway dies before that, the start finds a file that no row names,
// and deletes it.
Milliseconds Sender::RecordSent(const ledger::MessageToSend& message, const std::string& reply) {
  lane_.RecordWorked(message.partner);
  const std::string shipment = Format(ItemKind::shipment, message.shipment);
  events::MessageSent(Format(ItemKind::message, message.id), shipment, message.partner, message.sealed.size, reply);
  DurablePoint("sender.accepted");
  const Result<bool> complete = RecordOutcome(
      "record-sent", [&] { return queue_.RecordSent(message.id, message.sealed.message_id, reply, clock_.Now()); });
  // The lease goes on, so the message is not sent again at once. The partner ignores a second copy.
  if (!complete) return kIdle;
  DurablePoint("sender.recorded");
  if (*complete) events::ShipmentSent(shipment, message.partner);
  if (const Result<void> removed = spool_.Remove(spool::Kind::message, message.sealed.spool_key); !removed) {
    events::SpoolFailed("remove", spool_.PathOf(spool::Kind::message, message.sealed.spool_key).string(),
                        removed.error());
  }
  DurablePoint("sender.removed");
  return Milliseconds(0);
}

Milliseconds Sender::RecordFailure(const ledger::MessageToSend& message, const Error& error) {
  const bool urgent = IsUrgent(message);
  const auto [server_failed, decision] = lane_.RecordFailure(
      message.partner, error,
      policy_.Decide(error, message.tries, std::max(message.created, message.window_opens), clock_, urgent), urgent);
  if (server_failed) {
    (void)RecordOutcome("unclaim", [&] { return queue_.Unclaim({message.id}); });
    return Milliseconds(0);
  }
  const Result<bool> recorded = RecordOutcome("record-send-failure", [&, next_try = NextTry(decision)] {
    return queue_.RecordFailure(message.id, message.sealed.message_id, error, next_try);
  });
  // Otherwise a receipt, a bounce or a resend was faster. The copy's file may be deleted then, and
  // nothing has failed.
  if (!recorded || *recorded) LogFailure(message, error, decision);
  return recorded ? Milliseconds(0) : kIdle;
}

Milliseconds Sender::Defer(const ledger::MessageToSend& message, Time until) {
  const Result<void> deferred =
      RecordOutcome("defer-message", [&] { return queue_.Defer(message, mailbox_.name, until, clock_.Now()); });
  return deferred ? Milliseconds(0) : kIdle;
}

void Sender::EndDeferral(const std::string& partner) {
  if (const Result<void> ended = queue_.EndDeferral(mailbox_.name, partner, clock_.Now()); !ended) {
    events::LedgerFailed("end-message-deferral", ended.error());
  }
}

}  // namespace gateway::outbound
