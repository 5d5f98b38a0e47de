#include "outbound/sealer.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/ascii.h"
#include "base/files.h"
#include "base/random_text.h"
#include "gateway/item_id.h"
#include "ledger/intake.h"
#include "outbound/cut.h"
#include "outbound/error_codes.h"
#include "outbound/message_failure.h"
#include "policy/error_codes.h"
#include "policy/worker.h"
#include "spool/work_file.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::outbound {
namespace {

constexpr Milliseconds kLease{10 * 60'000};
constexpr Milliseconds kIdle{1000};
constexpr std::size_t kNonceBytes = 16;
// The sealer looks this often whether a destination that is being tried works again. Whoever finds
// that out wakes it earlier.
constexpr Milliseconds kWhileItIsTried{5000};

std::string HostOf(const std::string& address) {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos ? "localhost" : address.substr(at + 1);
}

// Returns "IM0012.dcm", or "IM0012-03.dcm" if it is the third of several instances in the message,
// or "DOC0012" for a document without a name.
std::string PartName(const ledger::MessageToSeal& message, const ledger::MessageToSeal::Item& item,
                     std::size_t number) {
  if (!item.name.empty()) return item.name;
  const char* kind = item.document ? "DOC" : "IM";
  const char* extension = item.document ? "" : ".dcm";
  std::array<char, 48> name{};
  if (message.items.size() == 1) {
    std::snprintf(name.data(), name.size(), "%s%04u%s", kind, message.set.part, extension);
  } else {
    std::snprintf(name.data(), name.size(), "%s%04u-%02zu%s", kind, message.set.part, number, extension);
  }
  return name.data();
}

}  // namespace

Sealer::Sealer(const OutboundContext& context, std::map<std::string, MailDestinations>& destinations, Wake wake)
    : keys_(context.settings.keys),
      policy_(context.settings.retry),
      spool_(context.around.spool),
      queue_(context.around.database),
      windows_(context.settings.routes),
      clock_(context.around.clock),
      deriver_(context.settings.transform, context.around),
      destinations_(destinations),
      wake_(std::move(wake)) {
  for (const MailboxSettings& mailbox : context.settings.mailboxes) mailboxes_[mailbox.name] = &mailbox;
  for (const PartnerSettings& partner : context.settings.partners) partners_[partner.name] = &partner;
}

Result<void> Sealer::MakeSealers() {
  if (sealers_) return {};
  const auto new_file = [this]() -> Result<UniqueFd> {
    const spool::WorkFile file(spool_);  // takes the name away at once; the file goes when it is closed
    return CreateFile(file.path());
  };
  GATEWAY_ASSIGN(sealers_, security::MailSealers::Make(keys_, new_file));
  return {};
}

Milliseconds Sealer::Step(const std::stop_token&) {
  if (const Result<void> made = MakeSealers(); !made) {
    events::ThreadFailed("sealer", made.error().detail);
    return kIdle;
  }
  return ClaimAndWork(
      "claim-to-seal", kIdle, [this] { return queue_.Claim(1, clock_.Now(), kLease); },
      [this](const std::vector<ledger::MessageToSeal>& claimed) {
        wake_.sealers();
        return Handle(claimed.front());
      });
}

Milliseconds Sealer::Defer(const ledger::MessageToSeal& message, Time until) {
  const Result<void> deferred =
      RecordOutcome("defer-sealing", [&] { return queue_.Defer(message, until, clock_.Now()); });
  return deferred ? Milliseconds(0) : kIdle;
}

Milliseconds Sealer::Handle(const ledger::MessageToSeal& message) {
  const Time now = clock_.Now();
  if (!partners_.contains(message.partner) || !mailboxes_.contains(message.mailbox)) {
    return Defer(message, now + kWhileStranded);
  }
  const auto opens = message.at_once ? std::nullopt : windows_.WaitsUntil(message.rule, message.priority, now);
  if (opens) {
    const Result<void> deferred =
        RecordOutcome("defer-to-window", [&] { return queue_.DeferToWindow(message, *opens, now); });
    return deferred ? Milliseconds(0) : kIdle;
  }
  if (const std::optional<Time> until = WaitsUntil(message)) return Defer(message, *until);
  const Result<ledger::SealedMessage> sealed = Seal(message);
  if (!sealed) {
    Fail(message, sealed.error());
    return Milliseconds(0);
  }
  DurablePoint("sealer.kept");
  const Result<bool> recorded =
      RecordOutcome("record-sealed", [&] { return queue_.RecordSealed(message.id, *sealed); });
  // The file stays, because the commit may have happened all the same. If not, the scan for orphans
  // finds the file.
  if (!recorded) return kIdle;
  if (!*recorded) {
    (void)spool_.Remove(spool::Kind::message, sealed->spool_key);
    return Milliseconds(0);
  }
  DurablePoint("sealer.recorded");
  events::MessageSealed(Format(ItemKind::message, message.id), Format(ItemKind::shipment, message.shipment),
                        message.partner, sealed->size, sealed->fragments.size());
  wake_.senders();
  return Milliseconds(0);
}

std::optional<Time> Sealer::WaitsUntil(const ledger::MessageToSeal& message) {
  const auto mailbox = destinations_.find(message.mailbox);
  if (message.priority == Priority::emergency || mailbox == destinations_.end()) return std::nullopt;
  const Destination& server = mailbox->second.server();
  const Destination& partner = mailbox->second.partner(message.partner);
  if (!server.failing() && !partner.failing()) return std::nullopt;
  // Something must be sealed, so that the sender can try the destination with it.
  const Result<bool> sealed = queue_.HasSealed(message.mailbox, partner.failing() ? message.partner : "");
  if (sealed && !*sealed) return std::nullopt;
  const Time now = clock_.Now();
  return now + std::max({server.Wait(now), partner.Wait(now), kWhileItIsTried});
}

Result<ledger::SealedMessage> Sealer::Seal(const ledger::MessageToSeal& message) {
  GATEWAY_ASSIGN(security::MailSealer* const sealer, sealers_->For(message.partner));
  const Correspondents between{mailboxes_.at(message.mailbox), partners_.at(message.partner), sealer};
  const PartnerProfile& profile = between.partner->profile;
  ledger::SealedMessage sealed;
  sealed.date = clock_.Now();
  sealed.partner = message.partner;
  sealed.mailbox = message.mailbox;
  sealed.message_id = mime::NewMessageId(HostOf(between.mailbox->address));
  mime::OuterHeader header;
  header.from = between.mailbox->address;
  header.to = between.partner->address;
  header.subject = profile.subject;
  header.message_id = sealed.message_id;
  header.date = sealed.date;
  header.set = message.set;
  header.priority = message.priority;
  sealed.receipt_asked = profile.receipts;
  sealed.nonce = RandomHex(kNonceBytes);
  sealed.partner_address = LowerCase(between.partner->address);
  sealed.partner_key = between.partner->key_fingerprint;
  if (profile.receipts == ReceiptMode::mdn) header.receipt_to = between.mailbox->address;

  GATEWAY_ASSIGN(const std::unique_ptr<Source> inner, OpenInner(message, between, header, sealed.nonce));
  const spool::WorkFile file(spool_);
  GATEWAY_TRY(WriteMessage(*inner, between, header, file.path()));
  GATEWAY_TRY(Cut(file.path(), LimitFor(between), sealed));
  GATEWAY_ASSIGN(sealed.spool_key, spool_.Keep(spool::Kind::message, file.path()));
  return sealed;
}

Result<Sealer::Content> Sealer::ContentOf(const ledger::MessageToSeal& message) {
  // A file that a person sends goes as it is, even if a configured rule has the same name.
  const bool by_hand = message.rule == ledger::kSentByHand && !message.changes;
  const transform::Way way{
      .rule = by_hand ? "" : message.rule, .partner = message.partner, .pacs = {}, .asked = message.changes};
  const bool concerned = deriver_.Concerns(way);
  Content content{{}, message.study_id};
  for (const ledger::MessageToSeal::Item& item : message.items) {
    std::filesystem::path file =
        spool_.PathOf(item.document ? spool::Kind::document : spool::Kind::instance, item.spool_key);
    std::optional<ledger::DerivedFile> derived = item.derived;
    if (concerned && !derived && !item.document) {
      GATEWAY_ASSIGN(derived, deriver_.Derive(way, {ItemKind::message, message.id}, item.instance, file));
    }
    if (derived) file = spool_.PathOf(spool::Kind::derived, derived->spool_key);
    content.parts.push_back({std::move(file), item.content_type, PartName(message, item, content.parts.size() + 1)});
    // The original study UID must not leave beside a copy that has another one.
    if (derived) content.study_id = derived->study_instance_uid;
  }
  return content;
}

Result<std::unique_ptr<Source>> Sealer::OpenInner(const ledger::MessageToSeal& message, const Correspondents& between,
                                                  const mime::OuterHeader& header, const std::string& nonce) {
  mime::InnerEntity entity;
  entity.nonce = nonce;
  entity.from = header.from;
  entity.to = header.to;
  entity.set = message.set;
  if (between.partner->profile.receipts == ReceiptMode::pgp) {
    // The answer names this Content-ID. It is the Message-ID, by which the ledger finds the
    // message.
    entity.content_id = header.message_id;
    entity.pgp_receipt_to = between.mailbox->address;
    entity.pgp_receipt_key_id = between.sealer->ReceiptKeyOf(*between.mailbox);
  }
  entity.encoding = between.sealer->EncodingFor(between.partner->profile);
  GATEWAY_ASSIGN(Content content, ContentOf(message));
  entity.study_id = std::move(content.study_id);
  entity.parts = std::move(content.parts);
  return mime::OpenInnerEntity(entity);
}

Result<void> Sealer::WriteMessage(Source& inner, const Correspondents& between, const mime::OuterHeader& header,
                                  const std::filesystem::path& file) {
  GATEWAY_ASSIGN(const UniqueFd fd, CreateFile(file));
  FdSink sink(fd.get());
  GATEWAY_TRY(between.sealer->Seal({*between.mailbox, *between.partner}, header, inner, sink));
  return sink.Flush();
}

std::uint64_t Sealer::LimitFor(const Correspondents& between) {
  const auto server = destinations_.find(between.mailbox->name);
  const std::uint64_t announced = server == destinations_.end() ? 0 : server->second.size_limit();
  // If the ledger fails, the sender finds the limit out once more.
  const Result<std::uint64_t> learned = queue_.SizeLimitOf(between.partner->key_fingerprint, clock_.Now());
  return SmallestLimit({between.partner->profile.max_message_size, UsableSize(announced), learned ? *learned : 0});
}

void Sealer::Fail(const ledger::MessageToSeal& message, const Error& error) {
  const Decision decision = policy_.Decide(error, message.tries, std::max(message.created, message.window_opens),
                                           clock_, message.priority == Priority::emergency);
  const Result<bool> recorded =
      RecordOutcome("record-seal-failure", [&] { return queue_.RecordFailure(message.id, error, NextTry(decision)); });
  if (!recorded || *recorded) LogFailure(message, error, decision);
}

}  // namespace gateway::outbound
