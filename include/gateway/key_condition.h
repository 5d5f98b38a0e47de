// Names what the gateway finds about keys when it reads them, whatever kind of key it is.
#pragma once

#include <string>

#include "gateway/result.h"
#include "gateway/time.h"

namespace gateway {

// A key that is expired or revoked stops only what needs it.
struct UnusableKey {
  std::string whose;  // "partner klinikum-b", "mailbox main"
  Error why;          // config "key-not-usable"
};

struct KeyExpiry {
  std::string whose;  // as above
  Time until;
};

}  // namespace gateway
