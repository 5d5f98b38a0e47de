// Says how fast mails may leave, except emergencies, in bytes of mail per second.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/time_window.h"

namespace gateway {

struct LimitSettings {
  struct Hours {
    DailyHours span;
    std::uint64_t bulk = 0;
  };
  std::uint64_t bulk = 0;    // 0: as fast as they can
  std::vector<Hours> hours;  // the first span that holds the present time counts, in place of `bulk`

  [[nodiscard]] bool IsSet() const { return bulk != 0 || !hours.empty(); }
};

}  // namespace gateway
