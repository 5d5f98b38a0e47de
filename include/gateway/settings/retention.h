// Section `retention`.
#pragma once

#include "gateway/time.h"

namespace gateway {

// Says how long finished items stay on disk. Items that are not finished stay for ever.
struct RetentionSettings {
  Milliseconds sent{604'800'000};      // instances that were sent to every partner
  Milliseconds delivered{86'400'000};  // received instances that every PACS has stored
  Milliseconds rows{7'776'000'000};    // the ledger's rows of finished items, once their files are gone; 0: for ever
};

}  // namespace gateway
