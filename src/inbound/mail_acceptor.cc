#include "inbound/mail_acceptor.h"

#include <algorithm>

#include "base/files.h"
#include "base/sha256.h"
#include "gateway/item_id.h"
#include "inbound/document_links.h"
#include "inbound/error_codes.h"
#include "inbound/routed_instance.h"
#include "ledger/error_codes.h"
#include "mime/error_codes.h"
#include "policy/error_codes.h"
#include "policy/worker.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

std::string NameOf(const ledger::MailToOpen& mail) {
  return Format(ItemKind::mail, mail.id);
}

OwnIdentity OwnIdentityOf(const std::vector<MailboxSettings>& mailboxes, const security::Keys& keys) {
  OwnIdentity own;
  for (const MailboxSettings& mailbox : mailboxes) {
    own.addresses.push_back(mailbox.address);
    own.addresses.insert(own.addresses.end(), mailbox.aliases.begin(), mailbox.aliases.end());
  }
  for (const security::OwnKey& key : keys.own) {
    own.keys.push_back(key.identity);
    own.named_keys.insert(key.names.begin(), key.names.end());
  }
  for (const security::PartnerKey& key : keys.partners) {
    for (const std::string& name : key.names) own.partners_by_named_key[name] = key.partner;
  }
  return own;
}

// The gateway does not read TNEF, so the text says what the administrator of the sender's server
// can do.
Error WinmailDat() {
  return Corrupt(codes::kWinmailDat,
                 "the sender's Exchange server made a winmail.dat of it: its administrator is to turn off rich text "
                 "format (TNEF) for mails to this address");
}

// Returns whether a person released the mail from quarantine, where it was for this reason.
bool IsOverruled(const ledger::MailToOpen& mail, const Error& error) {
  return mail.overruled.contains(error.code);
}

void Discard(const ledger::OpenedMail& opened, const spool::Spool& spool) {
  for (const ledger::NewReceivedInstance& instance : opened.instances) {
    (void)spool.Remove(spool::Kind::instance, instance.spool_key);
  }
  for (const ledger::NewDocument& document : opened.documents) {
    (void)spool.Remove(spool::Kind::document, document.spool_key);
  }
}

// Hashes what follows the first empty line. The header before it differs each time that the mail is
// sent.
class ContentHash : public Sink {
 public:
  Result<void> Write(std::string_view bytes) override {
    while (!bytes.empty() && !in_content_) {
      const char c = bytes.front();
      bytes.remove_prefix(1);
      in_content_ = c == '\n' && line_is_empty_;
      if (c != '\r') line_is_empty_ = c == '\n';
    }
    return hash_.Write(bytes);
  }
  std::string Hex() { return hash_.Hex(); }

 private:
  Sha256 hash_;
  bool in_content_ = false;
  bool line_is_empty_ = false;
};

Result<std::string> HashOfContent(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  ContentHash hash;
  GATEWAY_TRY(Copy(source, hash));
  return hash.Hex();
}

Result<ledger::FragmentFile> KeepFile(const std::filesystem::path& path, const spool::Spool& spool) {
  ledger::FragmentFile file;
  {
    GATEWAY_ASSIGN(FileSource content, FileSource::Open(path));
    file.size = content.size();
    GATEWAY_ASSIGN(file.sha256, Sha256Hex(content));
  }
  GATEWAY_ASSIGN(file.key, spool.Keep(spool::Kind::mail, path));
  return file;
}

Result<ledger::NewDocument> KeepDocument(const opener::OpenedPart& part, const DocumentLinks& links,
                                         const spool::Spool& spool) {
  ledger::NewDocument document;
  document.content_type = part.leaf.content_type;
  document.name = part.leaf.name;
  DescribeLinks(part.leaf, links, document);
  {
    GATEWAY_ASSIGN(FileSource content, FileSource::Open(part.file));
    document.size = content.size();
    GATEWAY_ASSIGN(document.sha256, Sha256Hex(content));
  }
  GATEWAY_ASSIGN(document.spool_key, spool.Keep(spool::Kind::document, part.file));
  return document;
}

}  // namespace

MailAcceptor::MailAcceptor(const InboundContext& context, OpeningOrder& order, StrangerLog& strangers,
                           dicom::TextLog& texts, Wake wake)
    : order_(order),
      strangers_(strangers),
      texts_(texts),
      acceptance_(context.settings.partners, OwnIdentityOf(context.settings.mailboxes, context.settings.keys),
                  context.settings.reception.signature_max_age),
      router_(context.settings.router),
      asked_(AskedOfResults(router_, context.settings.services)),
      service_results_(context.settings.services, context.around.database),
      spool_(context.around.spool),
      space_(context.around.space),
      queue_(context.around.database),
      fragments_(context.around.database),
      signatures_(context.around.database),
      clock_(context.around.clock),
      mailboxes_(context.settings.mailboxes),
      receipts_(context.settings.receipts),
      reception_(context.settings.reception),
      policy_(context.settings.retry),
      reports_(context, acceptance_),
      keys_(context.settings.keys),
      open_worker_(context.open_worker),
      comparer_(context),
      wake_(std::move(wake)) {}

Milliseconds MailAcceptor::Step(const std::stop_token&) {
  strangers_.Flush();
  if (!space_.Check()) return kIdle;
  SlowLane lane(order_);
  return ClaimAndWork(
      "claim-to-open", kIdle, [&] { return Claim(lane); },
      [&](const std::vector<ledger::MailToOpen>& claimed) {
        wake_.acceptors();
        Handle(claimed.front());
        return Milliseconds(0);
      });
}

// Mails that take long go through a lane of their own, which only one worker may use at a time.
// Otherwise a few large mails would keep all workers, and small ones would wait.
Result<std::vector<ledger::MailToOpen>> MailAcceptor::Claim(SlowLane& lane) {
  const Time now = clock_.Now();
  if (!order_.IsSlowLaneDue()) {
    auto claimed = queue_.Claim(1, now, kLease);
    if (!claimed || !claimed->empty()) return claimed;
  }
  if (lane.Enter()) {
    auto claimed = queue_.Claim(1, now, kLease, true);
    if (!claimed || !claimed->empty()) return claimed;
    lane.Leave();
  }
  return queue_.Claim(1, now, kLease);
}

// The outcome also says whether mails in the partner's name are signed well. Whether the next one
// is believed to be urgent depends on that.
void MailAcceptor::Handle(const ledger::MailToOpen& mail) {
  if (std::ranges::find(mailboxes_, mail.mailbox, &MailboxSettings::name) == mailboxes_.end()) {
    return PutOff(mail, Transient(codes::kUnknownMailbox, "the configuration has no mailbox " + mail.mailbox + " now"));
  }
  Work work{mail, ProcessFor(mail.mailbox), {}};
  const Result<void> accepted = Accept(work);
  work.process.End();
  if (!accepted) Fail(work, accepted.error());
  const bool bad = !accepted && accepted.error().fault == Fault::corrupt;
  if (work.partner != nullptr && (bad || (accepted && !work.facts.signer.empty()))) {
    order_.Note(work.partner->name, !bad);
  }
  wake_.watchers(mail.mailbox);
}

opener::OpenProcess& MailAcceptor::ProcessFor(const std::string& mailbox) {
  const auto found = openers_.find(mailbox);
  if (found != openers_.end()) return found->second.process;
  opener::OpenProcess& process =
      openers_.try_emplace(mailbox, open_worker_, security::KeysForMailbox(keys_, mailbox), spool_)
          .first->second.process;
  process.AskFor(asked_);
  return process;
}

// The envelope alone decides what is done with the mail. A stranger's mail is not decrypted,
// because nothing in it could be believed.
Result<void> MailAcceptor::Accept(Work& work) {
  std::vector<std::filesystem::path> files;
  for (const std::string& key : work.mail.spool_keys) files.push_back(spool_.PathOf(spool::Kind::mail, key));
  const unsigned quick_share = work.mail.turn == ledger::Turn::slow ? 0 : order_.QuickShare(work.mail.in_name_of);
  GATEWAY_ASSIGN(const mime::Envelope envelope, work.process.Begin(files, quick_share));
  work.facts.sender = envelope.from;
  work.facts.message_id = envelope.message_id;
  work.facts.set = envelope.set;
  work.origin = envelope.origin;
  work.partner = acceptance_.PartnerOf(envelope.from);
  if (work.partner != nullptr) work.facts.partner = work.partner->name;

  switch (envelope.kind) {
    case mime::MailKind::plain:
      if (envelope.tnef) return WinmailDat();
      if (envelope.origin == mime::MailOrigin::automatic) {
        return Corrupt(codes::kAutomaticAnswer, "an out-of-office note, an invitation, a newsletter or the like");
      }
      return Corrupt(
          codes::kNoDicomMail,
          "nothing in it is encrypted, and it is no fragment itself; fragments in enclosed mails are not joined");
    case mime::MailKind::report:
      return TakePlainReport(work);
    case mime::MailKind::partial:
      if (work.partner == nullptr) return Corrupt(codes::kStranger, "the sender is no partner");
      return KeepFragment(work, envelope);
    case mime::MailKind::encrypted:
      break;
  }
  if (work.partner == nullptr) return Corrupt(codes::kStranger, "the sender is no partner");
  return TakeContent(work, envelope);
}

Result<void> MailAcceptor::TakePlainReport(const Work& work) {
  GATEWAY_ASSIGN(opener::ReportReply plain, work.process.ReadReport(keys_.OfPartner(work.facts.partner)));
  if (!plain.report) return Corrupt(codes::kNoDicomMail, "it looks like a receipt and is none");
  return reports_.Record(
      {work.mail.id, work.partner, std::move(*plain.report), false, std::move(plain.signatures), work.mail.overruled});
}

Result<void> MailAcceptor::KeepFragment(const Work& work, const mime::Envelope& envelope) {
  if (!envelope.partial) return Corrupt(codes::kFragmentsDamaged, "message/partial without id or number");
  ledger::FragmentPlace partial{envelope.partial->id, envelope.partial->number, envelope.partial->total};
  ledger::FragmentFile file;  // a fragment that came in fragments or in a wrapper needs its own file
  if (!work.process.joined_file().empty()) {
    GATEWAY_ASSIGN(partial.sha256, HashOfContent(work.process.joined_file()));
    GATEWAY_ASSIGN(file, KeepFile(work.process.joined_file(), spool_));
  } else if (work.mail.spool_keys.size() == 1) {
    GATEWAY_ASSIGN(partial.sha256, HashOfContent(spool_.PathOf(spool::Kind::mail, work.mail.spool_keys.front())));
  }
  const Result<ledger::FragmentOutcome> outcome =
      fragments_.Record(work.mail.id, work.facts, partial, clock_.Now(), file);
  if (!outcome) {
    if (!file.key.empty() && ledger::NothingRecorded(outcome.error())) {
      (void)spool_.Remove(spool::Kind::mail, file.key);
    }
    return outcome.error();
  }
  DurablePoint("acceptor.fragment-kept");
  events::MailFragmentKept(NameOf(work.mail), work.facts.partner, partial.number, partial.total);
  for (const std::string& key : outcome->spool_keys) (void)spool_.Remove(spool::Kind::mail, key);
  if (outcome->joined) {
    events::MailJoined(Format(ItemKind::mail, *outcome->joined), work.facts.partner, outcome->fragments);
    wake_.acceptors();
  }
  return {};
}

// Only a sender whose mails are signed well may call a mail urgent. Anybody else could push mails
// to the front of the queue in a partner's name.
Result<void> MailAcceptor::TakeContent(Work& work, const mime::Envelope& envelope) {
  if (work.mail.turn == ledger::Turn::emergency && !order_.IsUrgencyBelieved(work.facts.partner)) {
    return Transient(codes::kNotUrgent, "no mail with a good signature came from this sender of late");
  }
  GATEWAY_ASSIGN(opener::OpenedContent content, work.process.Open(keys_.OfPartner(work.facts.partner)));
  if (content.messages.size() == 1 && content.messages.front().reply.report) {
    opener::MessageReply& reply = content.messages.front().reply;
    return reports_.Record({work.mail.id, work.partner, std::move(*reply.report), reply.opened.encrypted,
                            std::move(reply.opened.signatures), work.mail.overruled});
  }
  GATEWAY_ASSIGN(const std::vector<const opener::OpenedMessage*> believed, JudgeMessages(work, envelope, content));
  const opener::MessageReply& first = believed.front()->reply;
  work.gives_nonce = !first.nonce.empty();
  DecideReceipts(work, envelope, believed);
  work.facts.set = SetOf(first);
  return TakeParts(work, believed, content.leftover);
}

// Returns the messages that are believed. If another one is not believed, the reason becomes the
// leftover. It returns an error if none is believed, or if one may be believed later.
Result<std::vector<const opener::OpenedMessage*>> MailAcceptor::JudgeMessages(Work& work,
                                                                              const mime::Envelope& envelope,
                                                                              opener::OpenedContent& content) {
  std::vector<const opener::OpenedMessage*> believed;
  std::optional<Error> refused;
  for (const opener::OpenedMessage& message : content.messages) {
    const Result<void> judged = JudgeMessage(work, envelope, message.reply);
    if (judged) {
      believed.push_back(&message);
    } else if (MayPass(work, judged.error())) {
      return judged.error();
    } else if (!refused) {
      refused = judged.error();
    }
  }
  if (believed.empty()) return *refused;
  // A part that may be forged is a more important reason than a part that may be missing.
  if (refused) content.leftover = std::move(refused);
  return believed;
}

// Returns whether the message may be good when it is judged again. Until then nothing of the mail
// is used.
bool MailAcceptor::MayPass(const Work& work, const Error& error) const {
  return error.fault != Fault::corrupt ||
         policy_.DecideOpening(error, work.mail.failed_by, work.mail.tries, TriedSince(work.mail), clock_).fate ==
             Fate::retry;
}

Result<void> MailAcceptor::JudgeMessage(Work& work, const mime::Envelope& envelope, const opener::MessageReply& reply) {
  if (reply.error) return *reply.error;
  if (!reply.from.empty() && acceptance_.PartnerOf(reply.from) != work.partner) {
    return Corrupt(codes::kWrongSigner, "it stands in an enclosed mail of another sender");
  }
  if (reply.report) return Corrupt(codes::kNoDicomPart, "a receipt beside other messages");
  GATEWAY_ASSIGN(const std::string signer, acceptance_.Judge(*work.partner, reply.opened));
  if (work.facts.signer.empty()) work.facts.signer = signer;
  // Mail servers check only who sent the wrapper. Nobody vouches for the sender of the enclosed
  // mail.
  const bool foreign_wrapper = envelope.wrapped && acceptance_.PartnerOf(envelope.wrapper_from) != work.partner;
  if (signer.empty() && foreign_wrapper) return Corrupt(codes::kUnsigned, "in a mail of another sender");
  return JudgeOrigin(work, reply);
}

Result<void> MailAcceptor::JudgeOrigin(Work& work, const opener::MessageReply& reply) {
  const Vouchers vouchers = Acceptance::VouchersOf(*work.partner, reply.opened);
  const Time now = clock_.Now();
  for (const Result<void>& judged :
       {acceptance_.JudgeAge(vouchers, now),
        acceptance_.JudgeAddressing(*work.partner, reply.opened.signatures, reply.addressing),
        Acceptance::JudgeLineEnds(*work.partner, reply.opened, reply.all_7bit)}) {
    if (!judged && !IsOverruled(work.mail, judged.error())) return judged.error();
  }
  work.signatures.insert(work.signatures.end(), vouchers.ids.begin(), vouchers.ids.end());
  if (vouchers.ids.empty()) return {};
  GATEWAY_ASSIGN(const bool fresh,
                 signatures_.Take({work.mail.id, vouchers.ids, vouchers.signed_at, work.facts.message_id},
                                  reception_.duplicate_window, now));
  if (fresh) return {};
  const Error replayed = Corrupt(codes::kReplayed, "the same signature came with an earlier mail");
  return IsOverruled(work.mail, replayed) ? Result<void>() : replayed;
}

Result<void> MailAcceptor::TakeParts(const Work& work, const std::vector<const opener::OpenedMessage*>& messages,
                                     const std::optional<Error>& leftover) {
  ledger::OpenedMail opened;
  opened.mail = work.mail.id;
  opened.facts = work.facts;
  opened.receipt = work.receipt;
  opened.enclosed_receipts = work.enclosed_receipts;
  opened.signatures = work.signatures;
  opened.leftover = leftover;
  opened.knows_nonce = work.gives_nonce && !work.facts.signer.empty();
  DescribeSets(*work.partner, messages, opened);
  const bool by_mail = MayLinkByMail(messages);
  DurablePoint("acceptor.opened");
  for (const opener::OpenedMessage* const message : messages) {
    const DocumentLinks links = LinksOf(*work.partner, message->reply, by_mail);
    if (message->reply.leftover && !opened.leftover) opened.leftover = message->reply.leftover;
    for (const opener::OpenedPart& part : message->parts) {
      if (const Result<void> kept = KeepPart(work, part, links, opened); !kept) {
        Discard(opened, spool_);
        return kept.error();
      }
      DurablePoint("acceptor.part-kept");
    }
  }
  if (opened.instances.empty() && opened.documents.empty()) {
    return opened.leftover ? *opened.leftover : Corrupt(codes::kNoDicomPart, "no part at all");
  }
  const Time now = clock_.Now();
  opened.document_deadline = now + reception_.document_timeout;
  DurablePoint("acceptor.kept");
  const Result<ledger::RecordedMail> recorded = comparer_.RecordOpened(opened, now);
  if (!recorded) {
    if (ledger::NothingRecorded(recorded.error())) Discard(opened, spool_);
    return recorded.error();
  }
  DurablePoint("acceptor.recorded");
  FollowUp(opened, *recorded);
  return {};
}

Result<void> MailAcceptor::KeepPart(const Work& work, const opener::OpenedPart& part, const DocumentLinks& links,
                                    ledger::OpenedMail& opened) {
  if (part.error) {
    if (!opened.leftover) opened.leftover = *part.error;
    return {};
  }
  if (!part.header) {
    GATEWAY_ASSIGN(ledger::NewDocument document, KeepDocument(part, links, spool_));
    opened.documents.push_back(std::move(document));
    return {};
  }
  routing::InboundFacts facts{.header = &*part.header,
                              .partner = opened.facts.partner,
                              .mail_priority = work.mail.priority,
                              .now = clock_.Now()};
  // A mail without a set is known to have none.
  facts.set = opened.facts.set ? opened.facts.set->id : std::string();
  GATEWAY_ASSIGN(ledger::NewReceivedInstance instance, Routed(std::move(facts), router_, service_results_));
  GATEWAY_ASSIGN(instance.spool_key, spool_.Keep(spool::Kind::instance, part.file));
  opened.instances.push_back(std::move(instance));
  return {};
}

void MailAcceptor::FollowUp(const ledger::OpenedMail& opened, const ledger::RecordedMail& recorded) {
  const std::string name = Format(ItemKind::mail, opened.mail);
  const std::string& partner = opened.facts.partner;
  std::size_t duplicates = 0;
  for (const ledger::RecordedInstance& instance : recorded.instances) {
    const ledger::InstanceOutcome outcome = instance.outcome;
    if (outcome == ledger::InstanceOutcome::duplicate || outcome == ledger::InstanceOutcome::again) {
      ++duplicates;
      if (!instance.keeps_file) (void)spool_.Remove(spool::Kind::instance, instance.spool_key);
    }
    LogInstance(instance, name, partner, instance.header);
    texts_.Note(partner, instance.header.text_reading);
  }
  for (const ledger::RecordedDocument& document : recorded.documents) FollowUpDocument(name, partner, document);
  events::MailAccepted(name, partner, recorded.instances.size() - duplicates, duplicates);
  if (opened.leftover) events::MailQuarantined(name, partner, *opened.leftover, false);
  std::vector<ledger::SetProgress> sets = recorded.more_sets;
  if (recorded.set) sets.push_back(*recorded.set);
  for (const ledger::SetProgress& set : sets) {
    if (set.completed) events::SetCompleted(Format(ItemKind::set, set.set), partner, set.parts);
  }
  for (const std::string& key : recorded.spool_keys) (void)spool_.Remove(spool::Kind::mail, key);
  DurablePoint("acceptor.removed");
  if (!recorded.instances.empty() || !recorded.documents.empty()) wake_.deliverers();
  if (!recorded.documents.empty()) wake_.filer();
  if (recorded.receipt_due) wake_.receipt_senders();
}

void MailAcceptor::FollowUpDocument(const std::string& mail, const std::string& partner,
                                    const ledger::RecordedDocument& document) {
  if (document.again) events::InstanceRedelivered(Format(ItemKind::instance, *document.again), mail, partner);
  if (document.duplicate) {
    (void)spool_.Remove(spool::Kind::document, document.content.spool_key);
    return;
  }
  events::DocumentReceived(Format(ItemKind::document, document.document), mail, partner, document.content.size,
                           document.content.content_type);
}

}  // namespace gateway::inbound
