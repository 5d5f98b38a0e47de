// Botan, RNP's library for numbers, halves each RSA operation between two threads. It starts these
// threads, at most 16, at the first operation and keeps them.
#pragma once

#include "gateway/result.h"

namespace gateway::openpgp {

// Starts the threads now. A process that is about to give up the right to start any then needs no
// more later. It takes some 20 ms. Error: config "sandbox-failed".
Result<void> StartRsaThreads();

}  // namespace gateway::openpgp
