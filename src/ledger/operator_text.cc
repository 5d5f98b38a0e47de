#include "ledger/operator_text.h"

#include "base/utf8.h"

namespace gateway::ledger {

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const std::size_t valid = ValidUtf8Prefix(text);
    for (const char c : text.substr(0, valid)) {
      const auto byte = static_cast<unsigned char>(c);
      printable += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    text.remove_prefix(valid);
    if (text.empty()) break;
    printable += '?';
    text.remove_prefix(1);
  }
  return printable;
}

std::string Reason(std::string_view code, std::string_view detail) {
  std::string reason(code);
  if (!detail.empty()) reason += ": " + Printable(detail);
  return reason;
}

std::string CountOf(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::pair<std::string, std::string> WhyInstance(std::string_view state) {
  if (state == "held") return {"no-route", "no outbound rule matches"};
  if (state == "undeliverable") return {"no-inbound-route", "no inbound rule matches"};
  if (state == "conflict") {
    return {"instance-conflict", "the same SOP Instance UID came before with another data set"};
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

}  // namespace gateway::ledger
