// Section `retention`.
#pragma once

#include "gateway/time.h"

namespace gateway {

// How long what is done stays on disk. What is not done stays for ever.
struct RetentionSettings {
  Milliseconds sent{604'800'000};      // instances that every partner was sent
  Milliseconds delivered{86'400'000};  // received instances that every PACS has stored
  Milliseconds rows{7'776'000'000};    // what the ledger knows of it, once its files are gone; 0: for ever
};

}  // namespace gateway
