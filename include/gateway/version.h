#pragma once

#include <string_view>

namespace gateway {

inline constexpr std::string_view kVersion = GATEWAY_VERSION;

}  // namespace gateway
