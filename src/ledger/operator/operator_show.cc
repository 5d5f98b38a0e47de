// `show`: one item with all that hangs on it; and what there is of a study.
#include "ledger/operator/operator_show.h"

#include <algorithm>

#include "base/time_text.h"
#include "ledger/operator/operator_text.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMaxItems = 1000;  // of a study

}  // namespace

void Add(Record& record, std::string name, std::string_view value) {
  if (!value.empty()) record.fields.emplace_back(std::move(name), Printable(value));
}

void Add(Record& record, std::string name, std::int64_t value) {
  record.fields.emplace_back(std::move(name), std::to_string(value));
}

void Add(Record& record, std::string name, const std::optional<Time>& time) {
  if (time) record.fields.emplace_back(std::move(name), FormatTime(*time));
}

void AddIds(Record& record, std::string name, ItemKind kind, const std::vector<std::int64_t>& ids) {
  std::string text;
  for (const std::int64_t id : ids) text.append(text.empty() ? "" : ", ").append(Format(kind, id));
  Add(record, std::move(name), text);
}

void AddTrouble(Record& record, std::int64_t tries, Time next_try, std::string_view code, std::string_view detail) {
  if (tries > 0) Add(record, "tries", tries);
  if (next_try > Time{}) Add(record, "next_try", std::optional(next_try));
  Add(record, "error", Reason(code, detail));
}

void AddWaits(Session& session, ItemId id, Record& record) {
  const std::vector<DestinationName> destinations = LoadDestinations(session, id);
  for (const Away& away : LoadAway(session)) {
    if (std::find(destinations.begin(), destinations.end(), away.destination) == destinations.end()) continue;
    Add(record, "waits_for", TextOf(away));
  }
}

void AddHolds(Session& session, std::string_view select, std::int64_t id, Record& record) {
  const auto [by, partner] = *session.Row<std::string, std::string>(select, id);
  std::string text = by;
  if (session.First<std::string>("SELECT name FROM held_destination WHERE kind = 'partner' AND name = :name",
                                 partner)) {
    text.append(text.empty() ? "" : ", ").append("partner ").append(partner);
  }
  Add(record, "held_by", text);
}

void AddSet(Record& record, const std::optional<std::string>& id, std::int64_t part, std::int64_t total) {
  if (id) Add(record, "set", *id + ", part " + std::to_string(part) + " of " + std::to_string(total));
}

Result<std::optional<Record>> OperatorLedger::Show(ItemId id) {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<Record>> {
    switch (id.kind) {
      case ItemKind::instance:
        return ShowInstance(session, id.number);
      case ItemKind::shipment:
        return ShowShipment(session, id.number);
      case ItemKind::message:
        return ShowMessage(session, id.number);
      case ItemKind::mail:
        return ShowMail(session, id.number);
      case ItemKind::delivery:
        return ShowDelivery(session, id.number);
      case ItemKind::receipt:
        return ShowReceipt(session, id.number);
      case ItemKind::set:
        return ShowSet(session, id.number);
      case ItemKind::document:
        return ShowDocument(session, id.number);
    }
    return std::optional<Record>();
  });
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
