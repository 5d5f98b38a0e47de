// Reads `window` of an outbound rule.
#include "config/daily_hours.h"
#include "config/rule_readers.h"

namespace gateway::config {

void ReadWindow(Section& section, std::optional<TimeWindow>& window) {
  if (!section.Has("window")) return;
  Section read = section.Sub("window", "routes.outbound.window");
  window.emplace();
  read.Require("from");
  read.Require("to");
  const bool from = read.Read("from", window->hours.from, TimeOfDay());
  const bool to = read.Read("to", window->hours.to, TimeOfDay());
  if (from && to && window->hours.from == window->hours.to) read.Mistake("to", "is the same time as from");
  const auto day = OneOf<std::string>({{"mon", "mon"},
                                       {"tue", "tue"},
                                       {"wed", "wed"},
                                       {"thu", "thu"},
                                       {"fri", "fri"},
                                       {"sat", "sat"},
                                       {"sun", "sun"},
                                       {"holiday", "holiday"}});
  read.ForEachText("days", day.expected, [&](const YamlNode& item) {
    const std::optional<std::string> name = day.parse(item.text);
    if (!name) return read.Reject(read.PathOf("days"), item, day.expected);
    window->days.push_back(*name);
  });
}

}  // namespace gateway::config
