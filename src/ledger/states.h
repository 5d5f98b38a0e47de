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

inline const std::array<KindStates, 6>& AllStates() {
  static const std::array<KindStates, 6> kAll{{
      {"instances_out", "instance", {"routed", "held", "dropped"}},
      {"instances_in", "instance", {"accepted", "stored", "undeliverable", "conflict", "dropped"}},
      {"shipments", "shipment", {"open", "closed", "sent", "failed"}},
      {"messages", "message", {"waiting", "sealed", "sent", "failed"}},
      {"mails", "mail", {"fetched", "opened", "fragment", "joined", "quarantined", "dropped"}},
      {"deliveries", "delivery", {"waiting", "stored", "failed"}},
  }};
  return kAll;
}

}  // namespace gateway::ledger
