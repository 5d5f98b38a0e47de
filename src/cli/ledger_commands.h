// `status`, `list`, `show`: what is on its way, what arrived, and what failed and why.
#pragma once

#include <filesystem>
#include <string>

namespace gateway::cli {

bool LooksLikeUid(const std::string& text);

int ShowStatus(const std::filesystem::path& config, bool json);

struct ListOptions {
  std::string state;  // empty: the default of ledger::ListFilter
  // Instances, shipments, messages, mails, deliveries, receipts, sets, documents.
  std::string kind;
  std::size_t limit = 1000;
};
int List(const std::filesystem::path& config, const ListOptions& options, bool json);

// `id` is an item, or a Study Instance UID for all shipments and received sets of that study. With
// `json` a study gives a list.
int Show(const std::filesystem::path& config, const std::string& id, bool json);

}  // namespace gateway::cli
