// Section `retry`.
#pragma once

#include "gateway/time.h"

namespace gateway {

struct RetrySettings {
  Milliseconds first{10'000};
  Milliseconds max{1'800'000};
  Milliseconds give_up_after{172'800'000};
};

}  // namespace gateway
