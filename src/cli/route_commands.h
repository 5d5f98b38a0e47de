// The commands that tell about the routing tables: `explain` and `routes test`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace gateway::cli {

struct ExplainArguments {
  std::filesystem::path file;
  std::string calling_ae;
  std::string called_ae;
  std::string caller;
  std::uint16_t port = 0;
  std::string partner;
  std::string at;  // local time; empty: now
};

int Explain(const std::filesystem::path& config, const ExplainArguments& arguments, bool json);

// `file` is the file of tests.
int TestRoutes(const std::filesystem::path& config, const std::filesystem::path& file, bool json);

}  // namespace gateway::cli
