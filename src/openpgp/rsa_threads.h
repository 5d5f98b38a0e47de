// RNP's library for numbers, Botan, halves each RSA operation between two threads. It starts them, at most 16, at the
// first one and keeps them.
#pragma once

#include "gateway/result.h"

namespace gateway::openpgp {

// Has them started now: a process that is about to give up the right to start any needs no more later. Takes some
// 20 ms. config "sandbox-failed".
Result<void> StartRsaThreads();

}  // namespace gateway::openpgp
