// Reads one rule of `routes`. Each subject of a rule has its own file: conditions, outbound rules
// and inbound rules. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "gateway/settings/routes.h"

namespace gateway::config {

// Reads a rule, and adds it to the settings. `rule` holds its name already.
void ReadOutboundRule(Section section, OutboundRuleSettings rule);
void ReadInboundRule(Section section, InboundRuleSettings rule);

// Reads the `when:` below `key`. `others` names the attributes that only the other kind of rules
// may use. Without the key, the condition matches anything.
Condition ReadCondition(Section& section, std::string_view key, AskedBy others);

// Reads `transcode` of an outbound rule.
void ReadTranscode(Section& section, Coding& coding);

// Read `complete` and `largest_study` of an outbound rule.
std::optional<CompletionSettings> ReadComplete(Section& rule, Bundling bundling);
LargestStudy ReadLargestStudy(Section& rule, Bundling bundling);

// Reads `fallback` of an outbound rule. Must be called after send_to was read.
void ReadPartnerFallback(Section& section, OutboundRuleSettings& rule);

// Reads `window` of an outbound rule.
void ReadWindow(Section& section, std::optional<TimeWindow>& window);

// Reads a list of names of partners or PACS, as send_to and forward_to are. `kind` is that of a
// Reference: kPartnerOrService, "partner" or "pacs".
void ReadTargets(Section& rule, std::string_view key, const std::string& kind, std::vector<std::string>& targets);

}  // namespace gateway::config
