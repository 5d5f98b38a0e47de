// Threads of the pipelines: few, named, stopped by token, woken by signal. The ledger is the queue; a Signal only says
// "look again", so a lost wake-up costs at most the worker's idle wait.
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
  // Until Notify() was called after the last WaitFor() of any waiter, `timeout` has passed, or stop is requested.
  void WaitFor(std::stop_token stop, Milliseconds timeout);

 private:
  std::mutex mutex_;  // guards pending_
  std::condition_variable_any changed_;
  bool pending_ = false;
};

// Calls `step` until stop is requested. What step returns is how long there is nothing to do, unless `signal` comes
// before; zero goes on at once. An exception that leaves step is logged and costs a second's pause, not the thread.
std::jthread StartWorker(std::string name, Signal& signal, std::function<Milliseconds(std::stop_token)> step);

// Whether this thread is a worker that was asked to stop: what waits for somebody else may give up.
bool WorkerIsToStop();

// Of RecordPatiently(): false when it is to give up, else after a pause.
bool WaitToRecordAgain(std::string_view operation, const Error& error);

// Records the outcome of a step, which nobody would find out again before the item's lease is over: while the ledger
// fails for the moment, as on a full disk, once a second until the worker is to stop. Each failure is logged but the
// one that is returned. In a thread that is no worker it is tried once.
template <typename Record>
auto RecordPatiently(std::string_view operation, const Record& record) {
  while (true) {
    auto recorded = record();
    if (recorded || !WaitToRecordAgain(operation, recorded.error())) return recorded;
  }
}

}  // namespace gateway
