// `services`: what was asked of services that answer, and what came back.
#pragma once

#include <filesystem>

namespace gateway::cli {

int ShowServices(const std::filesystem::path& config, bool json);

}  // namespace gateway::cli
