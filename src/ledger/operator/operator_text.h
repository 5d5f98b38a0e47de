// Words of the operators' views. What came from outside (addresses, Message-IDs, servers' replies) is made printable:
// a terminal obeys control characters, JSON must be UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "gateway/priority.h"
#include "ledger/states.h"

namespace gateway::ledger {

// "code: detail", or empty.
std::string Reason(std::string_view code, std::string_view detail);
// "1 instance", "2 instances".
std::string CountOf(std::int64_t count, std::string_view noun);
// Why an instance in this state waits for a person: a stable code, and words. Empty: it does not.
// `difference`: as its row says.
std::pair<std::string, std::string> WhyInstance(InstanceState state, const std::string& difference = {});
std::string NameOf(Priority priority);
// Ascending numbers as ranges, "3, 7-9"; after the first fifty ranges "...".
std::string RangesOf(const std::vector<std::int64_t>& numbers);
// Of `total` numbers from 1, or from 0 where that is among them, those that are not, likewise.
std::string GapsOf(const std::vector<std::int64_t>& numbers, std::int64_t total);

}  // namespace gateway::ledger
