// `status`, `list`, `show`: what is on its way, what arrived, what failed and why.
#pragma once

#include <filesystem>
#include <string>

namespace gateway::cli {

int ShowStatus(const std::filesystem::path& config, bool json);

struct ListOptions {
  std::string state;  // empty: the default of ledger::ListFilter
  std::string kind;   // instances, shipments, messages, mails, deliveries
  std::size_t limit = 1000;
};
int List(const std::filesystem::path& config, const ListOptions& options, bool json);

int Show(const std::filesystem::path& config, const std::string& id, bool json);

}  // namespace gateway::cli
