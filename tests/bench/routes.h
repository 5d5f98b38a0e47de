// A stage of bench_stages.
#pragma once

#include <string>
#include <vector>

namespace gateway::bench {

// routes CONFIG CALLED_AE: loads the configuration, and decides about CT images. Prints seconds:
// {"load": of everything, "decide": median, "one_by_one": median with each rule evaluated alone}.
int Routes(const std::vector<std::string>& arguments);

}  // namespace gateway::bench
