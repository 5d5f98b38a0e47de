// Reads one rule of routes.outbound.
#include "config/read_deidentify.h"
#include "config/read_edits.h"
#include "config/rule_readers.h"
#include "config/schema.h"

namespace gateway::config {
namespace {

// What goes to nobody has no other properties. The table ends there by itself.
void RefuseBesideSkip(Section& section) {
  for (const std::string_view key : SchemaOf("routes.outbound").keys) {
    if (key == "name" || key == "when" || key == "skip" || !section.Has(key)) continue;
    section.Mistake(key, "a rule with skip: true sends nothing, so it has only a name and a when");
  }
}

}  // namespace

void ReadOutboundRule(Section section, OutboundRuleSettings rule) {
  rule.when = ReadCondition(section, "when", AskedBy::inbound_rules);
  section.Read("skip", rule.skip, YesOrNo());
  if (rule.skip) {
    RefuseBesideSkip(section);
  } else {
    section.Require("send_to");
  }
  ReadTargets(section, "send_to", kPartnerOrService, rule.send_to);
  ReadPartnerFallback(section, rule);
  ReadWindow(section, rule.window);
  section.Read(
      "priority", rule.priority,
      OneOf<Priority>({{"emergency", Priority::emergency}, {"normal", Priority::normal}, {"bulk", Priority::bulk}}));
  section.Read(
      "release", rule.bundling,
      OneOf<Bundling>({{"instance", Bundling::instance}, {"series", Bundling::series}, {"study", Bundling::study}}));
  rule.complete = ReadComplete(section, rule.bundling);
  rule.largest_study = ReadLargestStudy(section, rule.bundling);
  ReadEdits(section, rule.edits);
  section.Read("original_attributes", rule.original_attributes, YesOrNo());
  ReadTranscode(section, rule.transcode);
  rule.deidentify = ReadDeidentify(section);
  section.Read("final", rule.final, YesOrNo());
  section.draft().settings().routes.outbound.push_back(std::move(rule));
}

}  // namespace gateway::config
