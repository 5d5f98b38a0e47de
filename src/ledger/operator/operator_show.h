// The records of `show`, one function a kind of item; nullopt: no such item. And how their fields are written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/operator_ledger.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

inline constexpr std::size_t kMaxChildren = 1000;

// Empty values and times that are not are left out.
void Add(Record& record, std::string name, std::string_view value);
void Add(Record& record, std::string name, std::int64_t value);
void Add(Record& record, std::string name, const std::optional<Time>& time);
// The ids of `kind`, comma-separated.
void AddIds(Record& record, std::string name, ItemKind kind, const std::vector<std::int64_t>& ids);
// Tries and the last error, of all that is tried again.
void AddTrouble(Record& record, std::int64_t tries, Time next_try, std::string_view code, std::string_view detail);
// Of what waits: which of its destinations is away, since when and why.
void AddWaits(Session& session, ItemId id, Record& record);
// By whom an item is held. `select`: "operator", "shipment" or NULL, and its partner.
void AddHolds(Session& session, std::string_view select, std::int64_t id, Record& record);
void AddSet(Record& record, const std::optional<std::string>& id, std::int64_t part, std::int64_t total);

std::optional<Record> ShowInstance(Session& session, std::int64_t id);
std::optional<Record> ShowShipment(Session& session, std::int64_t id);
std::optional<Record> ShowMessage(Session& session, std::int64_t id);
std::optional<Record> ShowMail(Session& session, std::int64_t id);
std::optional<Record> ShowDelivery(Session& session, std::int64_t id);
std::optional<Record> ShowReceipt(Session& session, std::int64_t id);
std::optional<Record> ShowSet(Session& session, std::int64_t id);
std::optional<Record> ShowDocument(Session& session, std::int64_t id);

void AddDeliveries(Session& session, std::int64_t instance, Record& record);

}  // namespace gateway::ledger
