#include "operations/route_cases.h"

#include <algorithm>

#include "attributes/attribute_path.h"
#include "attributes/comparable.h"
#include "base/joined.h"
#include "operations/sample_reader.h"
#include "routing/router.h"
#include "transform/recipes.h"

namespace gateway::operations {
namespace {

constexpr const char* kAnyClass = "1.2.840.10008.5.1.4.1.1.7";
constexpr const char* kAnySyntax = "1.2.840.10008.1.2.1";

std::string NamesOf(const std::vector<std::string>& names) {
  return names.empty() ? "none" : Joined(names);
}

// Returns whether a given attribute is the one that is asked for, or stands inside it.
bool LeadsThrough(const AttributePath& given, const AttributePath& asked) {
  if (given.steps.size() < asked.steps.size()) return false;
  return std::equal(asked.steps.begin(), asked.steps.end(), given.steps.begin(),
                    [](const PathStep& want, const PathStep& have) {
                      const bool any = want.item == PathStep::kAnyItem || want.item == PathStep::kNoItem;
                      return want.tag == have.tag && want.creator == have.creator && (any || want.item == have.item);
                    });
}

AttributeValue ValueFor(const AttributePath& asked, const RouteTest& test) {
  AttributeValue value{AttributeValue::State::absent, attributes::VrOf(asked), {}};
  for (const auto& [name, texts] : test.attributes) {
    const AttributePath given = attributes::ParsePath(name).value();
    if (!LeadsThrough(given, asked)) continue;
    const bool inside = given.steps.size() > asked.steps.size() || value.vr == Vr::SQ;
    const bool empty = std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return text.empty(); });
    const bool has_value = inside || !empty;
    if (has_value || value.state == AttributeValue::State::absent) {
      value.state = has_value ? AttributeValue::State::values : AttributeValue::State::empty;
    }
    if (!inside && !empty) value.values.insert(value.values.end(), texts.begin(), texts.end());
  }
  return value;
}

std::string Given(const RouteTest& test, std::uint32_t tag, const std::string& otherwise) {
  const auto found = test.attributes.find(attributes::TagText(tag));
  return found == test.attributes.end() ? otherwise : Joined(found->second, "\\");
}

InstanceHeader HeaderOf(const RouteTest& test, const std::vector<AttributePath>& asked) {
  InstanceHeader header;
  header.sop_class_uid = Given(test, 0x00080016, kAnyClass);
  header.sop_instance_uid = Given(test, 0x00080018, "1.2.3");
  header.study_instance_uid = Given(test, 0x0020000D, "1.2.3.4");
  header.series_instance_uid = Given(test, 0x0020000E, "1.2.3.4.5");
  header.transfer_syntax_uid = Given(test, 0x00020010, kAnySyntax);
  for (const RuleAttribute& attribute : kRuleAttributes) {
    if (IsTextOfInstance(attribute)) header.*attribute.of_instance = Given(test, attribute.tag, "");
  }
  for (const AttributePath& path : asked) header.asked[attributes::Text(path)] = ValueFor(path, test);
  return header;
}

Time TimeOf(const RouteTest& test, Time now) {
  const auto at = attributes::ComparableOf(test.at, attributes::Comparison::date_time);
  return at ? attributes::TimeOfLocal(*at) : now;
}

// Says what the tables do.
struct Outcome {
  std::vector<std::string> rules;
  std::vector<std::string> targets;
  std::vector<std::string> fallbacks;  // of the first target
  std::string first_rule;              // of the first target
  std::optional<Priority> priority;
  bool skipped = false;
  std::vector<routing::RuleTrace> traces;
};

Outcome RunOutbound(const RouteTest& test, const InstanceHeader& header, const routing::Router& router, Time now) {
  routing::OutboundFacts facts{.header = header,
                               .calling_ae = test.calling_ae,
                               .called_ae = test.called_ae,
                               .caller = test.caller,
                               .port = test.port,
                               .now = now};
  facts.study = {test.instances.value_or(1), test.bytes.value_or(header.file_size)};
  Outcome outcome;
  for (const OutboundRuleSettings* rule : router.OutboundRules(facts)) outcome.rules.push_back(rule->name);
  for (const routing::OutboundTarget& target : router.Outbound(facts)) {
    outcome.targets.push_back(target.partner);
    if (outcome.targets.size() > 1) continue;
    outcome.priority = target.priority;
    outcome.first_rule = target.rule;
  }
  outcome.skipped = router.SkippedBy(facts) != nullptr;
  for (const OutboundRuleSettings* rule : router.OutboundRules(facts)) {
    if (rule->name == outcome.first_rule) outcome.fallbacks = rule->fallback.to;
  }
  outcome.traces = router.ExplainOutbound(facts);
  return outcome;
}

Outcome RunInbound(const RouteTest& test, const InstanceHeader& header, const routing::Router& router, Time now) {
  const routing::InboundFacts facts{.header = &header,
                                    .partner = test.partner,
                                    .set = test.set.value_or(""),
                                    .mail_priority = test.mail_priority.value_or(Priority::normal),
                                    .service = test.service,
                                    .now = now};
  Outcome outcome;
  for (const InboundRuleSettings* rule : router.InboundRules(facts)) outcome.rules.push_back(rule->name);
  for (const routing::InboundTarget& target : router.Inbound(facts)) {
    outcome.targets.push_back(target.pacs);
    if (outcome.targets.size() == 1) outcome.first_rule = target.rule;
  }
  outcome.traces = router.ExplainInbound(facts);
  return outcome;
}

std::string NameOf(Priority priority) {
  return priority == Priority::emergency ? "emergency" : priority == Priority::normal ? "normal" : "bulk";
}

void Compare(const char* what, std::optional<std::vector<std::string>> expected, std::vector<std::string> found,
             std::vector<std::string>& differences) {
  if (!expected) return;
  std::sort(expected->begin(), expected->end());
  std::sort(found.begin(), found.end());
  if (*expected == found) return;
  differences.push_back(std::string(what) + ": expected " + NamesOf(*expected) + ", not " + NamesOf(found));
}

std::string WordsFor(const Error& error) {
  return error.code + (error.detail.empty() ? "" : ": " + error.detail);
}

// Makes the copy that the first target gets, and compares its attributes.
void CompareEdits(const RouteTest& test, const Recipe& recipe, const SampleReader& reader,
                  std::vector<std::string>& differences) {
  std::vector<AttributePath> asked;
  for (const auto& [name, value] : test.edits) asked.push_back(attributes::ParsePath(name).value());
  Result<std::filesystem::path> file = test.file;
  if (test.file.empty()) file = reader.MakeSample(test.attributes);
  if (!file) return differences.push_back("edits: the attributes make no instance: " + WordsFor(file.error()));
  Result<TriedChange> made = reader.Try(*file, recipe, Coding::as_it_came, test.partner, asked);
  if (!made) return differences.push_back("edits: nothing leaves: " + WordsFor(made.error()));
  if (!made->copy) {
    Result<InstanceHeader> unchanged = reader.ReadHeader(*file, asked);
    if (!unchanged) return differences.push_back("edits: " + WordsFor(unchanged.error()));
    made->copy = std::move(unchanged).value();
  }
  for (const auto& [name, expected] : test.edits) {
    const AttributeValue& value = made->copy->asked.at(name);
    std::string found;
    for (const std::string& text : value.values) found += (&text == &value.values.front() ? "" : "\\") + text;
    if (found != expected) differences.push_back(name + ": expected '" + expected + "', not '" + found + "'");
  }
}

RouteVerdict VerdictOf(const RouteTest& test, Outcome outcome) {
  RouteVerdict verdict{test.name, {}, std::move(outcome.traces)};
  Compare("rules", test.rules, std::move(outcome.rules), verdict.differences);
  Compare("targets", test.targets, std::move(outcome.targets), verdict.differences);
  Compare("fallbacks", test.fallbacks, std::move(outcome.fallbacks), verdict.differences);
  if (test.priority && test.priority != outcome.priority) {
    verdict.differences.push_back("priority: expected " + NameOf(*test.priority) + ", not " +
                                  (outcome.priority ? NameOf(*outcome.priority) : "none"));
  }
  if (test.skipped && test.skipped != outcome.skipped) {
    verdict.differences.emplace_back(outcome.skipped ? "skipped: a rule skips it" : "skipped: no rule skips it");
  }
  return verdict;
}

}  // namespace

Result<std::vector<RouteVerdict>> RunRouteTests(const Settings& settings, const std::vector<RouteTest>& tests,
                                                Time now) {
  GATEWAY_ASSIGN(const routing::Router router, routing::Router::Create(settings.routes));
  GATEWAY_ASSIGN(const SampleReader reader, SampleReader::Create(settings.dicom.default_character_set));
  const transform::Recipes recipes = transform::MakeRecipes(settings.routes, settings.gateway.name);
  std::vector<RouteVerdict> verdicts;
  for (const RouteTest& test : tests) {
    const bool inbound = !test.partner.empty();
    const auto& asked = inbound ? router.AskedByInboundRules() : router.AskedByOutboundRules();
    const Result<InstanceHeader> header =
        test.file.empty() ? Result<InstanceHeader>(HeaderOf(test, asked)) : reader.ReadHeader(test.file, asked);
    if (!header) {
      verdicts.push_back(
          {test.name, {test.file.string() + ": " + header.error().code + ": " + header.error().detail}, {}});
      continue;
    }
    const Time at = TimeOf(test, now);
    Outcome outcome = inbound ? RunInbound(test, *header, router, at) : RunOutbound(test, *header, router, at);
    const std::string rule = outcome.first_rule;
    RouteVerdict verdict = VerdictOf(test, std::move(outcome));
    const auto& of_rules = inbound ? recipes.inbound : recipes.outbound;
    const auto recipe = of_rules.find(rule);
    if (!test.edits.empty()) {
      CompareEdits(test, recipe == of_rules.end() ? Recipe() : recipe->second, reader, verdict.differences);
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace gateway::operations
