// `status`.
#include <algorithm>

#include "ledger/operator/operator_text.h"
#include "ledger/operator_ledger.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

// Of the two the older; either may be missing.
std::optional<Time> Older(const std::optional<Time>& a, const std::optional<Time>& b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Result<Status> OperatorLedger::GetStatus() {
  return database_.impl().Read([&](Session& session) -> Result<Status> {
    Status status;
    for (const auto& [kind, state, n] :
         session.Rows<std::string, std::string, std::int64_t>("SELECT kind, state, n FROM state_count")) {
      status.counts[kind][state] = n;
    }
    // Ids rise with time: by id the oldest is found in the index of states, however many wait.
    status.oldest_unsent =
        Older(session.First<Time>("SELECT created FROM message WHERE state = 'waiting' ORDER BY id LIMIT 1"),
              session.First<Time>("SELECT created FROM message WHERE state = 'sealed' ORDER BY id LIMIT 1"));
    status.oldest_undelivered =
        session.First<Time>("SELECT created FROM delivery WHERE state = 'waiting' ORDER BY id LIMIT 1");
    status.oldest_unreceipted =
        Older(session.First<Time>("SELECT finished FROM message WHERE state = 'sent' AND receipt_asked <> '' "
                                  "ORDER BY finished LIMIT 1"),
              session.First<Time>("SELECT finished FROM message WHERE state = 'overdue' ORDER BY finished LIMIT 1"));
    status.held_shipments = *session.First<std::int64_t>("SELECT COUNT(*) FROM shipment WHERE held = 1");
    for (auto& [kind, name] :
         session.Rows<std::string, std::string>("SELECT kind, name FROM held_destination ORDER BY kind, name")) {
      status.held_destinations.push_back(kind + " " + Printable(name));
    }
    status.away = LoadAway(session);
    status.quarantined = status.counts["mails"]["quarantined"] + status.counts["instances_out"]["held"] +
                         status.counts["instances_in"]["undeliverable"] + status.counts["instances_in"]["conflict"] +
                         status.counts["documents_in"]["quarantined"] + status.counts["documents_in"]["kept"];
    return status;
  });
}

}  // namespace gateway::ledger
