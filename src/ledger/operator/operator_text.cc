#include "ledger/operator/operator_text.h"

#include "base/printable.h"
#include "ledger/error_codes.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMaxRanges = 50;

struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

std::string Text(const std::vector<Range>& ranges) {
  std::string text;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kMaxRanges) return text + "...";
    text += std::to_string(ranges[i].first);
    if (ranges[i].last > ranges[i].first) text.append("-").append(std::to_string(ranges[i].last));
  }
  return text;
}

}  // namespace

std::string Reason(std::string_view code, std::string_view detail) {
  std::string reason(code);
  if (!detail.empty()) reason += ": " + Printable(detail);
  return reason;
}

std::string CountOf(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::pair<std::string, std::string> WhyInstance(InstanceState state, const std::string& difference) {
  if (state == InstanceState::held) return {std::string(codes::kNoRoute.name), "no outbound rule matches"};
  if (state == InstanceState::undeliverable)
    return {std::string(codes::kNoInboundRoute.name), "no inbound rule matches"};
  if (state == InstanceState::conflict) {
    return {std::string(codes::kInstanceConflict.name),
            difference.empty() ? "the same SOP Instance UID came before with another data set" : difference};
  }
  return {};
}

std::string NameOf(Priority priority) {
  switch (priority) {
    case Priority::emergency:
      return "emergency";
    case Priority::normal:
      return "normal";
    case Priority::bulk:
      return "bulk";
  }
  return std::to_string(static_cast<int>(priority));
}

std::string RangesOf(const std::vector<std::int64_t>& numbers) {
  std::vector<Range> ranges;
  for (const std::int64_t number : numbers) {
    if (!ranges.empty() && ranges.back().last + 1 == number) {
      ranges.back().last = number;
    } else {
      ranges.push_back({number, number});
    }
  }
  return Text(ranges);
}

std::string GapsOf(const std::vector<std::int64_t>& numbers, std::int64_t total) {
  std::vector<Range> gaps;
  std::int64_t next = !numbers.empty() && numbers.front() == 0 ? 0 : 1;
  const std::int64_t last = next + total - 1;
  for (const std::int64_t number : numbers) {
    if (number > last) break;
    if (number > next) gaps.push_back({next, number - 1});
    next = number + 1;
  }
  if (next <= last) gaps.push_back({next, last});
  return Text(gaps);
}

}  // namespace gateway::ledger
