// Finds the changed copy of an instance for a message or a delivery, and says when a copy goes.
//
// shipment_instance.derived and delivery.derived name a row of `derived`. They are NULL where
// nothing was changed, so that loading such an item costs no query.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/derived_files.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Returns the copy that `derived` names. nullopt means that it names none, or one that is
// forgotten.
std::optional<DerivedFile> LoadDerived(Session& session, const std::optional<std::int64_t>& derived);

// The transaction forgets the files of these instances, and their copies go with them. Their files
// are left for FileRetention::ForgetDerived(), so that only one place removes them.
void ForgetDerivedOf(Session& session, const std::vector<std::int64_t>& instances);

}  // namespace gateway::ledger
