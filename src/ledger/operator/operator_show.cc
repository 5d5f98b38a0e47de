// `show`: one item with everything that belongs to it, and the items of a study.
#include "ledger/operator/operator_show.h"

#include <algorithm>
#include <utility>

#include "ledger/away_destinations.h"
#include "ledger/destinations.h"
#include "ledger/operator/waits.h"
#include "ledger/operator_ledger.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMaxItems = 1000;  // items of a study

template <typename Details>
constexpr ItemKind kKindOf = WordTable<decltype(Details::state)>::kKind;

std::optional<ItemDetails> Load(Session& session, ItemId id) {
  switch (id.kind) {
    case ItemKind::instance:
      return LoadInstance(session, id.number);
    case ItemKind::shipment:
      return LoadShipment(session, id.number);
    case ItemKind::message:
      return LoadMessage(session, id.number);
    case ItemKind::mail:
      return LoadMail(session, id.number);
    case ItemKind::delivery:
      return LoadDelivery(session, id.number);
    case ItemKind::receipt:
      return LoadReceipt(session, id.number);
    case ItemKind::set:
      return LoadSet(session, id.number);
    case ItemKind::document:
      return LoadDocument(session, id.number);
  }
  return std::nullopt;
}

}  // namespace

ItemId IdOf(const ItemDetails& details) {
  return std::visit([]<typename Details>(const Details& item) { return ItemId{kKindOf<Details>, item.id}; }, details);
}

KindState StateOf(const ItemDetails& details) {
  return std::visit([](const auto& item) { return KindState(item.state); }, details);
}

bool WaitsForDestination(const ItemDetails& details) {
  return std::visit(
      [](const auto& item) {
        if constexpr (requires { Waits(item.state); }) return Waits(item.state);
        return false;
      },
      details);
}

Attempts LoadAttempts(Session& session, ItemId id) {
  Attempts attempts;
  Time next_try;
  const std::string sql =
      "SELECT tries, next_try, error_code, error_detail FROM " + std::string(TableOf(id.kind)) + " WHERE id = :id";
  std::tie(attempts.tries, next_try, attempts.last_error.code, attempts.last_error.detail) =
      *session.Row<std::int64_t, Time, std::string, std::string>(sql, id.number);
  if (next_try > Time{}) attempts.next_try = next_try;
  return attempts;
}

std::vector<Away> LoadWaits(Session& session, ItemId id) {
  const std::vector<DestinationName> destinations = LoadDestinations(session, id);
  std::vector<Away> all = LoadAway(session);
  std::erase_if(
      all, [&](const Away& away) { return std::ranges::find(destinations, away.destination) == destinations.end(); });
  return all;
}

bool IsHeldDestination(Session& session, const DestinationName& destination) {
  return session
      .First<std::string>("SELECT name FROM held_destination WHERE kind = :kind AND name = :name",
                          NameOf(destination.kind), destination.name)
      .has_value();
}

std::optional<TelemedicineSet> LoadSetPart(Session& session, ItemId id) {
  const std::string sql =
      "SELECT set_id, set_part, set_total FROM " + std::string(TableOf(id.kind)) + " WHERE id = :id";
  auto [set_id, part, total] = *session.Row<std::optional<std::string>, std::uint32_t, std::uint32_t>(sql, id.number);
  if (!set_id) return std::nullopt;
  return TelemedicineSet{*std::move(set_id), part, total};
}

Result<std::optional<ItemDetails>> OperatorLedger::Show(ItemId id) {
  return database_.impl().Read(
      [&](Session& session) -> Result<std::optional<ItemDetails>> { return Load(session, id); });
}

Result<std::vector<ItemId>> OperatorLedger::ItemsOfStudy(const std::string& study_instance_uid) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<ItemId>> {
    std::vector<std::pair<Time, ItemId>> found;
    const auto collect = [&](ItemKind kind, std::string_view sql) {
      for (const auto& [id, created] : session.Rows<std::int64_t, Time>(sql, study_instance_uid, kMaxItems)) {
        found.emplace_back(created, ItemId{kind, id});
      }
    };
    if (study_instance_uid.empty()) return std::vector<ItemId>();
    collect(ItemKind::shipment,
            "SELECT id, created FROM shipment WHERE study_instance_uid = :study ORDER BY id DESC LIMIT :limit");
    collect(ItemKind::set,
            "SELECT id, created FROM received_set WHERE study_instance_uid = :study ORDER BY id DESC LIMIT :limit");
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<ItemId> items;
    items.reserve(found.size());
    for (const auto& [created, id] : found) items.push_back(id);
    return items;
  });
}

}  // namespace gateway::ledger
