// Reads what an outbound rule says of whole studies: when they are complete, and how large they may
// be.
#include <chrono>

#include "config/rule_readers.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

void ReadSopClasses(Section& section, CompletionSettings& complete) {
  section.ForEachText("sop_classes", Uid().expected, [&](const YamlNode& item) {
    if (!Uid().parse(item.text)) return section.Reject(section.PathOf("sop_classes"), item, Uid().expected);
    complete.sop_classes.push_back(item.text);
  });
}

// Two of the keys belong to one way of completion each.
void CheckBelongs(Section& section, std::string_view key, bool wanted, const std::string& by) {
  if (wanted) return section.Require(key);
  if (section.Has(key)) section.Mistake(key, "is only for by: " + by);
}

}  // namespace

std::optional<CompletionSettings> ReadComplete(Section& rule, Bundling bundling) {
  Section section = rule.Sub("complete", "routes.outbound.complete");
  if (!section.present()) return std::nullopt;
  if (bundling == Bundling::instance) rule.Mistake("complete", "with release: instance nothing waits for others");
  CompletionSettings complete;
  section.Read("by", complete.by,
               OneOf<CompleteBy>({{"quiet", CompleteBy::quiet},
                                  {"association", CompleteBy::association},
                                  {"count", CompleteBy::count},
                                  {"instance", CompleteBy::instance}}));
  Parser<std::string> pacs{"the name of a pacs",
                           [](std::string_view text) { return std::optional<std::string>(text); }};
  CheckBelongs(section, "at", complete.by == CompleteBy::count, "count");
  if (section.Read("at", complete.at, pacs)) {
    section.draft().Refer("pacs", complete.at, section.PathOf("at"), section.LineOf("at"));
  }
  CheckBelongs(section, "sop_classes", complete.by == CompleteBy::instance, "instance");
  ReadSopClasses(section, complete);
  Milliseconds read{};
  if (section.Read("grace", read, Duration(seconds(0), hours(24)))) complete.grace = read;
  if (section.Read("at_most", read, Duration(seconds(1), hours(7 * 24)))) complete.at_most = read;
  if (complete.grace && complete.at_most && *complete.at_most < *complete.grace) {
    section.Mistake("at_most", "is shorter than grace");
  }
  return complete;
}

LargestStudy ReadLargestStudy(Section& rule, Bundling bundling) {
  Section section = rule.Sub("largest_study", "routes.outbound.largest_study");
  LargestStudy largest;
  if (!section.present()) return largest;
  if (bundling == Bundling::instance) rule.Mistake("largest_study", "with release: instance nothing is collected");
  section.Read("instances", largest.instances, WholeNumber(1, 1'000'000'000));
  section.Read("bytes", largest.bytes, Size(1, std::uint64_t{1} << 50));
  section.Read("then", largest.hold, Parser<bool>(OneOf<bool>({{"alarm", false}, {"hold", true}})));
  if (largest.instances == 0 && largest.bytes == 0) rule.Mistake("largest_study", "needs instances or bytes");
  return largest;
}

}  // namespace gateway::config
