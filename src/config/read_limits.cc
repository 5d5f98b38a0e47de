// Reads `limits` of a mailbox or a partner: how fast mails may leave, except emergencies.
#include "base/printable.h"
#include "config/daily_hours.h"
#include "config/readers.h"

namespace gateway::config {
namespace {

constexpr std::uint64_t kSlowest = 1000;
constexpr std::uint64_t kFastest = 10'000'000'000;

// Reads 500KB/s.
Parser<std::uint64_t> Rate() {
  const Parser<std::uint64_t> size = Size(kSlowest, kFastest);
  return {"bytes per second from 1KB/s to 10GB/s, such as 500KB/s",
          [parse = size.parse](std::string_view text) -> std::optional<std::uint64_t> {
            constexpr std::string_view kEachSecond = "/s";
            if (!text.ends_with(kEachSecond)) return std::nullopt;
            text.remove_suffix(kEachSecond.size());
            return parse(text);
          }};
}

void ReadHours(Section& section, LimitSettings& limits) {
  const Entry* const entry = section.Find("hours");
  if (entry == nullptr) return;
  if (entry->value->kind != YamlNode::Kind::map) {
    return section.Mistake("hours", "expected a map such as { \"07:00-18:00\": 500KB/s }");
  }
  for (const Entry& one : entry->value->entries) {
    const std::string path = section.PathOf("hours") + "." + one.key;
    const std::optional<DailyHours> span = HoursOfDay().parse(one.key);
    if (!span) {
      section.draft().Mistake(one.line, section.PathOf("hours") + ": expected " + HoursOfDay().expected + ", not '" +
                                            Printable(one.key) + "'");
      continue;
    }
    const std::optional<std::uint64_t> rate = Rate().parse(one.value->text);
    if (!rate) {
      section.Reject(path, *one.value, Rate().expected);
      continue;
    }
    limits.hours.push_back({*span, *rate});
  }
}

}  // namespace

void ReadLimits(Section section, LimitSettings& limits) {
  if (!section.present()) return;
  section.Read("bulk", limits.bulk, Rate());
  ReadHours(section, limits);
}

}  // namespace gateway::config
