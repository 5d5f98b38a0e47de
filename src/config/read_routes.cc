// Reads the section `routes`.
#include <algorithm>

#include "base/ascii.h"
#include "base/pattern.h"
#include "config/readers.h"
#include "gateway/rule_attributes.h"

namespace gateway::config {
namespace {

const Parser<std::string>& AnyValue() {
  static const Parser<std::string> parser = {
      "a value, or a regular expression with ~ before it",
      [](std::string_view text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); }};
  return parser;
}

// `exact` parses an entry that is no regular expression. An entry that it refuses could never
// match.
void ReadPatterns(Section& when, std::string_view key, Patterns& patterns, const Parser<std::string>& exact) {
  when.ForEachText(key, exact.expected, [&](const YamlNode& item) {
    if (!item.text.starts_with('~')) {
      if (!exact.parse(item.text)) return when.Reject(when.PathOf(key), item, exact.expected);
    } else if (const auto pattern = Pattern::Create(item.text); !pattern) {
      when.draft().Mistake(item.line, when.PathOf(key) + ": the regular expression '" + item.text.substr(1, 60) +
                                          "' is wrong: " + pattern.error().detail);
      return;
    }
    patterns.push_back(item.text);
  });
}

const Parser<std::string>& ParserOf(ValueKind kind) {
  static const Parser<std::string> ae_title = AeTitle();
  static const Parser<std::string> code_string = Modality();
  static const Parser<std::string> uid = Uid();
  static const Parser<std::string> partner{"the name of a partner", AnyValue().parse};
  switch (kind) {
    case ValueKind::ae_title:
      return ae_title;
    case ValueKind::code_string:
      return code_string;
    case ValueKind::uid:
      return uid;
    case ValueKind::partner:
      return partner;
    case ValueKind::text:
    case ValueKind::person_name:
      break;
  }
  return AnyValue();
}

void ReferToPartners(Section& when, std::string_view key) {
  when.ForEachText(key, ParserOf(ValueKind::partner).expected, [&](const YamlNode& item) {
    if (!item.text.starts_with('~')) when.draft().Refer("partner", item.text, when.PathOf(key), item.line);
  });
}

// `others` names the attributes that only the other kind of rules may use.
Condition ReadCondition(Section& when, AskedBy others) {
  Condition condition;
  for (const RuleAttribute& attribute : kRuleAttributes) {
    if (attribute.asked_by == others || !when.Has(attribute.key)) continue;
    if (attribute.kind == ValueKind::partner) ReferToPartners(when, attribute.key);
    Criterion criterion{&attribute, {}};
    ReadPatterns(when, attribute.key, criterion.patterns, ParserOf(attribute.kind));
    condition.push_back(std::move(criterion));
  }
  return condition;
}

// Reads send_to and forward_to.
void ReadTargets(Section& rule, std::string_view key, const std::string& kind, std::vector<std::string>& targets) {
  rule.ForEachText(key, "the name of a " + kind, [&](const YamlNode& item) {
    rule.draft().Refer(kind, item.text, rule.PathOf(key), item.line);
    targets.push_back(item.text);
  });
}

// Reads extensions such as "pdf". Many people write a dot before them, so a dot is ignored.
void ReadDocumentKinds(Section& rule, std::vector<std::string>& kinds) {
  constexpr std::size_t kLongest = 10;
  const std::string expected = "a filename extension, as pdf";
  rule.ForEachText("document_kinds", expected, [&](const YamlNode& item) {
    std::string kind = LowerCase(item.text);
    if (kind.starts_with('.')) kind.erase(0, 1);
    const bool good = !kind.empty() && kind.size() <= kLongest && std::all_of(kind.begin(), kind.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    if (!good) return rule.Reject(rule.PathOf("document_kinds"), item, expected);
    kinds.push_back(kind);
  });
}

void ReadOutboundRule(Section section, OutboundRuleSettings rule) {
  Section when = section.Sub("when", "routes.outbound.when");
  rule.when = ReadCondition(when, AskedBy::inbound_rules);
  section.Require("send_to");
  ReadTargets(section, "send_to", "partner", rule.send_to);
  section.Read(
      "priority", rule.priority,
      OneOf<Priority>({{"emergency", Priority::emergency}, {"normal", Priority::normal}, {"bulk", Priority::bulk}}));
  section.Read("release", rule.bundling,
               OneOf<Bundling>({{"instance", Bundling::instance}, {"study", Bundling::study}}));
  section.Read("final", rule.final, YesOrNo());
  section.draft().settings().routes.outbound.push_back(std::move(rule));
}

void ReadInboundRule(Section section, InboundRuleSettings rule) {
  Section when = section.Sub("when", "routes.inbound.when");
  rule.when = ReadCondition(when, AskedBy::outbound_rules);
  if (!section.Has("file_documents_to")) section.Require("forward_to");
  ReadTargets(section, "forward_to", "pacs", rule.forward_to);
  section.ReadDirectory("file_documents_to", rule.file_documents_to);
  ReadDocumentKinds(section, rule.document_kinds);
  section.ReadProgram("document_scanner", rule.document_scanner);
  section.Read("final", rule.final, YesOrNo());
  section.draft().settings().routes.inbound.push_back(std::move(rule));
}

// Returns the rule's name as the file gives it, or its list and number.
std::string RuleName(FileDraft& draft, const YamlNode& item, const std::string& list, std::size_t number) {
  std::string name = list + "-" + std::to_string(number);
  if (item.kind != YamlNode::Kind::map) return name;
  for (const Entry& entry : item.entries) {
    if (entry.key != "name") continue;
    if (entry.value->kind == YamlNode::Kind::text && IsName(entry.value->text)) {
      name = entry.value->text;
    } else {
      draft.Mistake(entry.line, "routes." + list + ": expected a name of " + std::string(kNameExpected));
    }
  }
  return name;
}

template <typename Rule>
void ReadRules(Section& routes, const std::string& list, void (*read)(Section, Rule)) {
  std::size_t number = 0;
  routes.ForEachItem(list, [&](const YamlNode& item) {
    FileDraft& draft = routes.draft();
    Rule rule;
    rule.name = RuleName(draft, item, list, ++number);
    const std::string path = "routes." + list + "." + rule.name;
    draft.Mark("route " + rule.name, item.line);
    draft.Take("name of a route of routes." + list, rule.name, path, item.line);
    read({draft, "routes." + list, path, &item, item.line}, std::move(rule));
  });
}

}  // namespace

void ReadRoutes(Section section) {
  section.draft().Mark("routes", section.line());
  ReadRules<OutboundRuleSettings>(section, "outbound", ReadOutboundRule);
  ReadRules<InboundRuleSettings>(section, "inbound", ReadInboundRule);
  section.Read("unrouted", section.draft().settings().routes.unrouted,
               OneOf<Unrouted>({{"hold", Unrouted::hold}, {"reject", Unrouted::reject}}));
}

}  // namespace gateway::config
