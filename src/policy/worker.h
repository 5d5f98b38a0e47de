// The threads of the pipelines are few and have names. Tokens stop them, and signals wake them. The
// ledger is the queue. A Signal only says "look again", so a lost wake-up costs at most the
// worker's idle wait.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "gateway/result.h"
#include "gateway/time.h"

namespace gateway {

class Signal {
 public:
  void Notify();
  // Returns once somebody has called Notify() since any waiter's last WaitFor(), once `timeout` has
  // passed, or once stop is requested.
  void WaitFor(std::stop_token stop, Milliseconds timeout);

 private:
  std::mutex mutex_;  // guards pending_
  std::condition_variable_any changed_;
  bool pending_ = false;
};

// Starts a thread that calls `step` until stop is requested. `step` returns how long there is
// nothing to do, unless `signal` comes earlier; after zero the next call follows at once. If an
// exception leaves `step`, it is logged, and the thread pauses for a second and goes on.
std::jthread StartWorker(std::string name, Signal& signal, std::function<Milliseconds(std::stop_token)> step);

// Returns whether this thread is a worker that was asked to stop. Code that waits for somebody else
// may then give up.
bool WorkerIsToStop();

// Used by RecordPatiently(). Returns true after a pause, or false at once if the caller is to give
// up.
bool WaitToRecordAgain(std::string_view operation, const Error& error);

// Calls `record`, which writes the outcome of a step to the ledger. Nobody else would find that
// outcome out before the item's lease is over. So while the ledger fails for the moment, as on a
// full disk, this function tries again once a second until the worker is to stop. It logs each
// failure except the one that it returns. In a thread that is no worker it tries once.
template <typename Record>
auto RecordPatiently(std::string_view operation, const Record& record) {
  while (true) {
    auto recorded = record();
    if (recorded || !WaitToRecordAgain(operation, recorded.error())) return recorded;
  }
}

// Used by ClaimAndWork() and RecordOutcome().
void LogLedgerFailed(std::string_view operation, const Error& error);

// The step of a worker that takes its items from the ledger. `claim` returns a Result with those
// that this thread may work on now. `work` handles them, and returns how long there is nothing to
// do. The worker looks again after `idle` if it got no item, or if the ledger failed.
template <typename Claim, typename Work>
Milliseconds ClaimAndWork(std::string_view operation, Milliseconds idle, const Claim& claim, const Work& work) {
  auto claimed = claim();
  if (!claimed) {
    LogLedgerFailed(operation, claimed.error());
    return idle;
  }
  if (claimed->empty()) return idle;
  return work(*std::move(claimed));
}

// RecordPatiently() for a step that cannot do more about a failure than to log it. The lease runs
// on then, so that nobody takes the item up at once.
template <typename Record>
auto RecordOutcome(std::string_view operation, const Record& record) {
  auto recorded = RecordPatiently(operation, record);
  if (!recorded) LogLedgerFailed(operation, recorded.error());
  return recorded;
}

}  // namespace gateway
