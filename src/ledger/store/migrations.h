// The migrations one by one, and what they are written with. Private to schema.cc and
// *_migrations.cc.
//
// A migration is history: it names tables, columns and states in literal text, as they were called
// when it was released. It never asks states.h, which says what they are called today.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/schema.h"

namespace gateway::ledger {

// Instances, shipments, messages, mails, deliveries.
Migration First();
// Receipts, received sets, non-DICOM documents.
Migration Second();

std::string Table(const std::string& name, const std::string& columns);
// One with an id and a state.
std::string WithKey(const std::string& name, const std::string& columns);

struct Counted {
  std::string_view kind;
  std::vector<std::string_view> states;
};

void AddCountRows(const std::vector<Counted>& counted, std::vector<std::string>& out);

}  // namespace gateway::ledger
