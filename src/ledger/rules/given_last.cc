#include "ledger/rules/given_last.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ledger/store/sql.h"

namespace gateway::ledger {

std::vector<Holding> HoldingsOf(Session& session, const std::string& sop_instance_uid) {
  std::vector<Holding> holdings;
  for (auto& [id, partner, sha256, digest, key, pacs, state, given] :
       session.Rows<std::int64_t, std::string, std::string, std::string, std::string, std::string, DeliveryState,
                    std::int64_t>(
           Sql("SELECT instance.id, partner, dataset_sha256, digest, COALESCE(spool_key, ''), delivery.pacs, "
               "delivery.state, delivery.given FROM instance JOIN delivery ON delivery.instance = instance.id WHERE "
               "sop_instance_uid = :uid AND (delivery.given > 0 OR delivery.state ",
               In(DeliveryState::waiting, DeliveryState::held), ") ORDER BY delivery.id"),
           sop_instance_uid)) {
    const bool is_pending = IsOneOf(state, DeliveryState::waiting, DeliveryState::held);
    holdings.push_back({{id, partner, sha256, digest, key}, pacs, is_pending, given});
  }
  return holdings;
}

std::vector<EarlierInstance> HeldBy(const std::vector<Holding>& holdings, const std::string& pacs) {
  const bool is_named = std::ranges::find(holdings, pacs, &Holding::pacs) != holdings.end();
  const Holding* last = nullptr;
  const Holding* next = nullptr;
  for (const Holding& holding : holdings) {
    if (is_named && holding.pacs != pacs) continue;
    if (holding.pending) next = &holding;
    if (holding.given > (last == nullptr ? 0 : last->given)) last = &holding;
  }
  std::vector<EarlierInstance> held;
  if (last != nullptr) held.push_back(last->instance);
  if (next != nullptr && next != last) held.push_back(next->instance);
  return held;
}

std::vector<std::int64_t> HeldAnywhere(const std::vector<Holding>& holdings) {
  std::set<std::int64_t> ids;
  for (const Holding& holding : holdings) {
    for (const EarlierInstance& held : HeldBy(holdings, holding.pacs)) ids.insert(held.id);
  }
  return {ids.begin(), ids.end()};
}

// A number, and no time: a clock may be set back.
void NoteGiven(Session& session, std::int64_t delivery) {
  session.Execute(
      "UPDATE delivery SET given = (SELECT MAX(other.given) + 1 FROM instance AS mine JOIN instance AS same ON "
      "same.sop_instance_uid = mine.sop_instance_uid JOIN delivery AS other ON other.instance = same.id WHERE mine.id "
      "= delivery.instance) WHERE id = :id",
      delivery);
}

}  // namespace gateway::ledger
