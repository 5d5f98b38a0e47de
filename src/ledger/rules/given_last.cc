#include "ledger/rules/given_last.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/instance_digest.h"
#include "gateway/item_id.h"
#include "ledger/error_codes.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

void LockUidOf(Session& session, std::int64_t delivery) {
  if constexpr (kLocked.empty()) return;
  const auto uid = session.First<std::string>(
      "SELECT sop_instance_uid FROM delivery JOIN instance ON instance.id = delivery.instance WHERE delivery.id = :id",
      delivery);
  if (uid) LockName(session, LockOf::uid, *uid);
}

std::vector<Holding> HoldingsOf(Session& session, const std::string& sop_instance_uid) {
  LockName(session, LockOf::uid, sop_instance_uid);
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

bool IsSame(const EarlierInstance& one, const EarlierInstance& other) {
  if (one.dataset_sha256 == other.dataset_sha256) return true;
  const auto digest = InstanceDigestFrom(one.digest);
  const auto of_other = InstanceDigestFrom(other.digest);
  return digest && of_other && Compare(*digest, *of_other) == Difference::none;
}

// A number, and no time: a clock may be set back.
void NoteGiven(Session& session, std::int64_t delivery) {
  LockUidOf(session, delivery);
  session.Execute(
      "UPDATE delivery SET given = (SELECT MAX(other.given) + 1 FROM instance AS mine JOIN instance AS same ON "
      "same.sop_instance_uid = mine.sop_instance_uid JOIN delivery AS other ON other.instance = same.id WHERE mine.id "
      "= delivery.instance) WHERE id = :id",
      delivery);
}

void NoteDecided(Session& session, std::int64_t delivery) {
  LockUidOf(session, delivery);
  session.Execute(
      "UPDATE delivery SET decided = (SELECT MAX(other.decided) + 1 FROM instance AS mine JOIN instance AS same ON "
      "same.sop_instance_uid = mine.sop_instance_uid JOIN delivery AS other ON other.instance = same.id WHERE mine.id "
      "= delivery.instance) WHERE id = :id",
      delivery);
}

Standing StandingOf(Session& session, std::int64_t delivery, const std::vector<std::int64_t>& together, Time now) {
  struct Row {
    EarlierInstance instance;
    std::int64_t delivery = 0;
    std::int64_t given = 0;
    std::int64_t decided = 0;
    int priority = 0;
    bool in_hand = false;
  };
  LockUidOf(session, delivery);
  std::vector<Row> rows;
  for (auto& [id, partner, sha256, digest, other, given, decided, priority, claimed_until] :
       session.Rows<std::int64_t, std::string, std::string, std::string, std::int64_t, std::int64_t, std::int64_t, int,
                    Time>(
           "SELECT same.id, same.partner, same.dataset_sha256, same.digest, other.id, other.given, other.decided, "
           "other.priority, other.claimed_until FROM delivery AS mine JOIN instance ON instance.id = mine.instance "
           "JOIN instance AS "
           "same ON same.sop_instance_uid = instance.sop_instance_uid JOIN delivery AS other ON other.instance = "
           "same.id AND other.pacs = mine.pacs WHERE mine.id = :id",
           delivery)) {
    rows.push_back({{id, partner, sha256, digest, {}}, other, given, decided, priority, claimed_until >= now});
  }
  const auto mine = std::ranges::find(rows, delivery, &Row::delivery);
  if (mine == rows.end() || rows.size() == 1) return {};
  Standing standing;
  const auto last = std::ranges::max_element(rows, {}, &Row::given);
  if (last->given > mine->given && !IsSame(last->instance, mine->instance)) {
    standing.replaced = last->instance;
    standing.overtaken = last->decided > mine->decided;
  }
  standing.waits = std::ranges::any_of(rows, [&](const Row& row) {
    if (!row.in_hand || row.delivery == delivery || IsSame(row.instance, mine->instance)) return false;
    const bool is_ours = std::ranges::find(together, row.delivery) != together.end();
    return !is_ours || std::tie(row.priority, row.decided) < std::tie(mine->priority, mine->decided);
  });
  return standing;
}

Error StopOvertaken(Session& session, std::int64_t delivery, const EarlierInstance& by) {
  Error error =
      Permanent(codes::kOvertaken, "the PACS was given " + Format(ItemKind::instance, by.id) + " from " + by.partner +
                                       " since, another content of the same SOP Instance UID: retry " +
                                       Format(ItemKind::delivery, delivery) + " stores this one in its place");
  session.Execute(Sql("UPDATE delivery SET state = ", DeliveryState::failed,
                      ", next_try = 0, claimed_until = 0, error_code = :code, error_detail = :detail WHERE id = :id"),
                  error.code, error.detail, delivery);
  return error;
}

void CarryGiven(Session& session, std::int64_t instance, const std::string& from, const std::string& to) {
  for (const std::int64_t delivery : session.Column1<std::int64_t>(
           Sql("SELECT delivery.id FROM instance AS mine JOIN instance AS same ON same.sop_instance_uid = "
               "mine.sop_instance_uid JOIN delivery ON delivery.instance = same.id AND delivery.pacs = :from WHERE "
               "mine.id = :id AND delivery.given > 0 AND delivery.state ",
               In(DeliveryState::stored, DeliveryState::cancelled)),
           from, instance)) {
    session.Execute(
        "UPDATE delivery SET pacs = :to WHERE id = :id AND NOT EXISTS (SELECT 1 FROM delivery AS other WHERE "
        "other.instance = delivery.instance AND other.pacs = :new)",
        to, delivery, to);
  }
}

}  // namespace gateway::ledger
