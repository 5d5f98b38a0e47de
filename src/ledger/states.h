// All kinds of items and their states, as `status` shows them. The states' meaning: docs/ledger.md.
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace gateway::ledger {

struct KindStates {
  std::string_view kind;
  std::string_view table;
  std::vector<std::string_view> states;
};

inline const std::array<KindStates, 10>& AllStates() {
  static const std::array<KindStates, 10> kAll{{
      {"instances_out", "instance", {"routed", "held", "dropped"}},
      {"instances_in", "instance", {"accepted", "stored", "undeliverable", "conflict", "dropped"}},
      {"shipments",
       "shipment",
       {"open", "closed", "sent", "overdue", "delivered", "warning", "refused", "bounced", "failed", "cancelled"}},
      {"messages",
       "message",
       {"waiting", "sealed", "held", "sent", "overdue", "delivered", "warning", "refused", "bounced", "failed",
        "cancelled"}},
      {"mails", "mail", {"fetched", "opened", "fragment", "joined", "report", "quarantined", "dropped"}},
      {"deliveries", "delivery", {"waiting", "held", "stored", "failed", "cancelled"}},
      {"receipts", "receipt", {"waiting", "due", "held", "sent", "failed"}},
      {"sets", "received_set", {"incomplete", "overdue", "complete"}},
      {"documents_in", "document", {"waiting", "converted", "filed", "kept", "quarantined", "dropped"}},
      {"documents_out", "document", {"routed"}},
  }};
  return kAll;
}

}  // namespace gateway::ledger
