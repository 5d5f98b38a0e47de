// Errors of `inspect`.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kNotAMail{"not-a-mail", "The file is not a mail."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfInspect{kNotAMail};

}  // namespace gateway::codes
