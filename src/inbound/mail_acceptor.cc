#include "inbound/mail_acceptor.h"

#include <algorithm>

#include "base/events.h"
#include "base/files.h"
#include "gateway/item_id.h"

namespace gateway::inbound {
namespace {

constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

// The first death of a worker may have had nothing to do with the mail (memory, an operator): one more try is given.
bool DeservesAnotherTry(const Error& error, unsigned tries) {
  return error.code == "open-worker-died" && tries == 0;
}

std::string NameOf(const ledger::MailToOpen& mail) {
  return Format(ItemKind::mail, mail.id);
}

}  // namespace

MailAcceptor::MailAcceptor(const Parts& parts, std::function<void()> more, std::function<void()> accepted)
    : acceptance_(parts.settings.partners),
      router_(parts.router),
      spool_(parts.spool),
      space_(parts.space),
      ledger_(parts.ledger),
      clock_(parts.clock),
      policy_(parts.settings.retry),
      process_(parts.program, parts.keys, parts.spool),
      more_(std::move(more)),
      accepted_(std::move(accepted)) {}

Milliseconds MailAcceptor::Step(const std::stop_token&) {
  if (!space_.Check()) return kIdle;
  const Result<std::vector<ledger::MailToOpen>> claimed = ledger_.ClaimToOpen(1, clock_.Now(), kLease);
  if (!claimed) {
    events::LedgerFailed("claim-to-open", claimed.error());
    return kIdle;
  }
  if (claimed->empty()) return kIdle;
  more_();
  ledger::MailFacts facts;
  const Result<void> accepted = Accept(claimed->front(), facts);
  process_.End();
  if (!accepted) Fail(claimed->front(), facts, accepted.error());
  return Milliseconds(0);
}

Result<void> MailAcceptor::Accept(const ledger::MailToOpen& mail, ledger::MailFacts& facts) {
  std::vector<std::filesystem::path> files;
  for (const std::string& key : mail.spool_keys) files.push_back(spool_.PathOf(spool::Kind::mail, key));
  GATEWAY_ASSIGN(const mime::Envelope envelope, process_.Begin(files));
  facts.sender = envelope.from;
  facts.message_id = envelope.message_id;
  facts.set = envelope.set;
  const PartnerSettings* partner = acceptance_.PartnerOf(envelope.from);
  if (partner != nullptr) facts.partner = partner->name;

  switch (envelope.kind) {
    case mime::MailKind::plain:
      return Corrupt("no-dicom-mail", "neither encrypted nor a fragment");
    case mime::MailKind::report:
      return Corrupt("unexpected-report", "a receipt or a bounce");
    case mime::MailKind::partial:
      if (partner == nullptr) return Corrupt("stranger", "the sender is no partner");
      return KeepFragment(mail, facts, envelope);
    case mime::MailKind::encrypted:
      break;
  }
  if (partner == nullptr) return Corrupt("stranger", "the sender is no partner");
  GATEWAY_ASSIGN(const OpenedContent content, process_.Open());
  GATEWAY_ASSIGN(facts.signer, acceptance_.Judge(*partner, content.report.opened));
  // Signed and encrypted beats what anybody on the way could have written.
  if (content.report.set) facts.set = content.report.set;
  return TakeParts(mail, facts, content.parts);
}

Result<void> MailAcceptor::KeepFragment(const ledger::MailToOpen& mail, const ledger::MailFacts& facts,
                                        const mime::Envelope& envelope) {
  if (!envelope.partial) return Corrupt("fragments-damaged", "message/partial without id or number");
  const ledger::Partial partial{envelope.partial->id, envelope.partial->number, envelope.partial->total};
  GATEWAY_ASSIGN(const ledger::FragmentOutcome outcome, ledger_.RecordFragment(mail.id, facts, partial, clock_.Now()));
  events::MailFragmentKept(NameOf(mail), facts.partner, partial.number, partial.total);
  for (const std::string& key : outcome.spool_keys) (void)spool_.Remove(spool::Kind::mail, key);
  if (outcome.joined) {
    events::MailJoined(Format(ItemKind::mail, *outcome.joined), facts.partner, outcome.fragments);
    more_();
  }
  return {};
}

Result<void> MailAcceptor::TakeParts(const ledger::MailToOpen& mail, const ledger::MailFacts& facts,
                                     const std::vector<OpenedPart>& parts) {
  ledger::OpenedMail opened;
  opened.mail = mail.id;
  opened.facts = facts;
  for (const OpenedPart& part : parts) {
    if (part.header) {
      Result<ledger::NewReceivedInstance> instance = KeepInstance(part, facts.partner);
      if (!instance) {
        for (const ledger::NewReceivedInstance& kept : opened.instances) {
          (void)spool_.Remove(spool::Kind::instance, kept.spool_key);
        }
        return instance.error();
      }
      opened.instances.push_back(std::move(instance).value());
    } else if (part.error) {
      opened.leftover = *part.error;
    } else if (!opened.leftover) {
      opened.leftover = Corrupt("no-dicom-part", "a part of type " + part.leaf.content_type);
    }
  }
  if (opened.instances.empty()) return opened.leftover ? *opened.leftover : Corrupt("no-dicom-part", "no part at all");
  GATEWAY_ASSIGN(const ledger::RecordedMail recorded, ledger_.RecordOpened(opened, clock_.Now()));
  Record(mail, opened, recorded);
  return {};
}

Result<ledger::NewReceivedInstance> MailAcceptor::KeepInstance(const OpenedPart& part, const std::string& partner) {
  ledger::NewReceivedInstance instance;
  instance.header = *part.header;
  for (const routing::InboundTarget& target : router_.Inbound(*part.header, partner)) {
    instance.pacs.push_back(target.pacs);
  }
  GATEWAY_ASSIGN(instance.spool_key, spool_.Keep(spool::Kind::instance, part.file));
  return instance;
}

void MailAcceptor::Record(const ledger::MailToOpen& mail, const ledger::OpenedMail& opened,
                          const ledger::RecordedMail& recorded) {
  const std::string name = NameOf(mail);
  std::size_t duplicates = 0;
  for (std::size_t i = 0; i < recorded.instances.size(); ++i) {
    if (recorded.instances[i].outcome == ledger::InstanceOutcome::duplicate) ++duplicates;
    RecordInstance(name, opened.facts.partner, opened.instances[i], recorded.instances[i]);
  }
  events::MailAccepted(name, opened.facts.partner, opened.instances.size() - duplicates, duplicates);
  if (opened.leftover) events::MailQuarantined(name, *opened.leftover);
  for (const std::string& key : recorded.spool_keys) (void)spool_.Remove(spool::Kind::mail, key);
  accepted_();
}

void MailAcceptor::RecordInstance(const std::string& mail, const std::string& partner,
                                  const ledger::NewReceivedInstance& instance,
                                  const ledger::ReceivedInstance& received) {
  const std::string name = Format(ItemKind::instance, received.instance);
  switch (received.outcome) {
    case ledger::InstanceOutcome::accepted:
      return events::InstanceAccepted(name, mail, partner, instance.header.file_size);
    case ledger::InstanceOutcome::duplicate:
      (void)spool_.Remove(spool::Kind::instance, instance.spool_key);
      return;
    case ledger::InstanceOutcome::conflict:
      return events::InstanceConflict(name, mail, partner);
    case ledger::InstanceOutcome::undeliverable:
      return events::InstanceUndeliverable(name, partner);
  }
}

void MailAcceptor::Fail(const ledger::MailToOpen& mail, const ledger::MailFacts& facts, const Error& error) {
  const Time now = clock_.Now();
  const std::string name = NameOf(mail);
  if (error.code == "open-worker-died" || error.code == "open-timeout") events::OpenWorkerDied(name, error.detail);
  Decision decision = policy_.Decide(error, mail.tries, mail.fetched, now);
  if (DeservesAnotherTry(error, mail.tries)) decision = {Fate::retry, Milliseconds(1), now + Milliseconds(1)};
  Result<void> recorded;
  if (decision.fate == Fate::retry) {
    events::MailDeferred(name, error, mail.tries + 1, decision.wait.count());
    recorded = ledger_.RecordOpenFailure(mail.id, error, decision.next_try);
  } else {
    events::MailQuarantined(name, error);
    recorded = ledger_.RecordQuarantined(mail.id, facts, error, now);
  }
  if (!recorded) events::LedgerFailed("record-mail", recorded.error());
}

}  // namespace gateway::inbound
