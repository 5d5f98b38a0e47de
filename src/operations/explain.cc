#include "operations/explain.h"

#include <algorithm>

#include "inbound/service_results.h"
#include "ledger/intake.h"
#include "operations/error_codes.h"
#include "operations/sample_reader.h"
#include "outbound/pacers.h"
#include "outbound/packer.h"
#include "outbound/windows.h"
#include "routing/router.h"
#include "transform/recipes.h"

namespace gateway::operations {
namespace {

bool IsMail(const std::filesystem::path& file) {
  return file.extension() == ".eml";
}

// Everything that an explanation needs beside the instance.
struct Tables {
  const Settings& settings;
  const routing::Router& router;
  const SampleReader& reader;
  const transform::Recipes recipes;
};

// Returns nullptr if there is no such rule.
const OutboundRuleSettings* RuleNamed(const RouteSettings& routes, const std::string& name) {
  const auto rule = std::ranges::find(routes.outbound, name, &OutboundRuleSettings::name);
  return rule == routes.outbound.end() ? nullptr : &*rule;
}

Coding CodingOf(const RouteSettings& routes, const std::string& name) {
  const OutboundRuleSettings* const rule = RuleNamed(routes, name);
  return rule == nullptr ? Coding::as_it_came : rule->transcode;
}

// Carries out what the rule asks for, on a copy that nobody keeps. `source` is who sent the mail.
void TryChanges(const Tables& tables, const std::filesystem::path& file, bool inbound, const std::string& source,
                ExplainedTarget& target) {
  const auto& recipes = inbound ? tables.recipes.inbound : tables.recipes.outbound;
  const auto recipe = recipes.find(target.rule);
  if (recipe == recipes.end()) return;
  const Coding coding = inbound ? Coding::as_it_came : CodingOf(tables.settings.routes, target.rule);
  target.changes = !recipe->second.empty() || coding != Coding::as_it_came;
  if (!target.changes) return;
  Result<TriedChange> made = tables.reader.Try(file, recipe->second, coding, source, {});
  if (made) {
    target.made = std::move(made).value();
  } else {
    target.failure = made.error();
  }
}

// Returns the bytes per second at which the target's mails leave; 0: as fast as they can.
std::uint64_t LimitOf(const Settings& settings, const PartnerSettings& partner, Priority priority, Time at) {
  if (priority == Priority::emergency) return 0;
  std::uint64_t limit = outbound::RateAt(partner.limits, at);
  const auto mailbox = std::ranges::find(settings.mailboxes, partner.mailbox, &MailboxSettings::name);
  if (mailbox == settings.mailboxes.end()) return limit;
  const std::uint64_t other = outbound::RateAt(mailbox->limits, at);
  return limit == 0 || (other != 0 && other < limit) ? other : limit;
}

ExplainedTarget Explained(const routing::OutboundTarget& target, const Tables& tables,
                          const std::filesystem::path& file, std::uint64_t size, Time at) {
  ExplainedTarget explained;
  explained.name = target.partner;
  explained.rule = target.rule;
  explained.priority = target.priority;
  explained.bundling = target.bundling;
  if (const auto* const rule = RuleNamed(tables.settings.routes, target.rule)) {
    if (rule->complete) explained.complete = *rule->complete;
    explained.fallback = rule->fallback;
  }
  explained.window_opens = outbound::Windows(tables.settings.routes).WaitsUntil(target.rule, target.priority, at);
  TryChanges(tables, file, false, {}, explained);
  const auto partner = std::ranges::find(tables.settings.partners, target.partner, &PartnerSettings::name);
  if (partner == tables.settings.partners.end()) return explained;
  explained.key_fingerprint = partner->key_fingerprint;
  explained.mailbox = partner->mailbox;
  explained.limit = LimitOf(tables.settings, *partner, target.priority, at);
  const std::uint64_t leaving = explained.made.copy ? explained.made.copy->file_size : size;
  explained.mail_bytes = outbound::EstimatedMailSize(leaving, partner->profile);
  const std::uint64_t largest = partner->profile.max_message_size;
  explained.largest = largest;
  explained.pieces = largest == 0 ? 1 : std::max<std::uint64_t>(1, (explained.mail_bytes + largest - 1) / largest);
  return explained;
}

Result<std::optional<routing::StudySoFar>> StudyOf(const InstanceHeader& header, ledger::Database* database) {
  routing::StudySoFar study{1, header.file_size};
  if (database == nullptr) return std::optional(study);
  GATEWAY_ASSIGN(const ledger::StudyContent before, ledger::Intake(*database).StudySoFar(header));
  study.instances += before.instances;
  study.bytes += before.bytes;
  return std::optional(study);
}

Result<std::vector<Explanation>> ExplainOutbound(const Tables& tables, const ExplainQuestion& question,
                                                 ledger::Database* database) {
  const routing::Router& router = tables.router;
  GATEWAY_ASSIGN(InstanceHeader header, tables.reader.ReadHeader(question.file, router.AskedByOutboundRules()));
  GATEWAY_ASSIGN(const std::optional<routing::StudySoFar> study, StudyOf(header, database));
  const routing::OutboundFacts facts{.header = header,
                                     .calling_ae = question.calling_ae,
                                     .called_ae = question.called_ae,
                                     .caller = question.caller,
                                     .port = question.port,
                                     .study = study,
                                     .now = question.at};
  Explanation explanation;
  explanation.rules = router.ExplainOutbound(facts);
  for (const routing::OutboundTarget& target : router.Outbound(facts)) {
    explanation.targets.push_back(Explained(target, tables, question.file, header.file_size, question.at));
  }
  if (const OutboundRuleSettings* const rule = router.SkippedBy(facts)) explanation.skipped_by = rule->name;
  explanation.header = std::move(header);
  return std::vector{std::move(explanation)};
}

// Without a ledger, nobody knows whether the instance answers a request to a service.
Result<Explanation> ExplainInbound(const SampleInstance& instance, const SampleMail& mail, const Tables& tables,
                                   Time at, ledger::Database* database) {
  routing::InboundFacts facts{.header = &instance.header, .partner = mail.partner, .set = mail.set, .now = at};
  if (database != nullptr) {
    inbound::ServiceResults results(tables.settings.services, *database);
    GATEWAY_ASSIGN(ledger::AnsweredRequests answered, results.RequestsOf(instance.header, mail.partner, mail.set));
    facts.service = std::move(answered.service);
  }
  Explanation explanation;
  explanation.inbound = true;
  explanation.partner = mail.partner;
  explanation.set = mail.set;
  explanation.rules = tables.router.ExplainInbound(facts);
  for (const routing::InboundTarget& target : tables.router.Inbound(facts)) {
    ExplainedTarget explained;
    explained.name = target.pacs;
    explained.rule = target.rule;
    explained.duplicates = target.duplicates;
    TryChanges(tables, instance.file, true, mail.partner, explained);
    explanation.targets.push_back(std::move(explained));
  }
  explanation.header = instance.header;
  return explanation;
}

Result<SampleMail> ReadInbound(const Settings& settings, const ExplainQuestion& question, const routing::Router& router,
                               const SampleReader& reader) {
  const std::vector<AttributePath> asked = inbound::AskedOfResults(router, settings.services);
  if (IsMail(question.file)) {
    GATEWAY_ASSIGN(const security::Keys keys, security::ReadKeys(settings.mailboxes, settings.partners));
    return reader.ReadMail(question.file, asked, keys, settings.mailboxes, settings.partners);
  }
  if (std::ranges::find(settings.partners, question.partner, &PartnerSettings::name) == settings.partners.end()) {
    return Permanent(codes::kNoSuchDestination, "there is no partner '" + question.partner + "'");
  }
  GATEWAY_ASSIGN(InstanceHeader header, reader.ReadHeader(question.file, asked));
  return SampleMail{question.partner, {}, {{std::move(header), question.file}}};
}

}  // namespace

Result<std::vector<Explanation>> Explain(const Settings& settings, const ExplainQuestion& question,
                                         ledger::Database* database) {
  GATEWAY_ASSIGN(const routing::Router router, routing::Router::Create(settings.routes));
  GATEWAY_ASSIGN(const SampleReader reader, SampleReader::Create(settings.dicom.default_character_set));
  const Tables tables{settings, router, reader, transform::MakeRecipes(settings.routes, settings.gateway.name)};
  if (!IsMail(question.file) && question.partner.empty()) {
    return ExplainOutbound(tables, question, database);
  }
  GATEWAY_ASSIGN(const SampleMail mail, ReadInbound(settings, question, router, reader));
  std::vector<Explanation> explanations;
  for (const SampleInstance& instance : mail.instances) {
    GATEWAY_ASSIGN(Explanation explained, ExplainInbound(instance, mail, tables, question.at, database));
    explanations.push_back(std::move(explained));
  }
  return explanations;
}

}  // namespace gateway::operations
