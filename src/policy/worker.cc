#include "policy/worker.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "telemetry/events.h"

namespace gateway {
namespace {

constexpr Milliseconds kPauseAfterException{1000};
constexpr Milliseconds kRecordAgain{1000};

thread_local const std::stop_token* this_worker = nullptr;

Milliseconds RunGuarded(const std::string& name, const std::function<Milliseconds(std::stop_token)>& step,
                        const std::stop_token& stop) {
  try {
    return step(stop);
  } catch (const std::exception& exception) {
    events::ThreadFailed(name, exception.what());
  } catch (...) {
    events::ThreadFailed(name, "unknown exception");
  }
  return kPauseAfterException;
}

}  // namespace

void Signal::Notify() {
  {
    const std::lock_guard lock(mutex_);
    pending_ = true;
  }
  changed_.notify_one();
}

void Signal::WaitFor(std::stop_token stop, Milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::move(stop), timeout, [this] { return pending_; });
  pending_ = false;
}

std::jthread StartWorker(std::string name, Signal& signal, std::function<Milliseconds(std::stop_token)> step) {
  return std::jthread([name = std::move(name), &signal, step = std::move(step)](const std::stop_token& stop) {
    // The kernel takes at most 15 characters.
    ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
    this_worker = &stop;
    while (!stop.stop_requested()) {
      const Milliseconds idle = RunGuarded(name, step, stop);
      if (idle.count() > 0) signal.WaitFor(stop, idle);
    }
  });
}

bool WorkerIsToStop() {
  return this_worker != nullptr && this_worker->stop_requested();
}

void LogLedgerFailed(std::string_view operation, const Error& error) {
  events::LedgerFailed(operation, error);
}

bool WaitToRecordAgain(std::string_view operation, const Error& error) {
  if (error.fault != Fault::transient || this_worker == nullptr || this_worker->stop_requested()) return false;
  events::LedgerFailed(operation, error);
  Signal nobody;
  nobody.WaitFor(*this_worker, kRecordAgain);
  return true;
}

}  // namespace gateway
