// Errors of names and values of attributes.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kBadAttribute{"bad-attribute", "The configuration names an attribute that does not exist."};
inline constexpr ErrorCode kBadOperand{"bad-operand", "A rule compares an attribute with something that it never is."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfAttributes{kBadAttribute, kBadOperand};

}  // namespace gateway::codes
