// The addresses of a partner: one to which we write, and others from which it writes.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/ascii.h"
#include "gateway/settings/partner.h"

namespace gateway::inbound {

// Ignores case.
inline bool IsAddressOf(const PartnerSettings& partner, std::string_view address) {
  const auto same = [&](std::string_view own) { return EqualIgnoringCase(own, address); };
  return same(partner.address) || std::any_of(partner.aliases.begin(), partner.aliases.end(), same);
}

}  // namespace gateway::inbound
