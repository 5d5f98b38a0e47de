// The migrations one by one, and what they are written with. The header is private to schema.cc and
// *_migrations.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/schema.h"

namespace gateway::ledger {

// Adds instances, shipments, messages, mails and deliveries.
Migration First();
// Adds receipts, received sets and non-DICOM documents.
Migration Second();

std::string Table(const std::string& name, const std::string& columns);
// Returns the statement for a table with an id and a state.
std::string WithKey(const std::string& name, const std::string& columns);

struct Counted {
  std::string_view kind;
  std::vector<std::string_view> states;
};

void AddCountRows(const std::vector<Counted>& counted, std::vector<std::string>& out);

}  // namespace gateway::ledger
