// This is the name of an error. Each folder declares its own names once, in its error_codes.h, as
// constants of namespace gateway::codes. tests/error_codes.py checks that no other file in src/
// spells a name.
#pragma once

#include <string_view>

namespace gateway {

struct ErrorCode {
  std::string_view name;      // a stable kebab-case word for programs, logs and the ledger: "smtp-refused"
  std::string_view sentence;  // says the same to an operator, in plain English
};

}  // namespace gateway
