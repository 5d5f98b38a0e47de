#include "cli/words.h"

#include "base/printable.h"
#include "base/time_text.h"
#include "gateway/result.h"
#include "ledger/error_codes.h"
#include "ledger/row_words.h"

namespace gateway::cli {
namespace {

constexpr std::size_t kMaxRanges = 50;

}  // namespace

std::string CountOf(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string TextOf(const ledger::Reason& reason) {
  std::string text = reason.code;
  if (!reason.detail.empty()) text += ": " + Printable(reason.detail);
  return text;
}

// Rows of earlier versions end in the hint themselves.
std::string TextOf(const ledger::Reason& reason, ItemId item) {
  std::string text = TextOf(reason);
  const bool has_hint = reason.detail.find(": retry ") != std::string::npos;
  if (!Is(reason.code, codes::kOvertaken) || has_hint) return text;
  return text + ": retry " + Format(item) + " stores this one in its place";
}

std::string TextOf(const ledger::Away& away) {
  return ledger::TextOf(away.destination) + " away since " + FormatTime(away.since) + ": " +
         TextOf(ledger::Reason{away.error_code, away.error_detail});
}

std::string StatusTextOf(const ledger::Away& away) {
  return ledger::TextOf(away.destination) + ", since " + FormatTime(away.since) + ": " +
         TextOf(ledger::Reason{away.error_code, away.error_detail});
}

std::string TextOf(const std::vector<ledger::NumberRange>& ranges) {
  std::string text;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kMaxRanges) return text + "...";
    text += std::to_string(ranges[i].first);
    if (ranges[i].last > ranges[i].first) text.append("-").append(std::to_string(ranges[i].last));
  }
  return text;
}

std::string TextOf(const ledger::Holds& holds) {
  std::string text = holds.item ? "operator" : holds.shipment ? "shipment" : "";
  if (holds.destination) text.append(text.empty() ? "" : ", ").append(ledger::TextOf(*holds.destination));
  return text;
}

std::string NotConfigured(const ledger::DestinationName& destination) {
  return "unknown-" + std::string(NameOf(destination.kind)) + ": the configuration has no " +
         ledger::TextOf(destination) + ": redirect";
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

std::string_view NameOf(Bundling bundling) {
  switch (bundling) {
    case Bundling::study:
      return "study";
    case Bundling::series:
      return "series";
    case Bundling::instance:
      break;
  }
  return "instance";
}

std::string_view NameOf(ReceiptMode mode) {
  switch (mode) {
    case ReceiptMode::none:
      return "";
    case ReceiptMode::mdn:
      return "mdn";
    case ReceiptMode::pgp:
      return "pgp";
  }
  return "";
}

std::string_view NameOf(ledger::Direction direction) {
  return direction == ledger::Direction::outbound ? "outbound" : "inbound";
}

std::string_view NameOf(ledger::ReceiptKind kind) {
  return ledger::WordOf(kind);
}

std::string_view NameOf(ledger::Disposition disposition) {
  return ledger::WordOf(disposition);
}

}  // namespace gateway::cli
