// Counts the lines of a text as RFC 5322 sees them, in one pass.
#pragma once

#include <cstdint>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::inspect {

inline constexpr std::uint64_t kLongestLine = 998;  // RFC 5322 section 2.1.1, without the line end

struct Lines {
  std::uint64_t longest = 0;  // characters, without the line end
  std::uint64_t crlf = 0;
  std::uint64_t bare_lf = 0;
  std::uint64_t bare_cr = 0;
  bool has_nul = false;
  bool has_8bit = false;
};

Result<Lines> CountLines(Source& text);

}  // namespace gateway::inspect
