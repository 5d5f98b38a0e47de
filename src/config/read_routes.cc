// Reads the section `routes`: its lists of rules, and their names.
#include "attributes/comparable.h"
#include "config/readers.h"
#include "config/rule_readers.h"

namespace gateway::config {
namespace {

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

// `before` counts the rules of other files, so that the numbers go on.
template <typename Rule>
void ReadRules(Section& routes, const std::string& list, std::size_t before, void (*read)(Section, Rule)) {
  std::size_t number = before;
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

// Reads dates such as 2026-12-25, or 12-25 for each year.
void ReadHolidays(Section& routes, std::vector<std::string>& holidays) {
  const std::string expected = "a date, as 2026-12-25, or 12-25 for each year";
  routes.ForEachText("holidays", expected, [&](const YamlNode& item) {
    const std::string date = item.text.size() == 5 ? "2000-" + item.text : item.text;
    const bool good = date.size() == 10 && date[4] == '-' && date[7] == '-' &&
                      attributes::ComparableOf(date, attributes::Comparison::date);
    if (!good) return routes.Reject(routes.PathOf("holidays"), item, expected);
    holidays.push_back(item.text);
  });
}

}  // namespace

// Reads send_to and forward_to.
void ReadTargets(Section& rule, std::string_view key, const std::string& kind, std::vector<std::string>& targets) {
  rule.ForEachText(key, "the name of a " + kind, [&](const YamlNode& item) {
    rule.draft().Refer(kind, item.text, rule.PathOf(key), item.line);
    targets.push_back(item.text);
  });
}

void ReadMoreRoutes(Section section) {
  RouteSettings& routes = section.draft().settings().routes;
  ReadRules<OutboundRuleSettings>(section, "outbound", routes.outbound.size(), ReadOutboundRule);
  ReadRules<InboundRuleSettings>(section, "inbound", routes.inbound.size(), ReadInboundRule);
  ReadHolidays(section, routes.holidays);
}

void ReadRoutes(Section section) {
  section.draft().Mark("routes", section.line());
  ReadMoreRoutes(section);
  section.Read("unrouted", section.draft().settings().routes.unrouted,
               OneOf<Unrouted>({{"hold", Unrouted::hold}, {"reject", Unrouted::reject}}));
}

}  // namespace gateway::config
