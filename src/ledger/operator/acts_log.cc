// Tells the daemon what persons have done, and keeps their acts until they are in the log.
#include "ledger/operator_requests.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

// Loads to whom a shipment goes, and with how many files.
void LoadSent(Session& session, UnloggedAct& act) {
  const std::optional<ItemId> shipment = ParseItemId(act.item);
  if (!shipment) return;
  const auto sent = session.Row<std::string, std::uint64_t>(
      "SELECT partner, message_total FROM shipment WHERE id = :id", shipment->number);
  if (sent) std::tie(act.partner, act.files) = *sent;
}

}  // namespace

Result<std::vector<Woken>> OperatorRequests::WokenDestinations() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<Woken>> {
    std::vector<Woken> woken;
    for (auto& [kind, name, times] : session.Rows<std::string, std::string, std::int64_t>(
             "SELECT kind, name, times FROM woken ORDER BY kind, name")) {
      woken.push_back({{DestinationKindNamed(kind), std::move(name)}, times});
    }
    return woken;
  });
}

Result<std::vector<UnloggedAct>> OperatorRequests::Unlogged(std::size_t limit) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<UnloggedAct>> {
    std::vector<UnloggedAct> acts;
    for (auto& [id, at, what, item, actor] : session.Rows<std::int64_t, Time, std::string, std::string, std::string>(
             "SELECT id, at, what, item, actor FROM operator_act ORDER BY id LIMIT :limit", limit)) {
      UnloggedAct& act = acts.emplace_back();
      act.id = id;
      act.at = at;
      act.what = std::move(what);
      act.item = std::move(item);
      act.actor = std::move(actor);
      if (act.what == "send") LoadSent(session, act);
    }
    return acts;
  });
}

Result<void> OperatorRequests::ForgetActs(const std::vector<std::int64_t>& ids) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    for (const std::int64_t id : ids) session.Execute("DELETE FROM operator_act WHERE id = :id", id);
    return {};
  });
}

}  // namespace gateway::ledger
