// Studies that go to another partner, the fallback of their rule, because the first one does not
// take them. A shipment falls back at most once. What a partner was to get anyway, by whatever
// rule, does not go to it a second time. Each call is one transaction, which is durable when the
// call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/shipments.h"
#include "ledger/states.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A shipment whose rule named a fallback, and which did not fall back yet.
struct FallbackCandidate {
  std::int64_t shipment = 0;
  std::string partner;
  std::string rule;  // as the configuration names it
  Priority priority = Priority::normal;
  ShipmentState state{};
  Time since;  // since when the partner's answer is awaited
};

// What goes to one fallback partner.
struct FallbackShipment {
  std::string partner;
  std::string mailbox;
  std::string set_id;
  std::vector<std::vector<std::int64_t>> messages;  // instances; empty: it has all of them already
};

class Fallbacks {
 public:
  explicit Fallbacks(Database& database) : database_(database) {}

  // Returns shipments that failed for good, in states failed, refused or bounced, and those with
  // messages of which nothing good is known since `since_before` or earlier. Nothing is returned of
  // shipments that are open or cancelled, or with messages that a person holds.
  Result<std::vector<FallbackCandidate>> Candidates(Time since_before);
  // Returns what `partner` would get in place of the shipment's own partner: all instances with
  // their files, except those of messages that a person cancelled, and those that go to `partner`
  // already.
  Result<std::vector<OpenShipment::Item>> ItemsFor(std::int64_t shipment, const std::string& partner);
  // The shipment falls back. Returns for each of `to` the new shipment, which is closed, or 0 if
  // there is nothing for it. Returns nullopt, and changes nothing, if the shipment's state, or what
  // a partner would get, changed meanwhile.
  Result<std::optional<std::vector<std::int64_t>>> Record(const FallbackCandidate& candidate,
                                                          const std::vector<FallbackShipment>& to, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
