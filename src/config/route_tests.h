// Reads the file of `routes test`.
#pragma once

#include <filesystem>
#include <vector>

#include "config/loader.h"
#include "gateway/settings/route_tests.h"

namespace gateway::config {

struct LoadedRouteTests {
  std::vector<RouteTest> tests;
  std::vector<Diagnostic> mistakes;
};

// Reads a YAML file with the key `tests`, a list. docs/routing.md describes it. Paths in it are
// relative to the file.
LoadedRouteTests LoadRouteTests(const std::filesystem::path& file);

}  // namespace gateway::config
