// Reads one rule of routes.inbound.
#include <algorithm>
#include <chrono>
#include <optional>

#include "base/ascii.h"
#include "config/read_edits.h"
#include "config/rule_readers.h"

namespace gateway::config {
namespace {

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

void ReadFallback(Section& rule, const std::vector<std::string>& forward_to, std::optional<PacsFallback>& fallback) {
  Section section = rule.Sub("fallback", "routes.inbound.fallback");
  if (!section.present()) return;
  section.Require("to");
  PacsFallback read;
  ReadTargets(section, "to", "pacs", read.to);
  section.Read("after", read.after, Duration(std::chrono::seconds(1), std::chrono::hours(7 * 24)));
  for (const std::string& pacs : read.to) {
    if (std::ranges::find(forward_to, pacs) == forward_to.end()) continue;
    section.Mistake("to", pacs + " stands in forward_to of the rule, so it cannot be its fallback");
  }
  fallback = std::move(read);
}

}  // namespace

void ReadInboundRule(Section section, InboundRuleSettings rule) {
  rule.when = ReadCondition(section, "when", AskedBy::outbound_rules);
  if (!section.Has("file_documents_to")) section.Require("forward_to");
  ReadTargets(section, "forward_to", "pacs", rule.forward_to);
  section.ReadDirectory("file_documents_to", rule.file_documents_to);
  ReadDocumentKinds(section, rule.document_kinds);
  section.ReadProgram("document_scanner", rule.document_scanner);
  section.Read("reidentify", rule.reidentify, YesOrNo());
  if (rule.reidentify && section.Has("file_documents_to")) {
    section.Mistake("reidentify", "nobody can undo the pseudonyms in a document; leave out file_documents_to");
  }
  ReadEdits(section, rule.edits);
  const bool replaces_all = std::ranges::any_of(
      rule.edits, [](const Edit& edit) { return edit.kind == EditKind::new_uids && edit.attributes.empty(); });
  if (rule.reidentify && replaces_all) section.Mistake("reidentify", "new UIDs for all attributes would undo it");
  section.Read("original_attributes", rule.original_attributes, YesOrNo());
  section.Read("duplicates", rule.duplicates,
               OneOf<OnDuplicate>({{"ignore", OnDuplicate::ignore},
                                   {"forward", OnDuplicate::forward},
                                   {"quarantine", OnDuplicate::quarantine}}));
  ReadFallback(section, rule.forward_to, rule.fallback);
  section.Read("final", rule.final, YesOrNo());
  section.draft().settings().routes.inbound.push_back(std::move(rule));
}

}  // namespace gateway::config
