#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gateway {

// Returns the texts in their order, with `between` between each two of them; "" if there are none.
std::string Joined(std::span<const std::string> texts, std::string_view between = ", ");

}  // namespace gateway
