// `status`: how many items are in each state, and what needs attention.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "ledger/away_destinations.h"
#include "ledger/operator_ledger.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Returns the older of the two times. Either may be missing.
std::optional<Time> Older(const std::optional<Time>& a, const std::optional<Time>& b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// Counts the mails, instances and documents that wait for a person.
std::int64_t CountQuarantined(const Status& status) {
  using I = InstanceState;
  const std::array waiting{KindState(MailState::quarantined), KindState(I::held),
                           KindState(I::undeliverable),       KindState(I::conflict),
                           KindState(DocumentState::kept),    KindState(DocumentState::quarantined)};
  std::int64_t sum = 0;
  for (const auto& [kind, states] : status.counts) {
    for (const auto& [state, count] : states) {
      if (std::ranges::find(waiting, state) != waiting.end()) sum += count;
    }
  }
  return sum;
}

void LoadCounts(Session& session, Status& status) {
  std::map<std::pair<std::string, std::string>, std::int64_t> rows;
  for (const auto& [kind, state, n] :
       session.Rows<std::string, std::string, std::int64_t>("SELECT kind, state, n FROM state_count")) {
    rows[{kind, state}] = n;
  }
  for (const KindStates& kind : AllStates()) {
    for (const KindState& state : kind.states) {
      status.counts[kind.kind][state] = rows[{std::string(NameOf(kind.kind)), std::string(state.name)}];
    }
  }
}

}  // namespace

Result<Status> OperatorLedger::GetStatus() {
  return database_.impl().Read([&](Session& session) -> Result<Status> {
    Status status;
    LoadCounts(session, status);
    // Ids rise with time. So the index of states gives the oldest item as the one with the lowest
    // id, however many items wait.
    status.oldest_unsent =
        Older(session.First<Time>(
                  Sql("SELECT created FROM message WHERE state = ", MessageState::waiting, " ORDER BY id LIMIT 1")),
              session.First<Time>(
                  Sql("SELECT created FROM message WHERE state = ", MessageState::sealed, " ORDER BY id LIMIT 1")));
    status.oldest_undelivered = session.First<Time>(
        Sql("SELECT created FROM delivery WHERE state = ", DeliveryState::waiting, " ORDER BY id LIMIT 1"));
    status.oldest_unreceipted =
        Older(session.First<Time>(Sql("SELECT finished FROM message WHERE state = ", MessageState::sent,
                                      " AND receipt_asked <> '' ORDER BY finished LIMIT 1")),
              session.First<Time>(Sql("SELECT finished FROM message WHERE state = ", MessageState::overdue,
                                      " ORDER BY finished LIMIT 1")));
    status.held_shipments = *session.First<std::int64_t>("SELECT COUNT(*) FROM shipment WHERE held = 1");
    for (auto& [kind, name] :
         session.Rows<std::string, std::string>("SELECT kind, name FROM held_destination ORDER BY kind, name")) {
      status.held_destinations.push_back({DestinationKindNamed(kind), std::move(name)});
    }
    status.away = LoadAway(session);
    status.quarantined = CountQuarantined(status);
    return status;
  });
}

}  // namespace gateway::ledger
